/**
 * The audit trail: what happened to the sessions of a user, written in the turn in which it happened.
 *
 * A ring of places for each user, so it is bounded by itself; a place also ends after the policy's time. Rotations
 * and reads are no events: they would push out what matters. It names sessions by their public ids, never by tokens.
 */
import type { EpochMs } from '../engine/time.ts'
import type { Scene } from './life.ts'
import type { Policy } from './policy.ts'
import { type Client, find, put, type SessionTables } from './tables.ts'
import { keepUser, userOf } from './users.ts'

export type AuditEvent =
  | 'began' // a session of the user: a login
  | 'authenticated' // the user proved again who they are
  | 'ended' // by its holder
  | 'revoked' // by its public id, or by a match specification
  | 'revoked_all' // or all but one, whose id it has
  | 'evicted' // by the limit: the login comes from there
  | 'reused' // a rotated token came after its grace, from there

export interface AuditEntry {
  /** Counts the events of the user from 1. */
  readonly number: number
  readonly atMs: number
  readonly event: AuditEvent
  /** The session it is about; `null` for all of them. */
  readonly id: string | null
  readonly client: Client
  /** Who did it, where that is not the holder of the session. */
  readonly by?: string
}

/** From where an operation comes, and who does it. */
export interface Origin extends Client {
  readonly by?: string
}

/** Notes an event of each of some sessions; of more than are kept those that would be. */
export function noteAll(
  { tables, policy, nowMs }: Scene,
  user: string,
  event: AuditEvent,
  ids: readonly (string | null)[],
  { by, ...client }: Origin,
): void {
  if (policy.auditEntries === 0) return
  const entry = userOf(tables, user, nowMs)
  const events = entry.events + ids.length
  keepUser(tables, user, { ...entry, events }, policy, nowMs)
  const kept = ids.slice(-policy.auditEntries)
  kept.forEach((id, i) => {
    const number = events - kept.length + 1 + i
    const noted: AuditEntry = { number, atMs: nowMs, event, id, client, ...(by === undefined ? {} : { by }) }
    put(tables.audit, [user, number % policy.auditEntries], noted, nowMs, nowMs + policy.auditMs)
  })
}

/** The events of a user that are kept, the latest first. Cost: O(entries kept). */
export function trail(
  tables: SessionTables,
  user: string,
  { auditEntries }: Policy,
  nowMs: EpochMs,
): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let place = 0; place < auditEntries; place++) {
    const found = find<AuditEntry>(tables.audit, [user, place], nowMs)
    if (found !== undefined) entries.push(found.value)
  }
  return entries.sort((a, b) => b.number - a.number)
}
