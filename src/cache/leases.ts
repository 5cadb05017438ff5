/**
 * Leases: who may fill an entry that is being loaded, so that it is loaded once and never from before a change.
 *
 * A lease is a row of a table of the process itself, whose name no caller can write. It is granted in one turn, ends
 * by itself, is used up by the fill, and is void from the moment anybody writes under its key. So whoever still
 * holds it knows that what it read from the source is no older than what the cache was told since.
 *
 * No lease outlives its process: a fill that comes after a restart is refused like one that comes too late.
 *
 * Cost:   O(log of the leases that are out).
 * Limits: {@link MAX_LEASES_BYTES}; beyond that nothing is granted until some end.
 */
import type { Database } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { Row } from '../engine/row.ts'
import type { Table } from '../engine/table.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { MAX_LEASES_BYTES } from './limits.ts'

/** `$` is not a letter of the names that callers may use. */
export const LEASES = '$leases'

/** How long a caller should wait when so many leases are out. */
const FULL_RETRY_AFTER_MS = 1_000

/** A row: the name of the cache with the key; the token, or `null` while nobody may load; the table it is about. */
type LeaseRow = readonly [at: readonly [string, Term], token: string | null, identity: string]

export interface Lease {
  /** `null` where loading failed a moment ago, and nobody is to try again yet. */
  readonly token: string | null
  readonly expiresAtMs: EpochMs
}

/** The lease on a key, if one is out. */
export function leaseOn(database: Database, name: string, key: Term, nowMs: EpochMs): Lease | undefined {
  const leases = database.find(LEASES)
  const slot = leases === undefined ? -1 : find(database, leases, name, key, nowMs)
  if (leases === undefined || slot === -1) return undefined
  const [, token] = leases.row(slot) as LeaseRow
  return { token, expiresAtMs: leases.expiresAtMs(slot) }
}

/** Grants a lease, or with `token` `null` lets nobody load. One that was out is void. Errors: `overloaded`. */
export function grant(
  database: Database,
  name: string,
  key: Term,
  token: string | null,
  ttlMs: number,
  nowMs: EpochMs,
): Lease {
  if (database.find(LEASES) === undefined) database.create(LEASES, { type: 'ordered_set', journal: 'none' })
  const leases = database.table(LEASES)
  if (leases.bytes >= MAX_LEASES_BYTES)
    throw new EtsError('overloaded', { retryAfterMs: FULL_RETRY_AFTER_MS })
  const expiresAtMs = (nowMs + ttlMs) as EpochMs
  const row: LeaseRow = [[name, key], token, database.table(name).identity]
  leases.put(row, nowMs, expiresAtMs)
  return { token, expiresAtMs }
}

/** Uses a lease up. Errors: `gone` for one that ended, is void, is of another key, or never was. */
export function claim(database: Database, name: string, key: Term, token: string, nowMs: EpochMs): void {
  if (leaseOn(database, name, key, nowMs)?.token !== token) {
    throw new EtsError('gone', {
      message: 'this lease is not the one on the key: it ended, was used, or the entry changed meanwhile',
    })
  }
  voidLease(database, name, key, nowMs)
}

/** Ends the lease on a key, or lets somebody try again; says whether a lease was out. */
export function voidLease(database: Database, name: string, key: Term, nowMs: EpochMs): boolean {
  const leases = database.find(LEASES)
  const slot = leases === undefined ? -1 : find(database, leases, name, key, nowMs)
  if (leases === undefined || slot === -1) return false
  const wasOut = isOut(leases, slot)
  leases.remove(slot, nowMs)
  return wasOut
}

/** Whether a row stands for a lease, and not for a time in which nobody is to try again. */
const isOut = (leases: Table, slot: number): boolean => (leases.row(slot) as LeaseRow)[1] !== null

/** Ends the leases on the keys of a cache that pass a test; says how many. Cost: O(leases on the cache). */
export function voidLeases(
  database: Database,
  name: string,
  test: (key: Term) => boolean,
  nowMs: EpochMs,
): number {
  const leases = database.find(LEASES)
  if (leases === undefined) return 0
  const slots = slotsOn(leases, name, test, nowMs)
  const out = slots.filter((slot) => isOut(leases, slot)).length
  for (const slot of slots) leases.remove(slot, nowMs)
  return out
}

/** How many leases are out on a cache. Cost: O(leases on the cache). */
export function leasesOut(database: Database, name: string, nowMs: EpochMs): number {
  const leases = database.find(LEASES)
  if (leases === undefined) return 0
  return slotsOn(leases, name, () => true, nowMs).filter((slot) => isOut(leases, slot)).length
}

function slotsOn(leases: Table, name: string, test: (key: Term) => boolean, nowMs: EpochMs): number[] {
  const slots: number[] = []
  leases.order?.ascend({ low: { key: [name, LOWEST], basis: 'at' } }, (slot) => {
    const [of, key] = leases.keyAt(slot) as LeaseRow[0]
    if (of !== name) return false
    if (leases.isLive(slot, nowMs) && test(key)) slots.push(slot)
    return true
  })
  return slots
}

/** No key sorts before it. */
const LOWEST = -Number.MAX_VALUE

/** The slot of a lease that is out on this very table: one of its name that was dropped since is another. */
function find(database: Database, leases: Table, name: string, key: Term, nowMs: EpochMs): number {
  const slot = leases.find([name, key], nowMs)
  if (slot === -1) return -1
  const [, , identity] = leases.row(slot) as Row as LeaseRow
  return database.find(name)?.identity === identity ? slot : -1
}
