/**
 * How loads of each cache went: won, filled, failed, voided, and asked for while somebody else loaded.
 *
 * The counts are rows of a table of the process itself, so a refused turn counts nothing. They begin anew with the
 * process, with the cache, and when they are reset. Only loads are counted here, so reading costs nothing.
 */
import type { Database } from '../engine/database.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'

/** `$` is not a letter of the names that callers may use. */
const COUNTS = '$loads'

export interface LoadCounts {
  /** Leases that were granted. */
  readonly won: number
  readonly filled: number
  /** Leases that were given back without a value. */
  readonly failed: number
  /** Leases that a write or a removal ended. */
  readonly voided: number
  /** Answers that said that somebody else was loading. */
  readonly waited: number
  /** Stale values that a load was answered with. */
  readonly stale: number
}

const NONE: LoadCounts = { won: 0, filled: 0, failed: 0, voided: 0, waited: 0, stale: 0 }

/** The counts of a cache. A cache of the same name that was dropped since has none of them. */
export function loadCounts(database: Database, name: string, nowMs: EpochMs): LoadCounts {
  const table = database.find(COUNTS)
  const slot = table === undefined ? -1 : table.find(name, nowMs)
  if (table === undefined || slot === -1) return NONE
  const [, identity, counts] = table.row(slot)
  return identity === database.find(name)?.identity ? (counts as unknown as LoadCounts) : NONE
}

export function countLoads(
  database: Database,
  name: string,
  what: keyof LoadCounts,
  nowMs: EpochMs,
  by = 1,
): void {
  const counts = loadCounts(database, name, nowMs)
  keep(database, name, { ...counts, [what]: counts[what] + by }, nowMs)
}

export function resetLoadCounts(database: Database, name: string, nowMs: EpochMs): void {
  if (database.find(COUNTS) !== undefined) keep(database, name, NONE, nowMs)
}

function keep(database: Database, name: string, counts: LoadCounts, nowMs: EpochMs): void {
  if (database.find(COUNTS) === undefined) database.create(COUNTS, { journal: 'none' })
  const { identity } = database.table(name)
  database.table(COUNTS).put([name, identity, counts as unknown as Term], nowMs)
}
