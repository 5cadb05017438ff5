/**
 * The HTTP interface: who may come in, which route it is, and how refusals look.
 *
 * Everything but `/healthz` needs a credential, and each route says what the credential must allow. Bad input ends as
 * a problem with a code, never as a stack.
 */
import { Hono } from 'hono'
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import { type Log, SILENT } from '../observe/log.ts'
import type { Caller } from '../protocol/caller.ts'
import { check } from '../protocol/check.ts'
import { MAX_URL_LENGTH } from '../protocol/limits.ts'
import { subscriberOf } from '../protocol/network.ts'
import type { CallOptions } from '../protocol/tables.ts'
import { callerOf, type Principal, tablesFor } from '../security/principal.ts'
import type { Access } from '../security/security.ts'
import { VERSION } from '../version.ts'
import { checkContentType } from './content-type.ts'
import { credentialsOf } from './credentials.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { corsFor, requestIdOf, tidy } from './hygiene.ts'
import { openApiDocument } from './openapi.ts'
import { internalError, problemResponse } from './problem.ts'
import { readBytes, readJson } from './read-body.ts'
import { faultLine, requestLine } from './request-log.ts'
import type { Route, Services } from './route.ts'
import { cacheRoutes } from './routes/caches.ts'
import { entryRoutes } from './routes/entries.ts'
import { keyRoutes } from './routes/keys.ts'
import { metricRoutes } from './routes/metrics.ts'
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
  ...metricRoutes,
]

export interface AppOptions {
  /** What a caller may use. Asked at each call, so it costs next to nothing. */
  readonly services: (caller: Caller) => Services
  readonly access: Access
  /** The origins whose pages may call. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** The platform's limiter of rates, an outer guard: says whether a key may go on. Default: every key may. */
  readonly mayGoOn?: (key: string) => Promise<boolean>
  /** Has a line for each request, and for each failure that is a bug. Default: nobody listens. */
  readonly log?: Log
  /** What a table is called in the log. Default: nothing. */
  readonly tableLabel?: (table: string) => string | undefined | Promise<string | undefined>
}

/** Set by the platform, whatever the client says; a proxy in front of `serve` has to do the same. */
const CLIENT_ADDRESS = 'cf-connecting-ip'

/** The shorter of the two periods that the platform's limiter counts in. */
const GUARD_RETRY_AFTER_MS = 10_000

/** What is known of a request from its beginning to its line in the log. */
interface Variables {
  requestId: string
  principal?: Principal
  route?: string
  table?: string
  code?: string
}

type AppEnv = { Variables: Variables }

export function createApp(options: AppOptions): Hono<AppEnv> {
  const { services, access, corsOrigins = [], mayGoOn, log = SILENT, tableLabel = () => undefined } = options
  const app = new Hono<AppEnv>()
  app.use(async function observe(c, next) {
    const startMs = Date.now()
    const requestId = requestIdOf(c.req.raw.headers)
    c.set('requestId', requestId)
    await next()
    tidy(c, requestId)
    if (!log.shows('info')) return
    const { principal, route, table, code } = c.var
    const label = table === undefined ? undefined : await tableLabel(table)
    const { method } = c.req
    const durationMs = Date.now() - startMs
    const answered = { requestId, method, route, code, principal, table: label, response: c.res, durationMs }
    log.line('info', requestLine(answered))
  })
  if (corsOrigins.length > 0) app.use(corsFor(corsOrigins))
  app.onError((error, c) => {
    const refusal = error instanceof EtsError ? error : internalError()
    if (refusal !== error) log.line('error', faultLine(error, c.get('requestId')))
    c.set('code', refusal.code)
    return problemResponse(refusal, c.get('requestId'))
  })
  app.get('/healthz', (c) => {
    c.set('route', '/healthz')
    return c.json({ status: 'ok', version: VERSION })
  })
  app.use(async function admit(c, next) {
    if (c.req.url.length > MAX_URL_LENGTH)
      throw new EtsError('too_large', { what: 'URL', limit: MAX_URL_LENGTH })
    const principal = await principalOf(access, c.req.raw)
    c.set('principal', principal)
    if (mayGoOn !== undefined && !(await mayGoOn(`${principal.tenant}:${principal.key}`))) {
      throw new EtsError('rate_limited', { rule: 'requests', retryAfterMs: GUARD_RETRY_AFTER_MS })
    }
    await next()
  })
  app.get('/openapi.json', (c) => {
    c.set('route', '/openapi.json')
    checkQuery(undefined, c.req.url)
    return c.json(openApiDocument(ROUTES, VERSION))
  })
  for (const each of ROUTES) {
    const names = each.path.split('/')
    app.on(each.method.toUpperCase(), each.path, async (c) => {
      const raw = rawParams(names, c.req.url)
      const table = raw.table ?? raw.cache
      c.set('route', each.path)
      if (table !== undefined) c.set('table', table)
      const principal = c.get('principal') as Principal
      principal.grants.demand(each.needs, table)
      const params = check(each.params, raw)
      const query = checkQuery(each.query, c.req.url)
      const headers = fieldsOf(c.req.raw.headers)
      if (each.body !== undefined || each.lineDocument !== undefined) checkContentType(headers)
      const body = each.body === undefined ? undefined : checkBody(each.body, await readJson(c.req.raw))
      const call = callOptionsOf(headers)
      // Made only for the route that asks: most requests have no body, or one that was read above.
      const stream = () => c.req.raw.body ?? new Blob([]).stream()
      const bytes = () => readBytes(c.req.raw)
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
        isHead: c.req.method === 'HEAD',
        call,
      })
    })
  }
  for (const [path, allow] of methodsByPath()) {
    app.all(path, (c) => {
      const { method } = c.req
      c.set('route', path)
      if (method !== 'OPTIONS') throw new EtsError('method_not_allowed', { method, allow })
      return c.body(null, 204, { allow: allow.join(', ') })
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
  const { key } = credentialsOf(fieldsOf(request.headers))
  if (key === undefined) {
    throw new EtsError('unauthorized', { message: 'send the key as `Authorization: Bearer <key>`' })
  }
  const address = request.headers.get(CLIENT_ADDRESS)
  return access.authenticate(key, address === null ? undefined : subscriberOf(address))
}

/** Most routes take no query: one that is there is a mistake, and perhaps a key that should not be in a URL. */
const NO_QUERY = v.strictObject({})

/** The query parameters, checked. Errors: `bad_request`, for one that is there twice, too. */
function checkQuery(schema: Route['query'] = NO_QUERY, url: string): unknown {
  const start = url.indexOf('?')
  if (start === -1) return check(schema, {})
  const pairs = [...new URLSearchParams(url.slice(start))]
  const query = Object.fromEntries(pairs)
  if (Object.keys(query).length === pairs.length) return check(schema, query)
  throw new EtsError('bad_request', { message: 'a query parameter is there twice' })
}

/** The path parameters as they were sent: a key may hold an encoded slash or a percent sign. */
function rawParams(names: readonly string[], url: string): Record<string, string> {
  const segments = new URL(url).pathname.split('/')
  const params: Record<string, string> = {}
  names.forEach((name, i) => {
    if (name.startsWith(':')) params[name.slice(1)] = segments[i] ?? ''
  })
  return params
}

function callOptionsOf(headers: Fields): CallOptions {
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
  for (const allow of methods.values()) allow.push(...(allow.includes('GET') ? ['HEAD'] : []), 'OPTIONS')
  return methods
}
