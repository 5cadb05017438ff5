/**
 * Refusals as RFC 9457 problem details: `application/problem+json` with a stable `code`.
 *
 * A code without a status and a title does not compile.
 */

import { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
import type { RateRule, RateState } from '../security/rate.ts'
import { missStatus } from './cache-headers.ts'

interface ProblemType {
  readonly status: number
  readonly title: string
}

export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is malformed' },
  badarg: { status: 422, title: 'The table refuses the argument' },
  unsupported_type: { status: 415, title: 'The body is of a type that is not taken here' },
  unauthorized: { status: 401, title: 'A key is required' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  unconfigured: { status: 503, title: 'The service has no key yet and refuses every call' },
  no_such_route: { status: 404, title: 'There is nothing at this path' },
  method_not_allowed: { status: 405, title: 'The path does not have this method' },
  no_such_table: { status: 404, title: 'There is no such table' },
  no_such_key: { status: 404, title: 'There is no such key' },
  table_exists: { status: 409, title: 'There is a table of this name already' },
  no_such_process: { status: 404, title: 'No such process has ever started' },
  no_such_realm: { status: 404, title: 'No realm of this name is configured' },
  no_such_session: { status: 404, title: 'There is no such session' },
  version_conflict: { status: 412, title: 'It has changed meanwhile' },
  gone: { status: 410, title: 'It was here and is gone for good' },
  too_large: { status: 413, title: 'The request is larger than allowed' },
  cross_shard: { status: 422, title: 'The call spans several owners and cannot be one turn' },
  moved: { status: 503, title: 'The process has another number of shards than configured' },
  partial_failure: { status: 503, title: 'Some shards of the process have done it, and others have not' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  overloaded: { status: 503, title: 'The process has more work than it can do' },
  load_failed: { status: 503, title: 'Loading the entry failed a moment ago' },
  restarting: { status: 503, title: 'The process is restarting' },
  quarantined: { status: 503, title: 'The process is in quarantine' },
  deadline_exceeded: { status: 504, title: 'The deadline passed before there was an answer' },
  table_full: { status: 507, title: 'The table is full' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<ErrorCode, ProblemType>

/** The response for a refusal. Details become members beside `code`; `retryAfterMs` becomes a header too. */
export function problemResponse(error: EtsError, requestId: string): Response {
  const { status, title } = PROBLEMS[error.code]
  const { message, ...members } = { message: undefined, ...error.details } as { message?: string }
  const body = {
    type: `urn:edge-ets:problem:${error.code}`,
    title,
    status,
    code: error.code,
    ...(message === undefined ? {} : { detail: message }),
    ...members,
    instance: `urn:edge-ets:request:${requestId}`,
  }
  return Response.json(body, { status, headers: headersOf(error) })
}

/** How often something may be done, and how often it still may. Source: draft-ietf-httpapi-ratelimit-headers-10. */
export function rateFields(
  { name, burst, refillMs }: RateRule,
  { remaining, retryAfterMs }: Omit<RateState, 'allowed'>,
): Record<string, string> {
  const windowS = Math.ceil((burst * refillMs) / 1000)
  return {
    'ratelimit-policy': `"${name}";q=${burst};w=${windowS}`,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil(retryAfterMs / 1000)}`,
  }
}

function headersOf(error: EtsError): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    // What is refused now may be granted the next moment.
    'cache-control': 'no-store',
  }
  if (error.code === 'unauthorized')
    headers['www-authenticate'] = challengeOf(error as EtsError<'unauthorized'>)
  if (error.code === 'method_not_allowed') {
    headers.allow = (error.details as ErrorDetails['method_not_allowed']).allow.join(', ')
  }
  if ('retryAfterMs' in error.details) {
    headers['retry-after'] = String(Math.ceil(error.details.retryAfterMs / 1000))
  }
  if (error.code === 'no_such_key') {
    const { reason, tag } = error.details as { readonly reason?: string; readonly tag?: string }
    if (reason !== undefined) headers['cache-status'] = missStatus(reason, tag)
  }
  if (error.code === 'rate_limited') {
    const { rule: name, burst, refillMs, retryAfterMs } = error.details as ErrorDetails['rate_limited']
    if (burst !== undefined && refillMs !== undefined) {
      Object.assign(headers, rateFields({ name, burst, refillMs }, { remaining: 0, retryAfterMs }))
    }
  }
  return headers
}

/** Source: RFC 6750, section 3. */
const challengeOf = ({ details: { error } }: EtsError<'unauthorized'>): string =>
  `Bearer realm="edge-ets"${error === undefined ? '' : `, error="${error}"`}`

/** What is answered when something was thrown that nobody expected: never the error itself. */
export const internalError = (): EtsError<'internal'> =>
  new EtsError('internal', { message: 'the failure was logged under this request' })
