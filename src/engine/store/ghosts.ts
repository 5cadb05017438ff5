/**
 * Ghosts: keys that were removed while the table is fixed, with the places they had.
 *
 * Under `safe_fixtable` a walk may step on from a key that is gone meanwhile. For that its place is kept: no
 * other key has it before the last fixation ends, and the key itself has it again when it comes back. In a
 * bag places are those of its index, else they are slots.
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
  readonly #placeOfKey = new KeyMap()
  /** The keys by their places, the one that was removed first before the others. */
  readonly #keyAt = new Map<number, Term>()
  /** Goes on from the last key that was given up: from the start, a Map passes over all that were deleted. */
  readonly #oldest = this.#keyAt.values()

  get isFixed(): boolean {
    return this.#fixations > 0
  }

  /** The places that are kept. */
  get places(): readonly number[] {
    return [...this.#keyAt.keys()]
  }

  fix(): void {
    this.#fixations++
  }

  /** Ends one fixation. Says whether it was the last: then the places are free, and these ghosts are done. */
  unfix(): boolean {
    this.#fixations--
    return this.#fixations === 0
  }

  /** Keeps the place of a removed key. Returns a place that was given up for it, or -1. */
  add(key: Term, place: number): number {
    this.#placeOfKey.set(key, place)
    this.#keyAt.set(place, key)
    if (this.#keyAt.size <= MAX_GHOSTS) return -1
    return this.revive(this.#oldest.next().value as Term)
  }

  /** The place that a removed key had, or -1. */
  place(key: Term): number {
    return this.#placeOfKey.get(key)
  }

  /** Forgets a key that comes back. Returns the place that it had, or -1. */
  revive(key: Term): number {
    const place = this.#placeOfKey.get(key)
    if (place === -1) return -1
    this.#placeOfKey.delete(key)
    this.#keyAt.delete(place)
    return place
  }
}
