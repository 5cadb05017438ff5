/** What the cache bench asks of a contender: a fresh cache with room for so many entries, and passes over it. */
import type { Term } from '../../src/engine/term.ts'

/** In the order in which they are run, each on what the last one left. */
export const PASSES = ['put', 'overwrite', 'get', 'churn', 'delete'] as const
export type Pass = (typeof PASSES)[number]

/** The keys of one pass, and what is put under them: in `overwrite` other values than are there, as `lru-cache` writes no equal one. */
export interface Work {
  readonly keys: readonly Term[]
  readonly values: Uint32Array
}

/** Answers a sum over everything that was read: the same for all that evict alike, or one is wrong. */
export type Run<Cache> = (cache: Cache, work: Work) => number

export interface Contender<Cache = unknown> {
  readonly name: string
  /** Whether it gives up what was used longest ago, so that its churn has as many hits as that of the others. */
  readonly isLru: boolean
  open(entries: number): Cache
  readonly run: Readonly<Record<Pass, Run<Cache>>>
}
