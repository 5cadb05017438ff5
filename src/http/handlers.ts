/**
 * Handlers: what answers a request, by its method and path.
 *
 * Of Hono it is the router alone: an app of it makes a context of some twenty functions for each request, and a chain of
 * promises for what is on the way to a handler (bench/router). Here every handler asks for the key itself.
 */
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { EtsError } from '../engine/error.ts'
import type { Caller } from '../protocol/caller.ts'
import { MAX_URL_LENGTH } from '../protocol/limits.ts'
import { callerOf, type Principal, tablesFor } from '../security/principal.ts'
import type { Access } from '../security/security.ts'
import { VERSION } from '../version.ts'
import { credentialsOf } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import { fieldsOf } from './fields.ts'
import { tidyHeaders } from './hygiene.ts'
import { checkQuery, inputFor } from './input.ts'
import { openApiDocument } from './openapi.ts'
import type { JsonAnswer, Route, Services } from './route.ts'
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

export interface HandlerOptions {
  /** What a caller may use. Asked once for each. */
  readonly services: (caller: Caller) => Services
  readonly access: Access
  /** The platform's limiter of rates, an outer guard: says whether a key may go on. Default: every key may. */
  readonly mayGoOn?: (key: string) => Promise<boolean>
}

/** Answers a request, or throws what refuses it. */
type Handler = (exchange: Exchange) => Response | Promise<Response>

/** Set by the platform, whatever the client says; a proxy in front of `serve` has to do the same. */
const CLIENT_ADDRESS = 'cf-connecting-ip'

/** The shorter of the two periods that the platform's limiter counts in. */
const GUARD_RETRY_AFTER_MS = 10_000

/** Finds what answers a request: its route, or what refuses it for having none. */
export function handlersOf(options: HandlerOptions): (method: string, path: string) => Handler {
  const admit = admission(options)
  const servicesOf = servicesByPrincipal(options.services)
  const router = new RegExpRouter<Handler>()
  router.add('GET', '/healthz', (exchange) => {
    exchange.route = '/healthz'
    return Response.json({ status: 'ok', version: VERSION })
  })
  router.add('GET', '/openapi.json', async (exchange) => {
    await admit(exchange)
    exchange.route = '/openapi.json'
    checkQuery(undefined, exchange.url)
    return Response.json(openApiDocument(ROUTES, VERSION))
  })
  for (const route of ROUTES) {
    const inputOf = inputFor(route)
    router.add(route.method.toUpperCase(), route.path, async (exchange) => {
      const principal = await admit(exchange)
      const answer = await route.handle(await inputOf(exchange, principal, servicesOf(principal)))
      return answer instanceof Response ? answer : responseOf(answer, exchange)
    })
  }
  for (const [path, allow] of methodsByPath()) {
    router.add('ALL', path, async (exchange) => {
      await admit(exchange)
      exchange.route = path
      const { method } = exchange
      if (method !== 'OPTIONS') throw new EtsError('method_not_allowed', { method, allow })
      return new Response(null, { status: 204, headers: { allow: allow.join(', ') } })
    })
  }
  const nowhere: Handler = async (exchange) => {
    await admit(exchange)
    throw new EtsError('no_such_route', { path: exchange.path.decoded })
  }
  return (method, path) => router.match(method, path)[0][0]?.[0] ?? nowhere
}

function responseOf({ body, status, headers }: JsonAnswer, exchange: Exchange): Response {
  exchange.tidy = new Response(JSON.stringify(body), {
    status,
    headers: tidyHeaders({ ...headers, 'content-type': 'application/json' }, exchange),
  })
  return exchange.tidy
}

/** Lets requests in, each with whose it is. Errors: `too_large`, `unconfigured`, `unauthorized`, `rate_limited`. */
function admission({ access, mayGoOn }: HandlerOptions): (exchange: Exchange) => Promise<Principal> {
  return async (exchange) => {
    const { url, headers } = exchange
    if (url.length > MAX_URL_LENGTH) throw new EtsError('too_large', { what: 'URL', limit: MAX_URL_LENGTH })
    const principal = await principalOf(access, headers)
    exchange.principal = principal
    if (mayGoOn !== undefined && !(await mayGoOn(`${principal.tenant}:${principal.key}`))) {
      throw new EtsError('rate_limited', { rule: 'requests', retryAfterMs: GUARD_RETRY_AFTER_MS })
    }
    return principal
  }
}

function principalOf(access: Access, headers: Headers): Principal | Promise<Principal> {
  if ('closedBecause' in access) throw new EtsError('unconfigured', { message: access.closedBecause })
  const { key } = credentialsOf(fieldsOf(headers))
  if (key === undefined) {
    throw new EtsError('unauthorized', { message: 'send the key as `Authorization: Bearer <key>`' })
  }
  return access.authenticate(key, headers.get(CLIENT_ADDRESS) ?? undefined)
}

/** Services as whoever calls may use them: made once for each, as they are the same for all of their requests. */
function servicesByPrincipal(services: HandlerOptions['services']): (principal: Principal) => Services {
  const made = new WeakMap<Principal, Services>()
  return (principal) => {
    const existing = made.get(principal)
    if (existing !== undefined) return existing
    const caller = callerOf(principal)
    const offered = services(caller)
    const theirs = { ...offered, tables: tablesFor(principal, caller, offered.tables) }
    made.set(principal, theirs)
    return theirs
  }
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
