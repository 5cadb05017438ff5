/** Makes of a request what the handler of its route is given: everything checked, by the schemas of the route. */
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import { check } from '../protocol/check.ts'
import type { CallOptions } from '../protocol/tables.ts'
import type { Principal } from '../security/principal.ts'
import { checkContentType } from './content-type.ts'
import type { Exchange } from './exchange.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { readBytes, readJson } from './read-body.ts'
import type { Input, Route, Services } from './route.ts'

type MakeInput = (
  exchange: Exchange,
  principal: Principal,
  services: Services,
) => Promise<Input<unknown, unknown, unknown>>

/** Errors: `forbidden` before anything else is looked at; what is wrong with path, query, headers and body. */
export function inputFor(route: Route): MakeInput {
  const places = route.path
    .split('/')
    .flatMap((part, i) => (part.startsWith(':') ? [{ name: part.slice(1), i }] : []))
  return async (exchange, principal, services) => {
    const { request, url, path, method } = exchange
    const headers = fieldsOf(exchange.headers)
    const parts = path.asSent.split('/')
    const raw: Record<string, string> = {}
    for (const { name, i } of places) raw[name] = parts[i] ?? ''
    const table = raw.table ?? raw.cache
    exchange.route = route.path
    if (table !== undefined) exchange.table = table
    principal.grants.demand(route.needs, table)
    const params = check(route.params, raw)
    const query = checkQuery(route.query, url)
    if (route.body !== undefined || route.lineDocument !== undefined) checkContentType(headers)
    const body = route.body === undefined ? undefined : checkBody(route.body, await readJson(request))
    return {
      ...services,
      principal,
      params,
      body,
      query,
      // Made only for the route that asks: most requests have no body, or one that was read above.
      stream: () => request.body ?? new Blob([]).stream(),
      bytes: () => readBytes(request),
      headers,
      isHead: method === 'HEAD',
      call: callOptionsOf(headers),
    }
  }
}

/** Most routes take no query: one that is there is a mistake, and perhaps a key that should not be in a URL. */
const NO_QUERY = v.strictObject({})

/** The query parameters, checked. Errors: `bad_request`, for one that is there twice, too. */
export function checkQuery(schema: Route['query'], url: string): unknown {
  const start = url.indexOf('?')
  if (start === -1) return schema === undefined ? {} : check(schema, {})
  const pairs = [...new URLSearchParams(url.slice(start))]
  const query = Object.fromEntries(pairs)
  if (Object.keys(query).length === pairs.length) return check(schema ?? NO_QUERY, query)
  throw new EtsError('bad_request', { message: 'a query parameter is there twice' })
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
