/**
 * The contract of an index: which slots are under a key, and in which order keys come.
 *
 * A table has one, chosen by its type when it is made. Indexes know slots and keys, nothing of rows' other
 * parts, and nothing of time: a row whose deadline has passed is in the index until the table removes it.
 */
import type { Term } from '../term.ts'

export interface KeyIndex {
  /** The first slot under `key`, or -1. */
  head(key: Term): number
  /** The slot after `slot` under the same key, or -1. */
  after(slot: number): number
  /**
   * Puts `slot` under `key`, before the slot `before` of that key or, with -1, after all of them. `place` is
   * that of a key that had one and comes back, or -1; where keys have one slot that is their place.
   */
  add(key: Term, slot: number, before: number, place: number): void
  /** Takes `slot` away from under `key`. Returns the place that the key leaves, or -1 if it has more slots. */
  remove(key: Term, slot: number): number
  /**
   * The number of slots held. Throws when they are not in order: for tests. Cost: O(n).
   *
   * `kept` are the places of keys that were removed under a fixation.
   */
  check(kept: readonly number[]): number
}
