/**
 * What is kept of a user: the epoch, which all of their sessions must have, and the order of their sessions.
 *
 * Raising the epoch ends every session of a user at once, whatever their number, and those of logins that began
 * before it. What they leave in memory is given back by the next logins and, at the latest, at their idle deadlines.
 */
import type { BTree } from '../engine/store/btree.ts'
import type { EpochMs } from '../engine/time.ts'
import type { Policy } from './policy.ts'
import { find, put, type SessionTables, type UserEntry, type UserKey, until } from './tables.ts'

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
  const keptUntilMs = slot === -1 ? 0 : tables.users.timing(slot).expiresAtMs
  const endsAtMs = Math.max(keptUntilMs, nowMs + Math.max(absoluteMs, auditMs))
  put(tables.users, user, entry, nowMs, until(endsAtMs))
}

/** A later epoch, and none that the user ever had: also after what was known of the user was forgotten. */
export const epochAfter = ({ epoch }: UserEntry, nowMs: EpochMs): number => Math.max(epoch + 1, nowMs)

/** The ids of the sessions of a user, the oldest first. */
export function idsOf(tables: SessionTables, user: string, nowMs: EpochMs): string[] {
  const { epoch } = userOf(tables, user, nowMs)
  const ids: string[] = []
  visit(tables, [user, epoch], [user, epoch + 1], (slot) => {
    if (tables.byUser.isLive(slot, nowMs)) ids.push((tables.byUser.keyAt(slot) as unknown as UserKey)[3])
    return true
  })
  return ids
}

/** Stale rows that one login gives back: more than it makes. */
const REAPED = 16

/** Gives the memory back of some sessions that an epoch ended. */
export function reap(tables: SessionTables, user: string, nowMs: EpochMs): void {
  const stale: number[] = []
  visit(tables, [user, 0], [user, userOf(tables, user, nowMs).epoch], (slot) => stale.push(slot) < REAPED)
  for (const slot of stale) {
    if (!tables.byUser.isLive(slot, nowMs)) continue
    const [, , , id] = tables.byUser.keyAt(slot) as unknown as UserKey
    const session = tables.sessions.find(id, nowMs)
    if (session !== -1) tables.sessions.remove(session, nowMs)
    tables.byUser.remove(slot, nowMs)
  }
}

type Stretch = readonly [user: string, epoch: number]

/** Visits the slots of keys from one user and epoch up to another. Nothing may change meanwhile. */
function visit({ byUser }: SessionTables, from: Stretch, to: Stretch, see: (slot: number) => boolean): void {
  const order = byUser.order as BTree
  order.ascend(
    { low: { key: firstOf(from), basis: 'at' }, high: { key: firstOf(to), basis: 'at' } },
    (slot) => {
      byUser.allowance.visit()
      return see(slot)
    },
  )
}

/** Before every key of that user and epoch. */
const firstOf = ([user, epoch]: Stretch): UserKey => [user, epoch, 0, '']
