/** What the routes of sessions have in common: the realm's sessions, the token that was sent, and from where. */
import type { CallOrigin, SessionCall, Sessions } from '../../protocol/sessions.ts'
import { sessionTokenOf } from '../credentials.ts'
import { valueBody } from '../documents.ts'
import type { Fields } from '../fields.ts'
import type { Input, JsonSchema, Route } from '../route.ts'

export interface SessionInput {
  readonly sessions: Sessions
  /** The token that was sent; what is missing is of no session, as anything else that is no token. */
  readonly token: string
  /** The same where one may be sent. */
  readonly own: string | undefined
  readonly call: SessionCall
}

export function sessionInput(input: Input<{ readonly realm: string }, unknown, unknown>): SessionInput {
  const { params, sessions, tables, headers, call } = input
  const own = sessionTokenOf(headers)
  return {
    sessions: sessions(tables, params.realm),
    token: own ?? '',
    own,
    call: { ...call, origin: originOf(headers) },
  }
}

function originOf(headers: Fields): CallOrigin {
  const [address, userAgent, by] = ['session-address', 'session-user-agent', 'session-by'].map(
    (name) => headers.get(name) ?? undefined,
  )
  return {
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(by === undefined ? {} : { by }),
  }
}

/** An answer that nobody may keep. */
export const answer = (value: unknown, status = 200): Response =>
  Response.json({ value }, { status, headers: { 'cache-control': 'no-store' } })

export const answers = (description: string, body: JsonSchema, status = 200): Route['answer'] => ({
  status,
  description,
  body: valueBody(body),
})

export const REALM_REFUSALS = ['bad_request', 'badarg', 'forbidden', 'no_such_realm'] as const
export const TOKEN_REFUSALS = [...REALM_REFUSALS, 'no_such_session', 'rate_limited'] as const

/** A body that was checked: its members are there or not, never `undefined`. */
export const given = <T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  body as { [K in keyof T]: Exclude<T[K], undefined> }
