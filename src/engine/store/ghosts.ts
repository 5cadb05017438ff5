/**
 * Ghosts: keys that were removed while the table is fixed, with the slots they had.
 *
 * Under `safe_fixtable` a walk may step on from a key that is gone meanwhile. For that the place is kept:
 * the slot of a removed row is not used again before the last fixation ends.
 *
 * Limits: places are kept for {@link MAX_GHOSTS} keys; beyond that the oldest are given up, and stepping on
 *         from one is refused, so that a fixation that is never ended cannot hold memory without bound.
 */
import { KeyMap } from '../key.ts'
import type { Term } from '../term.ts'

/** 100,000 keys take some ten megabytes; a walk that deletes what it sees needs one at a time. */
export const MAX_GHOSTS = 100_000

export class Ghosts {
  #fixations = 0
  #slotOfKey = new KeyMap()
  #queue: { readonly key: Term; readonly slot: number }[] = []

  get isFixed(): boolean {
    return this.#fixations > 0
  }

  fix(): void {
    this.#fixations++
  }

  /** Ends one fixation. Returns the slots that may be used again: all of them after the last. */
  unfix(): readonly number[] {
    if (this.#fixations > 0) this.#fixations--
    if (this.isFixed) return []
    const slots = this.#queue.map(({ slot }) => slot)
    this.#queue = []
    this.#slotOfKey = new KeyMap()
    return slots
  }

  /** Keeps the place of a removed row. Returns a slot that was given up for it, or -1. */
  add(key: Term, slot: number): number {
    // Of several rows of a bag the first to go has the place where a walk met the key.
    if (this.#slotOfKey.get(key) === -1) this.#slotOfKey.set(key, slot)
    this.#queue.push({ key, slot })
    if (this.#slotOfKey.size <= MAX_GHOSTS) return -1
    const oldest = this.#queue.shift() as { key: Term; slot: number }
    if (this.#slotOfKey.get(oldest.key) === oldest.slot) this.#slotOfKey.delete(oldest.key)
    return oldest.slot
  }

  /** Forgets the place of a key that has a row again. */
  lay(key: Term): void {
    this.#slotOfKey.delete(key)
  }

  /** The slot that a removed key had, or -1. */
  place(key: Term): number {
    return this.#slotOfKey.get(key)
  }

  /** Forgets the place again, because the removal was taken back. */
  forget(key: Term, slot: number): void {
    if (this.#slotOfKey.get(key) === slot) this.#slotOfKey.delete(key)
    this.#queue = this.#queue.filter((each) => each.slot !== slot)
  }
}
