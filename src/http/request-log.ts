/** The line of a request in the log, and that of a failure. Neither has anything of what the request was about. */
import type { FaultLine, RequestLine } from '../observe/log.ts'
import type { Principal } from '../security/principal.ts'

/** What is known of a request when it was answered. */
export interface Answered {
  readonly requestId: string
  readonly method: string
  readonly route: string | undefined
  readonly code: string | undefined
  readonly principal: Principal | undefined
  /** What the table is called in the log. */
  readonly table: string | undefined
  readonly response: Response
  readonly durationMs: number
}

export function requestLine(answered: Answered): RequestLine {
  const { requestId, method, route, code, principal, table, response, durationMs } = answered
  const incarnation = response.headers.get('ets-incarnation')
  const together = response.headers.get('ets-together')
  return {
    event: 'request',
    request: requestId,
    method,
    route: route ?? '(none)',
    status: response.status,
    durationMs,
    ...(code === undefined ? {} : { code }),
    ...(table === undefined ? {} : { table }),
    ...(principal === undefined ? {} : { tenant: principal.tenant, key: principal.key }),
    ...(incarnation === null ? {} : { incarnation: Number(incarnation) }),
    ...(together === null ? {} : { together: Number(together) }),
  }
}

export function faultLine(error: unknown, request: string): FaultLine {
  const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) }
  return { event: 'fault', request, name, message }
}
