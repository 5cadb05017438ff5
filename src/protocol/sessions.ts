/**
 * Sessions of a realm: the one interface that is spoken everywhere, over tables in process or behind a Durable Object,
 * and over HTTP.
 *
 * A token is a secret of its holder. It is given to these calls and nowhere else: not into a URL, a log or a table.
 */
import type { Term, TermObject } from '../engine/term.ts'
import type { AuditEntry } from '../session/audit.ts'
import type { Patch } from '../session/patch.ts'
import type { SessionSummary, SessionView } from '../session/views.ts'

export type { AuditEntry, Patch, SessionSummary, SessionView }

/** From where a call comes. Of the address its network is kept. */
export interface CallOrigin {
  /** The address of the end user; whoever shows too many unknown tokens from one is refused for a while. */
  readonly address?: string
  readonly userAgent?: string
  /** Who does it, where that is not the holder of the session: for the audit trail. */
  readonly by?: string
}

export interface SessionCall {
  readonly origin?: CallOrigin
  /** As for calls of tables. Calls that make a token take none: whoever has lost the answer has lost the token. */
  readonly idempotencyKey?: string
  /** As for calls of tables. */
  readonly timeoutMs?: number
}

/** What a session begins with. */
export interface SessionStart {
  /** Whose it is. Without one it is anonymous. */
  readonly user?: string
  /** Only if `epoch(user)` is still this: a login that asked before it checked the password cannot outrun a revocation. */
  readonly ifEpoch?: number
  readonly data?: TermObject
  readonly flash?: TermObject
}

/** A session with a token that was just made. Nobody can tell the token again. */
export interface Issued {
  readonly token: string
  /** For forms: see `csrfTokenOf`. */
  readonly csrfToken: string
  readonly session: SessionView
}

export interface Patched {
  readonly version: number
  /** The counters that were incremented, as they are now. */
  readonly counters: Readonly<Record<string, number>>
}

/** What is known of a token, for administrators. */
export interface TokenReport {
  readonly state: 'valid' | 'replaced' | 'expired' | 'ended' | 'unknown'
  readonly id?: string | null
  readonly user?: string | null
}

/**
 * Errors: for every call with a token `no_such_session`, the same whatever became of it; `rate_limited` after too many
 *         of these from one address. `badarg` for arguments of the wrong form.
 */
export interface Sessions {
  /** Begins a session. Errors: `too_large` at the limit of the user, `version_conflict` for another epoch. */
  create(start?: SessionStart, call?: SessionCall): Promise<Issued>
  /** The session of a token. A use: the idle deadline moves. */
  get(token: string, call?: SessionCall): Promise<SessionView>
  /** Changes fields of its data. Errors: `version_conflict` for another `ifVersion`, `too_large`. */
  patch(token: string, patch: Patch, call?: SessionCall): Promise<Patched>
  /** Moves the idle deadline. */
  touch(token: string, call?: SessionCall): Promise<SessionView>
  /** Puts another token in the place of one, which is taken for a short grace. Errors: `version_conflict` if it was done. */
  rotate(token: string, call?: SessionCall): Promise<Issued>
  /**
   * A session of a user, in the place of that of `token`, if there is one, with its data. The old token is worth nothing
   * from then on. Data of another user stays behind.
   */
  login(
    token: string | undefined,
    start: SessionStart & { readonly user: string },
    call?: SessionCall,
  ): Promise<Issued>
  /** The user has proved again who they are: another token at once, and both deadlines anew. */
  authenticate(token: string, call?: SessionCall): Promise<Issued>
  /** Takes a field of its data: of many that ask, one is given it. `undefined` where it is not there. */
  take(token: string, field: string, call?: SessionCall): Promise<Term | undefined>
  /** Takes all flash values. */
  flash(token: string, call?: SessionCall): Promise<TermObject>
  /** Ends the session of a token, if it is of one. */
  destroy(token: string, call?: SessionCall): Promise<void>

  /** The sessions of a user, the oldest first; that of `own` is marked. */
  list(user: string, own?: string): Promise<readonly SessionSummary[]>
  /** Ends the session of a public id. Errors: `no_such_session` where the user has none of it. */
  revoke(user: string, id: string, call?: SessionCall): Promise<void>
  /** Ends all sessions of a user, but that of `own`: those that a match specification takes, where there is one. */
  revokeUser(
    user: string,
    choice?: { readonly own?: string; readonly spec?: Term },
    call?: SessionCall,
  ): Promise<void>
  epoch(user: string): Promise<number>
  /** What happened to the sessions of a user, the latest first. */
  audit(user: string): Promise<readonly AuditEntry[]>
  /** What became of a token. Not to be told to its holder. */
  inspect(token: string): Promise<TokenReport>
}
