/**
 * Replays a trace on a table with a bound, or on the optimum: each access looks its key up, and stores a row when
 * there is none. It is the table that the service runs, with its verbs, not a copy of its policies.
 */
import { Database } from '../../engine/database.ts'
import { EVICTIONS } from '../../engine/options.ts'
import type { EpochMs } from '../../engine/time.ts'
import { insert, lookup } from '../../engine/verbs/objects.ts'
import { beladyHits } from './belady.ts'
import type { Trace } from './trace.ts'

/** Policies of tables, and the optimum. `none` evicts nothing. */
export const POLICIES = [...EVICTIONS.filter((each) => each !== 'none'), 'belady'] as const
export type PolicyName = (typeof POLICIES)[number]

export interface HitRatio {
  readonly trace: string
  readonly policy: PolicyName
  readonly capacity: number
  /** From 0 to 1. */
  readonly hitRatio: number
}

const NOW = 0 as EpochMs

export function hitRatioOf(trace: Trace, policy: PolicyName, capacity: number): HitRatio {
  const hits =
    policy === 'belady'
      ? beladyHits(trace.accesses, trace.keyCount, capacity)
      : tableHits(trace, policy, capacity)
  return { trace: trace.name, policy, capacity, hitRatio: hits / trace.accesses.length }
}

function tableHits({ accesses }: Trace, policy: Exclude<PolicyName, 'belady'>, capacity: number): number {
  const database = new Database()
  const table = database.table(database.create('t', { maxRows: capacity, eviction: policy }))
  let hits = 0
  for (let i = 0; i < accesses.length; i++) {
    const key = accesses[i] as number
    if (lookup(table, key, NOW).length > 0) hits++
    else insert(table, [key, 1], undefined, NOW)
  }
  return hits
}
