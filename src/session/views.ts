/** What callers see of sessions: everything but hashes, and what is due at that moment. */
import type { Row } from '../engine/row.ts'
import type { TermObject } from '../engine/term.ts'
import { isFresh, isRotationDue } from './deadlines.ts'
import type { Scene } from './life.ts'
import type { Client, Session, SessionTables } from './tables.ts'

/** A session in a list of devices. */
export interface SessionSummary {
  /** Public: it names the session to revoke it, and is worth nothing as a token. */
  readonly id: string
  readonly user: string | null
  readonly createdAtMs: number
  readonly authenticatedAtMs: number | null
  readonly seenAtMs: number
  /** When it ends unless it is used. */
  readonly expiresAtMs: number
  /** When it ends however much it is used. */
  readonly endsAtMs: number
  readonly client: Client
  /** Whether the caller said that this is their own. */
  readonly isCurrent?: boolean
}

export interface SessionView extends SessionSummary {
  readonly version: number
  readonly data: TermObject
  /** The flash values that wait to be taken. */
  readonly flash: TermObject
  /** Whether the user proved who they are within the realm's `freshMs`. */
  readonly isFresh: boolean
  /** Whether the realm wants another token by now. */
  readonly isRotationDue: boolean
}

export function summaryOf(tables: SessionTables, slot: number, id: string, session: Session): SessionSummary {
  const { user, createdAtMs, authenticatedAtMs, seenAtMs, endsAtMs, client } = session
  const expiresAtMs = tables.sessions.expiresAtMs(slot)
  return { id, user, createdAtMs, authenticatedAtMs, seenAtMs, expiresAtMs, endsAtMs, client }
}

export function viewOf(scene: Scene, id: string, session: Session): SessionView {
  const { tables, policy, nowMs } = scene
  return {
    ...summaryOf(tables, tables.sessions.find(id, nowMs), id, session),
    version: session.version,
    data: session.data,
    flash: session.flash,
    isFresh: isFresh(session, policy, nowMs),
    isRotationDue: isRotationDue(session, policy, nowMs),
  }
}

/** A session as match specifications see it. */
export const rowOf = (id: string, session: Session): Row => [
  id,
  session.createdAtMs,
  session.authenticatedAtMs,
  session.seenAtMs,
  { ...session.client },
  session.data,
]
