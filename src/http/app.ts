/**
 * The HTTP interface: who may come in, which route it is, and how refusals look.
 *
 * Everything but `/healthz` needs the key. Bad input ends as a problem with a code, never as a stack.
 */
import { Hono } from 'hono'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import { check } from '../protocol/check.ts'
import type { Processes } from '../protocol/processes.ts'
import type { CallOptions, Tables } from '../protocol/tables.ts'
import type { Transfers } from '../protocol/transfers.ts'
import { isSameKey } from '../security/api-key.ts'
import { VERSION } from '../version.ts'
import { openApiDocument } from './openapi.ts'
import { internalError, problemResponse } from './problem.ts'
import { readJson } from './read-body.ts'
import type { Route } from './route.ts'
import { processRoutes } from './routes/processes.ts'
import { tableRoutes } from './routes/tables.ts'
import { transferRoutes } from './routes/transfers.ts'

const ROUTES: readonly Route[] = [...tableRoutes, ...transferRoutes, ...processRoutes]

/** Who may call: the holder of the one admin key, or nobody and why. */
export type Access = { readonly adminKey: string } | { readonly closedBecause: string }

export interface AppOptions {
  readonly tables: Tables
  readonly processes: Processes
  readonly transfers: Transfers
  readonly access: Access
  /** Told of every failure that is a bug; the caller gets `internal` and the request id. */
  readonly onFault?: (error: unknown, requestId: string) => void
}

/** Taken from the request where it has one, so that a caller's logs and ours can be joined. */
const REQUEST_ID = 'x-request-id'

type AppEnv = { Variables: RequestIdVariables }

export function createApp({
  tables,
  processes,
  transfers,
  access,
  onFault = () => {},
}: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  app.use(requestId({ headerName: REQUEST_ID }))
  app.use(async function nameRequest(c, next) {
    await next()
    c.header(REQUEST_ID, c.get('requestId'))
  })
  app.onError((error, c) => {
    const id = c.get('requestId')
    if (error instanceof EtsError) return problemResponse(error, id)
    onFault(error, id)
    return problemResponse(internalError(), id)
  })
  app.get('/healthz', (c) => c.json({ status: 'ok', version: VERSION }))
  app.use(async function admit(c, next) {
    checkAccess(access, c.req.header('authorization'))
    await next()
  })
  app.get('/openapi.json', (c) => c.json(openApiDocument(ROUTES, VERSION)))
  for (const each of ROUTES) {
    const names = each.path.split('/')
    app.on(each.method.toUpperCase(), each.path, async (c) => {
      const params = check(each.params, rawParams(names, c.req.url))
      const body = each.body === undefined ? undefined : checkBody(each.body, await readJson(c.req.raw))
      const query = check(each.query ?? NO_QUERY, c.req.query())
      const call = callOptionsOf(c.req.raw.headers)
      // Made only for the route that asks: most requests have no body, or one that was read above.
      const stream = () => c.req.raw.body ?? new Blob([]).stream()
      return each.handle({ params, body, query, tables, processes, transfers, stream, call })
    })
  }
  for (const [path, allow] of methodsByPath()) {
    app.all(path, ({ req: { method } }) => {
      throw new EtsError('method_not_allowed', { method, allow })
    })
  }
  app.notFound(({ req: { path } }) => {
    throw new EtsError('no_such_route', { path })
  })
  return app
}

function checkAccess(access: Access, authorization: string | undefined): void {
  if ('closedBecause' in access) throw new EtsError('unconfigured', { message: access.closedBecause })
  const [scheme, key, ...rest] = (authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || key === undefined || rest.length > 0) {
    throw new EtsError('unauthorized', { message: 'send the key as `Authorization: Bearer <key>`' })
  }
  if (!isSameKey(key, access.adminKey))
    throw new EtsError('unauthorized', { message: 'this key is not known' })
}

/** Most routes take no query: one that is there is a mistake, and perhaps a key that should not be in a URL. */
const NO_QUERY = v.strictObject({})

/** The path parameters as they were sent: a key may hold an encoded slash or a percent sign. */
function rawParams(names: readonly string[], url: string): Record<string, string> {
  const segments = new URL(url).pathname.split('/')
  const params: Record<string, string> = {}
  names.forEach((name, i) => {
    if (name.startsWith(':')) params[name.slice(1)] = segments[i] ?? ''
  })
  return params
}

function callOptionsOf(headers: Headers): CallOptions {
  const idempotencyKey = headers.get('idempotency-key')
  return idempotencyKey === null ? {} : { idempotencyKey }
}

function checkBody(schema: NonNullable<Route['body']>, body: unknown): unknown {
  if (body === undefined && schema.type !== 'optional') {
    throw new EtsError('bad_request', { message: 'the body is empty' })
  }
  return check(schema, body)
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>([
    ['/healthz', ['GET']],
    ['/openapi.json', ['GET']],
  ])
  for (const { path, method } of ROUTES)
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()])
  return methods
}
