/**
 * Eviction policies: which row goes when a bounded table is full.
 *
 * A policy knows slots, never keys or rows. The contents tell it what comes, is used and goes; it answers who
 * is to go next. It holds only rows that may go: one that is pinned is taken out of it.
 *
 * Cost: every step O(1), amortised, without allocation but for growing.
 */
import type { Eviction } from '../options.ts'
import { LruPolicy } from './lru.ts'
import { SievePolicy } from './sieve.ts'
import { TinyLfuPolicy } from './tinylfu.ts'

export interface Policy {
  /** A row came into `slot`. `hash` is that of its key. */
  add(slot: number, hash: number): void
  /** The row in `slot` was read or written. */
  touch(slot: number): void
  /** Forgets `slot`, while its row is still there to be weighed. */
  remove(slot: number): void
  /** The row in `slot` weighs `by` more than when it came, or was last said to. */
  reweigh(slot: number, by: number): void
  /** The slot of the row to go next, which is not `spared`; -1 when there is no other. It stays until removed. */
  victim(spared: number): number
  /** Throws when its parts do not agree, for tests. Returns the slots that it holds. Cost: O(n). */
  check(): readonly number[]
}

/** What a row weighs: its bytes where bytes are bounded, else 1. Asked of slots that hold a row. */
export type Weigh = (slot: number) => number

/** `random` decides now and then, from 0 up to 1, so that nobody can be sure to keep a row out. */
export function newPolicy(eviction: Eviction, weigh: Weigh, random: () => number): Policy | undefined {
  switch (eviction) {
    case 'none':
      return undefined
    case 'lru':
      return new LruPolicy()
    case 'sieve':
      return new SievePolicy()
    case 'tinylfu':
      return new TinyLfuPolicy(weigh, random)
  }
}
