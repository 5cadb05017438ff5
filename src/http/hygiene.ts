/**
 * What every answer has, and who may read it from a page: request id, security headers, CORS.
 *
 * CORS is for the origins that the configuration lists, exactly as they are written there; by default none. There
 * are no cookies, so nothing is ever sent with credentials of the browser's own.
 *
 * Source: OWASP ASVS 5.0, V3 and V4; Fetch, "CORS protocol".
 */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** Taken from the request where it has one, so that a caller's logs and ours can be joined. */
export const REQUEST_ID = 'x-request-id'

/** No `_`, no `.`: nothing that could be one of our credentials is repeated. */
const GOOD_ID = /^[A-Za-z0-9-]{1,64}$/

export function requestIdOf(headers: Headers): string {
  const given = headers.get(REQUEST_ID)
  return given !== null && GOOD_ID.test(given) ? given : crypto.randomUUID()
}

const ON_EVERY_ANSWER = {
  'x-content-type-options': 'nosniff',
  // What is stored may be HTML; if a browser shows it, it can do nothing.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const
const OVER_TLS = {
  ...ON_EVERY_ANSWER,
  // Two years, as the preload list wants. Over plain HTTP it means nothing.
  'strict-transport-security': 'max-age=63072000',
} as const
const UNLESS_SAID = { 'cache-control': 'no-store' } as const

/** The request that an answer is to. */
interface Asked {
  readonly url: string
  readonly requestId: string
}

const onAnswerTo = ({ url }: Asked): Readonly<Record<string, string>> =>
  url.startsWith('https:') ? OVER_TLS : ON_EVERY_ANSWER

/** Headers of an answer, with what every answer has unless its route has said otherwise. */
export const tidyHeaders = (
  headers: Readonly<Record<string, string>>,
  asked: Asked,
): Record<string, string> => ({
  ...UNLESS_SAID,
  ...headers,
  ...onAnswerTo(asked),
  [REQUEST_ID]: asked.requestId,
})

/** Puts the same on a response that was made without it. */
export function tidy({ headers }: Response, asked: Asked): void {
  headers.set(REQUEST_ID, asked.requestId)
  for (const [name, value] of Object.entries(onAnswerTo(asked))) headers.set(name, value)
  for (const [name, value] of Object.entries(UNLESS_SAID)) if (!headers.has(name)) headers.set(name, value)
}

/** Answers of these headers may be read by a page, and these may be sent by one. */
const EXPOSED = [
  ...['ETag', 'Age', 'Cache-Status', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
  ...['Ets-Seq', 'Ets-Incarnation', 'Ets-Together', 'Idempotency-Replayed', 'Lease'],
]
const ALLOWED = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match']
const MORE_ALLOWED = ['Request-Timeout-Ms', 'X-Request-Id', 'Session-Token', 'Cache-Control', 'Lease']
/** Browsers ask again after this long. */
const PREFLIGHT_MAX_AGE_S = 600

/** CORS for the listed origins; a request of any other, or of none, is a request like any other. */
export function corsFor(origins: readonly string[]): MiddlewareHandler {
  const allowing = cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: [...ALLOWED, ...MORE_ALLOWED],
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_MAX_AGE_S,
  })
  return async function allowOrigins(c, next) {
    const origin = c.req.header('origin')
    if (origin !== undefined && origins.includes(origin) && !isPlainOptions(c)) return allowing(c, next)
    await next()
    c.res.headers.append('vary', 'Origin')
  }
}

/** OPTIONS of somebody who asks what a path has, rather than of a browser that asks for permission. */
const isPlainOptions = ({ req }: Context): boolean =>
  req.method === 'OPTIONS' && req.header('access-control-request-method') === undefined
