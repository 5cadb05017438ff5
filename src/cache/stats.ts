/** What a cache says of itself: the statistics of its table, its policy, the leases that are out, and how its loads went. */
import type { Database } from '../engine/database.ts'
import type { TermObject } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { statistics } from '../engine/verbs/info.ts'
import { asCache } from './entry.ts'
import { leasesOut } from './leases.ts'
import { loadCounts, resetLoadCounts } from './load-counts.ts'

/** Errors: `no_such_table`, `badarg`/`table_type`. Cost: O(leases that are out), and that of the table's `size`. */
export function stats(database: Database, name: string, nowMs: EpochMs): TermObject {
  const table = asCache(database.table(name))
  return {
    ...statistics(table, nowMs),
    eviction: table.options.eviction,
    leases: leasesOut(database, name, nowMs),
    loads: { ...loadCounts(database, name, nowMs) },
  }
}

/** Counts from zero again. Errors: as {@link stats}. */
export function resetStats(database: Database, name: string, nowMs: EpochMs): true {
  asCache(database.table(name)).resetStatistics()
  resetLoadCounts(database, name, nowMs)
  return true
}
