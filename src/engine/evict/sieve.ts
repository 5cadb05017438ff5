/**
 * SIEVE: rows stand in the order they came; a hand goes from the oldest to the newest, and round again. It
 * passes over rows that were used since it was last there, and takes the first that was not.
 *
 * A use is one byte written, so reads are cheaper than those of LRU, and rows that are used once go sooner.
 *
 * Cost:   every step O(1), a victim amortised: what the hand passes over was used since; 9 bytes a row.
 * Limits: the hand passes over at most {@link MAX_PASSED} rows for one victim, so that no turn waits for it.
 * Source: Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is Simpler than LRU", NSDI 2024.
 */
import { SlotLists } from '../store/slot-lists.ts'
import type { Policy } from './policy.ts'

/** Half a millisecond. */
const MAX_PASSED = 65_536
/** The one list, the oldest row first. */
const ROWS = 0
const NOBODY = -1

export class SievePolicy implements Policy {
  readonly #lists = new SlotLists(1)
  /** 1 for a row that was used since the hand was there. */
  #isUsed = new Uint8Array(16)
  /** The row that the hand looks at next; nobody for the oldest. */
  #hand = NOBODY

  add(slot: number): void {
    if (slot >= this.#isUsed.length) this.#grow(slot)
    this.#isUsed[slot] = 0
    this.#lists.append(ROWS, slot)
  }

  touch(slot: number): void {
    this.#isUsed[slot] = 1
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#lists.after(slot)
    this.#lists.remove(slot)
  }

  reweigh(): void {}

  victim(spared: number): number {
    const lists = this.#lists
    let slot = this.#hand === NOBODY ? lists.first(ROWS) : this.#hand
    for (let passed = 0; slot !== NOBODY; passed++) {
      if (slot !== spared) {
        if (this.#isUsed[slot] === 0 || passed >= MAX_PASSED) break
        this.#isUsed[slot] = 0
      } else if (lists.first(ROWS) === lists.last(ROWS)) return NOBODY
      slot = lists.after(slot)
      if (slot === NOBODY) slot = lists.first(ROWS)
    }
    this.#hand = slot
    return slot
  }

  check(): readonly number[] {
    const slots = this.#lists.check(ROWS)
    if (this.#hand !== NOBODY && !slots.includes(this.#hand)) throw new Error('sieve: the hand is on no row')
    return slots
  }

  #grow(slot: number): void {
    const isUsed = new Uint8Array(Math.max(slot + 1, 2 * this.#isUsed.length))
    isUsed.set(this.#isUsed)
    this.#isUsed = isUsed
  }
}
