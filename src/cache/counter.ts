/** Counters: entries whose value is an integer, counted where they are. Source: Redis INCRBY, Caffeine's compute. */
import type { Database } from '../engine/database.ts'
import { badarg } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { marksOf } from '../engine/verbs/objects.ts'
import { timingOf } from '../engine/verbs/timing.ts'
import { makeCache } from './defaults.ts'
import { aboutOf, freshnessOf, rawValue, rowOf } from './entry.ts'
import type { EntryOptions } from './writing.ts'

export interface IncrOptions extends EntryOptions {
  /** What a missing counter counts from. Default: 0. */
  readonly initial?: number
  readonly min?: number
  readonly max?: number
  /** What happens beyond `min` or `max`: nothing, with a refusal, or the counter stops there. Default: refuse. */
  readonly beyond?: 'refuse' | 'clamp'
}

/**
 * Adds to a counter and gives what it is then. Its time and its tags are set when it begins, and stay.
 *
 * Errors: `badarg`/`counter_value` for a value that is no integer, and for one that may not be reached.
 */
export function incr(
  database: Database,
  name: string,
  key: Term,
  by: number,
  options: IncrOptions,
  nowMs: EpochMs,
): number {
  const table = makeCache(database, name)
  const slot = table.find(key, nowMs)
  const about = slot === -1 ? undefined : aboutOf(table, slot)
  // A stale count is none, as to readers.
  const isThere = about !== undefined && freshnessOf(table, slot, about, nowMs) === 'fresh'
  const current = isThere ? rawValue(table, slot) : (options.initial ?? 0)
  if (!Number.isSafeInteger(current)) throw badarg('counter_value', 'the value is no integer')
  const next = bounded((current as number) + by, options)
  if (isThere) table.replace(slot, rowOf(key, next, about), nowMs)
  else table.put([key, next], nowMs, timingOf(table, options, nowMs), marksOf(options))
  return next
}

function bounded(count: number, { min, max, beyond = 'refuse' }: IncrOptions): number {
  const low = min ?? Number.MIN_SAFE_INTEGER
  const high = max ?? Number.MAX_SAFE_INTEGER
  const kept = Math.min(Math.max(count, low), high)
  const isClamped = beyond === 'clamp' && (kept === min || kept === max)
  if (kept !== count && !isClamped) throw badarg('counter_value', 'the result is beyond the bounds')
  return kept
}
