/** One call of the service over HTTP: its key, its deadline, and its refusals as what they are in process. */
import { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
import { MAX_TIMEOUT_MS } from '../protocol/limits.ts'

export interface HttpOptions {
  /** Where the service is, without a path: `https://ets.example.com`. */
  readonly url: string
  readonly key: string
  /** How long a call waits that does not say so itself, in milliseconds. Default: as long as the service. */
  readonly timeoutMs?: number
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

export interface HttpCall {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The service refuses at the deadline itself; where it cannot be reached, this much later the client does. */
const GRACE_MS = 1_000

/**
 * Makes calls to a service.
 *
 * Errors: refusals of the service as `EtsError`; `internal` for an answer that is not the service's;
 *         `deadline_exceeded` where there is none in time.
 */
export function httpCaller(options: HttpOptions): (call: HttpCall) => Promise<Response> {
  const { url, key, timeoutMs: defaultTimeoutMs, fetch: send = (request) => fetch(request) } = options
  return async ({ method, path, body, idempotencyKey, timeoutMs = defaultTimeoutMs, headers }) => {
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(timeoutMs === undefined ? {} : { 'request-timeout-ms': String(timeoutMs) }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }
    const response = await inTime(
      (signal) => send(new Request(new URL(path, url), signal === undefined ? init : { ...init, signal })),
      timeoutMs,
    )
    if (!response.ok) throw await refusalOf(response)
    return response
  }
}

/**
 * What `work` gives, if that is in time; else it is given up.
 *
 * A timeout that is none is refused by the service, and one that is too long taken for the longest.
 */
async function inTime<T>(
  work: (signal?: AbortSignal) => T | Promise<T>,
  timeoutMs: number | undefined,
): Promise<T> {
  if (timeoutMs === undefined || !(timeoutMs > 0)) return await work()
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new EtsError('deadline_exceeded', { timeoutMs }))
    controller.abort()
  }, Math.min(timeoutMs, MAX_TIMEOUT_MS) + GRACE_MS)
  try {
    return await Promise.race([work(controller.signal), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The refusal that a problem describes: its members are the details. */
async function refusalOf(response: Response): Promise<EtsError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  if (!isProblem)
    return new EtsError('internal', { message: `the service answered with status ${response.status}` })
  const {
    code,
    detail,
    type: _,
    title: __,
    status: ___,
    instance: ____,
    ...members
  } = (await response.json()) as Problem
  return new EtsError(code, {
    ...members,
    ...(detail === undefined ? {} : { message: detail }),
  } as ErrorDetails[ErrorCode])
}

interface Problem {
  readonly code: ErrorCode
  readonly detail?: string
  readonly [member: string]: unknown
}
