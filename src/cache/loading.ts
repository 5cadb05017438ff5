/**
 * Loading: one caller in the world fills an entry, the others wait, are given a stale one, or are told who does.
 *
 * `load` answers with what there is to be had: a value; a lease, whose holder is to load and then to `fill`; or that
 * somebody else is loading. A value may come with a lease: then it is to be loaded anew, and may be used meanwhile.
 * Waiting is not done in a turn: whoever runs turns parks the call (`waiters.ts`) and runs it again.
 *
 * Source: Nishtala et al., "Scaling Memcache at Facebook", 2013, for leases; RFC 5861 for stale answers.
 */
import type { Database, Operation } from '../engine/database.ts'
import type { Table } from '../engine/table.ts'
import type { Term, TermObject } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { makeCache } from './defaults.ts'
import { aboutOf, freshnessOf, freshUntilMs, rawValue } from './entry.ts'
import { claim, grant, leaseOn } from './leases.ts'
import { countLoads } from './load-counts.ts'
import { countedMiss, countedStale, found, infoOf, missOf, STALE } from './reading.ts'
import { type EntryOptions, store } from './writing.ts'

export interface LoadOptions {
  /** How long whoever wins may take. Default: {@link DEFAULT_LEASE_TTL_MS}. */
  readonly leaseTtlMs?: number
  /** An entry that stays fresh for less than this is loaded anew by one caller, while all go on using it. */
  readonly refreshAheadMs?: number
  /** Gives a value as `cache_entry` does. */
  readonly raw?: boolean
  /** How long the call may wait for a load by somebody else; see `waiters.ts`. Default: not at all. */
  readonly waitMs?: number
}

/** Longer than most sources take; after it somebody else may try. */
export const DEFAULT_LEASE_TTL_MS = 10_000

/**
 * What there is under a key, or the lease to load it.
 *
 * Shape: `{"value", "version"}` or `{"negative", "version"}` as `get` has them, `"stale": true` where it applies;
 *        beside it or alone `{"lease", "leaseUntilMs"}` for who is to load; `{"loading": true, "retryAfterMs"}` while
 *        somebody else does; `{"failed": true, "retryAfterMs"}` when it was tried in vain a moment ago.
 */
export function load(
  database: Database,
  name: string,
  key: Term,
  options: LoadOptions,
  nowMs: EpochMs,
): TermObject {
  const table = makeCache(database, name)
  const lease = leaseOn(database, name, key, nowMs)
  const win = (): TermObject => {
    const ttlMs = options.leaseTtlMs ?? DEFAULT_LEASE_TTL_MS
    const { token, expiresAtMs } = grant(database, name, key, database.newToken(), ttlMs, nowMs)
    countLoads(database, name, 'won', nowMs)
    return { lease: token, leaseUntilMs: expiresAtMs }
  }
  const hasFailed = lease?.token === null
  const slot = table.find(key, nowMs)
  if (slot !== -1) {
    const about = aboutOf(table, slot)
    const freshness = freshnessOf(table, slot, about, nowMs)
    if (freshness !== 'ended' && (freshness !== 'if_error' || hasFailed)) {
      table.noteHit(slot, nowMs)
      if (freshness !== 'fresh') countLoads(database, name, 'stale', nowMs)
      const isDue = freshUntilMs(table, slot, about) - nowMs < (options.refreshAheadMs ?? 0)
      const answer = options.raw
        ? { ...infoOf(table, slot, nowMs), value: rawValue(table, slot) }
        : found(table, slot, about, freshness)
      const isToLoad = lease === undefined && (isDue || freshness !== 'fresh')
      return isToLoad ? { ...answer, ...win() } : answer
    }
  }
  if (lease === undefined)
    return { ...(slot === -1 ? countedMiss(table, key, nowMs) : countedStale(table, key, nowMs)), ...win() }
  if (!hasFailed) countLoads(database, name, 'waited', nowMs)
  const retryAfterMs = lease.expiresAtMs - nowMs
  return hasFailed ? { failed: true, retryAfterMs } : { loading: true, retryAfterMs }
}

/** Stores what the holder of a lease has loaded, and gives its version. Errors: `gone` as {@link claim}. */
export function fill(
  database: Database,
  name: string,
  key: Term,
  lease: string,
  value: Term,
  options: EntryOptions,
  nowMs: EpochMs,
): number {
  claim(database, name, key, lease, nowMs)
  countLoads(database, name, 'filled', nowMs)
  const table = database.table(name)
  return store(database, table, table.find(key, nowMs), key, value, options, nowMs)
}

export interface FailOptions {
  /** How long nobody is to try again. Default: not at all. */
  readonly backoffMs?: number
}

/**
 * Gives a lease back without a value, and answers with what may be used instead, as `load` would.
 *
 * Errors: `gone` as {@link claim}.
 */
export function fail(
  database: Database,
  name: string,
  key: Term,
  lease: string,
  { backoffMs }: FailOptions,
  nowMs: EpochMs,
): TermObject {
  claim(database, name, key, lease, nowMs)
  countLoads(database, name, 'failed', nowMs)
  if (backoffMs !== undefined) grant(database, name, key, null, backoffMs, nowMs)
  const table = database.table(name)
  if (table.find(key, nowMs) === -1) return missOf(table, key, nowMs)
  return lastResort(table, key, nowMs) ?? STALE
}

function lastResort(table: Table, key: Term, nowMs: EpochMs): TermObject | undefined {
  const slot = table.find(key, nowMs)
  if (slot === -1) return undefined
  const about = aboutOf(table, slot)
  const freshness = freshnessOf(table, slot, about, nowMs)
  return freshness === 'ended' ? undefined : found(table, slot, about, freshness)
}

/** Until when the lease lasts that an operation was granted, if it was. */
export const leaseGranted = ({ op }: Operation, value: Term | undefined): number | undefined =>
  op === 'cache_load' ? ((value as TermObject).leaseUntilMs as number | undefined) : undefined
