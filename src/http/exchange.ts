/** Exchange: a request, and what is known of it by the time of its line in the log. */
import type { Principal } from '../security/principal.ts'
import { requestIdOf } from './hygiene.ts'
import { type Path, pathOf } from './path.ts'

export interface Exchange {
  readonly request: Request
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly path: Path
  readonly requestId: string
  principal?: Principal
  route?: string
  table?: string
  code?: string
  /** The response, where it was made with all that every answer has. */
  tidy?: Response
}

/** Reads what every request is asked for, once: each costs a call into the runtime. */
export function exchangeOf(request: Request): Exchange {
  const { method, url, headers } = request
  return { request, method, url, headers, path: pathOf(url), requestId: requestIdOf(headers) }
}
