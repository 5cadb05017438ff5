/**
 * Credentials: the key of a request, and the token of a session beside it.
 *
 * `Authorization: Bearer <key>` and `Authorization: Session <token>` may come as two fields or as one with a comma
 * between them: a runtime joins the former to the latter. As some clients and proxies keep only one of two, the token
 * may also come as `Session-Token`.
 */
import { EtsError } from '../engine/error.ts'
import type { Fields } from './fields.ts'

export interface Credentials {
  readonly key?: string
  readonly session?: string
}

/** One credential of a scheme, and what is neither of these makes the whole header none. */
const CREDENTIAL = /^(bearer|session) ([^\s,]+)$/i

/** What the header `Authorization` holds: nothing where it is malformed, or has a scheme twice. */
export function credentialsOf(headers: Fields): Credentials {
  const found: { key?: string; session?: string } = {}
  for (const part of (headers.get('authorization') ?? '').split(',')) {
    const [, scheme, value] = CREDENTIAL.exec(part.trim()) ?? []
    if (scheme === undefined || value === undefined) return {}
    const name = scheme.toLowerCase() === 'bearer' ? 'key' : 'session'
    if (found[name] !== undefined) return {}
    found[name] = value
  }
  return found
}

/** The token of a session, if one was sent. Errors: `bad_request` for two that differ. */
export function sessionTokenOf(headers: Fields): string | undefined {
  const token = headers.get('session-token') ?? undefined
  const { session } = credentialsOf(headers)
  if (token === undefined || session === undefined || token === session) return token ?? session
  throw new EtsError('bad_request', {
    message: 'Session-Token and Authorization: Session are two ways to send one token, and these differ',
  })
}
