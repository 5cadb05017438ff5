/**
 * The HTTP interface: who may come in, which route it is, and how refusals look.
 *
 * Everything but `/healthz` needs a credential, and each route says what the credential must allow. Bad input ends as a problem with a code, never as a stack.
 */
import { Hono } from 'hono'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import type { Caller } from '../protocol/caller.ts'
import { check } from '../protocol/check.ts'
import type { CallOptions } from '../protocol/tables.ts'
import { callerOf, type Principal, tablesFor } from '../security/principal.ts'
import type { Access } from '../security/security.ts'
import { VERSION } from '../version.ts'
import { openApiDocument } from './openapi.ts'
import { internalError, problemResponse } from './problem.ts'
import { readBytes, readJson } from './read-body.ts'
import type { Route, Services } from './route.ts'
import { cacheRoutes } from './routes/caches.ts'
import { entryRoutes } from './routes/entries.ts'
import { keyRoutes } from './routes/keys.ts'
import { processRoutes } from './routes/processes.ts'
import { sessionUserRoutes } from './routes/session-users.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { tableRoutes } from './routes/tables.ts'
import { transferRoutes } from './routes/transfers.ts'

const ROUTES: readonly Route[] = [
  ...tableRoutes,
  ...transferRoutes,
  ...cacheRoutes,
  ...entryRoutes,
  ...processRoutes,
  ...sessionRoutes,
  ...sessionUserRoutes,
  ...keyRoutes,
]

export interface AppOptions {
  /** What a caller may use. Asked at each call, so it costs next to nothing. */
  readonly services: (caller: Caller) => Services
  readonly access: Access
  /** Told of every failure that is a bug; the caller gets `internal` and the request id. */
  readonly onFault?: (error: unknown, requestId: string) => void
}

/** Set by the platform, whatever the client says; a proxy in front of `serve` has to do the same. */
const CLIENT_ADDRESS = 'cf-connecting-ip'

/** Taken from the request where it has one, so that a caller's logs and ours can be joined. */
const REQUEST_ID = 'x-request-id'

type AppEnv = { Variables: RequestIdVariables & { principal: Principal } }

export function createApp({ services, access, onFault = () => {} }: AppOptions): Hono<AppEnv> {
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
    c.set('principal', await principalOf(access, c.req.raw))
    await next()
  })
  app.get('/openapi.json', (c) => c.json(openApiDocument(ROUTES, VERSION)))
  for (const each of ROUTES) {
    const names = each.path.split('/')
    app.on(each.method.toUpperCase(), each.path, async (c) => {
      const raw = rawParams(names, c.req.url)
      const principal = c.get('principal')
      principal.grants.demand(each.needs, raw.table ?? raw.cache)
      const params = check(each.params, raw)
      const body = each.body === undefined ? undefined : checkBody(each.body, await readJson(c.req.raw))
      const query = check(each.query ?? NO_QUERY, c.req.query())
      const call = callOptionsOf(c.req.raw.headers)
      // Made only for the route that asks: most requests have no body, or one that was read above.
      const stream = () => c.req.raw.body ?? new Blob([]).stream()
      const bytes = () => readBytes(c.req.raw)
      const { headers } = c.req.raw
      const caller = callerOf(principal)
      const offered = services(caller)
      const tables = tablesFor(principal, caller, offered.tables)
      return each.handle({
        ...offered,
        tables,
        principal,
        params,
        body,
        query,
        stream,
        bytes,
        headers,
        call,
      })
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

/** Whose request it is. Errors: `unconfigured`, `unauthorized`, `rate_limited`. */
function principalOf(access: Access, request: Request): Principal | Promise<Principal> {
  if ('closedBecause' in access) throw new EtsError('unconfigured', { message: access.closedBecause })
  const [scheme, credential = '', ...rest] = (request.headers.get('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || credential === '' || rest.length > 0) {
    throw new EtsError('unauthorized', { message: 'send the key as `Authorization: Bearer <key>`' })
  }
  return access.authenticate(credential, request.headers.get(CLIENT_ADDRESS) ?? undefined)
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
  const timeout = headers.get('request-timeout-ms')
  if (timeout !== null && !/^\d{1,15}$/.test(timeout)) {
    const message = 'Request-Timeout-Ms is a whole number of milliseconds, at least 1'
    throw new EtsError('bad_request', { message })
  }
  return {
    ...(idempotencyKey === null ? {} : { idempotencyKey }),
    ...(timeout === null ? {} : { timeoutMs: Number(timeout) }),
  }
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
