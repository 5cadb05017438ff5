/** What a process says of its tables in numbers. Cost: O(tables), and that of the `size` of each. */
import type { Database } from '../engine/database.ts'
import type { Table } from '../engine/table.ts'
import type { EpochMs } from '../engine/time.ts'
import { statistics } from '../engine/verbs/info.ts'
import { mayUse } from '../protocol/access.ts'
import type { CacheSummary } from '../protocol/caches.ts'
import type { Caller } from '../protocol/caller.ts'
import type { ProcessMetrics } from '../protocol/metrics.ts'
import { isInternal } from './replies.ts'

export type Sizes = Pick<ProcessMetrics, 'tables' | 'rows' | 'bytes' | 'largest'>

/** How large the tables are, the largest of them one by one. */
export function sizesOf({ tables }: Database, limit: number, nowMs: EpochMs): Sizes {
  const all = Array.from(tables, ([table, contents]) => ({
    table,
    rows: contents.size(nowMs),
    bytes: contents.bytes,
  }))
  const sum = (of: 'rows' | 'bytes') => all.reduce((total, each) => total + each[of], 0)
  const largest = all.sort((a, b) => b.bytes - a.bytes).slice(0, limit)
  return { tables: all.length, rows: sum('rows'), bytes: sum('bytes'), largest }
}

/** The caches that a caller may read, by name. */
export function cachesOf(
  { tables }: Database,
  caller: Caller | undefined,
  nowMs: EpochMs,
): readonly CacheSummary[] {
  const caches = [...tables].filter(
    ([name, table]) => !isInternal(name) && isCache(table) && mayUse(table.options, 'read', caller),
  )
  return caches.map(([cache, table]) => summaryOf(cache, table, nowMs)).sort(byName)
}

const isCache = ({ options, keypos, isBag }: Table): boolean => options.statistics && keypos === 1 && !isBag

function summaryOf(cache: string, table: Table, nowMs: EpochMs): CacheSummary {
  const { size, bytes, hits, misses, hitRatio } = statistics(table, nowMs) as unknown as Counted
  return { cache, size, bytes, hits, misses: misses.all, hitRatio }
}

type Counted = Omit<CacheSummary, 'misses'> & { readonly misses: { readonly all: number } }

const byName = (a: CacheSummary, b: CacheSummary): number => (a.cache < b.cache ? -1 : 1)
