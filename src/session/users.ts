/**
 * What is kept of a user: the epoch, which all of their sessions must have, and the order of their sessions.
 *
 * Raising the epoch ends every session of a user at once, whatever their number, and those of logins that began
 * before it. What they leave in memory is given back by the next logins and, at the latest, at their idle deadlines.
 */
import type { Bound, BTree } from '../engine/store/btree.ts'
import type { Table } from '../engine/table.ts'
import type { EpochMs } from '../engine/time.ts'
import type { Policy } from './policy.ts'
import { find, put, type SessionTables, type UserEntry, type UserKey } from './tables.ts'

const NOBODY: UserEntry = { epoch: 0, sessions: 0, events: 0 }

export const userOf = (tables: SessionTables, user: string, nowMs: EpochMs): UserEntry =>
  find<UserEntry>(tables.users, user, nowMs)?.value ?? NOBODY

/** Keeps what is known of a user at least as long as any session or event of now. */
export function keepUser(
  tables: SessionTables,
  user: string,
  entry: UserEntry,
  { absoluteMs, auditMs }: Policy,
  nowMs: EpochMs,
): void {
  const slot = tables.users.find(user, nowMs)
  const keptUntilMs = slot === -1 ? 0 : tables.users.expiresAtMs(slot)
  const endsAtMs = Math.max(keptUntilMs, nowMs + Math.max(absoluteMs, auditMs))
  put(tables.users, user, entry, nowMs, endsAtMs)
}

/** A later epoch, and none that the user ever had: also after what was known of the user was forgotten. */
export const epochAfter = ({ epoch }: UserEntry, nowMs: EpochMs): number => Math.max(epoch + 1, nowMs)

/** The ids of the sessions of a user, the oldest first. */
export function idsOf(tables: SessionTables, user: string, nowMs: EpochMs): string[] {
  const { byUser } = tables
  const { epoch } = userOf(tables, user, nowMs)
  const ids: string[] = []
  visit(tables, startOf(user, epoch), startOf(user, epoch + 1), (slot) => {
    byUser.allowance.visit()
    if (byUser.isLive(slot, nowMs)) ids.push(keyAt(byUser, slot)[3])
    return true
  })
  return ids
}

/** Stale rows that one login gives back: more than it makes. */
const REAPED = 16

/** Gives the memory back of some sessions that an epoch ended. */
export function reap(tables: SessionTables, user: string, nowMs: EpochMs): void {
  const { byUser, sessions } = tables
  const stale: number[] = []
  const { epoch } = userOf(tables, user, nowMs)
  visit(tables, startOf(user, 0), startOf(user, epoch), (slot) => stale.push(slot) < REAPED)
  for (const slot of stale) {
    if (!byUser.isLive(slot, nowMs)) continue
    const session = sessions.find(keyAt(byUser, slot)[3], nowMs)
    if (session !== -1) sessions.remove(session, nowMs)
    byUser.remove(slot, nowMs)
  }
}

/** Visits the slots of the order from one key up to another, until `see` answers `false`; says whether it never did. */
export function visit(
  { byUser }: SessionTables,
  low: Bound,
  high: Bound,
  see: (slot: number) => boolean,
): boolean {
  // An ordered set has one. Nothing may change during a visit.
  return (byUser.order as BTree).ascend({ low, high }, see)
}

/** Before every session of a user in an epoch. */
export const startOf = (user: string, epoch: number): Bound => ({ key: [user, epoch, 0, ''], basis: 'at' })

export const keyAt = (byUser: Table, slot: number): UserKey => byUser.keyAt(slot) as unknown as UserKey
