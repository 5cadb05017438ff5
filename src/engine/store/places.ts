/**
 * Places of keys: what a key has from its first row to its last, and under a fixation still after that.
 *
 * In a bag they are those of its index, else they are slots. While the table is fixed, a removed key keeps its place as
 * a ghost; see `ghosts`.
 */
import type { Term } from '../term.ts'
import type { BagIndex } from './bag-index.ts'
import { Ghosts } from './ghosts.ts'
import type { Slots } from './slots.ts'

export class Places {
  readonly #slots: Slots
  readonly #bag: BagIndex | undefined
  /** Who gives places to keys. */
  readonly #giver: BagIndex | Slots
  #ghosts = new Ghosts()

  constructor(slots: Slots, bag: BagIndex | undefined) {
    this.#slots = slots
    this.#bag = bag
    this.#giver = bag ?? slots
  }

  /** One more than the highest place of a key. */
  get end(): number {
    return this.#bag === undefined ? this.#slots.end : this.#bag.endOfPlaces
  }

  /** The place of the key whose row is in a slot. */
  at(slot: number): number {
    return this.#bag === undefined ? slot : this.#bag.placeAt(slot)
  }

  /** The first slot of the key at a place, dead or not, or -1. */
  headAt(place: number): number {
    if (this.#bag !== undefined) return this.#bag.headAt(place)
    return this.#slots.key(place) === undefined ? -1 : place
  }

  /** Whether the places of removed keys are kept. */
  get isFixed(): boolean {
    return this.#ghosts.isFixed
  }

  /** The places that are kept for removed keys. */
  get kept(): readonly number[] {
    return this.#ghosts.places
  }

  /** The place that is kept for a removed key, or -1. */
  keptFor(key: Term): number {
    return this.#ghosts.place(key)
  }

  /** A key comes back: it has the place again that was kept for it, if one was; else -1. */
  revive(key: Term): number {
    return this.#ghosts.isFixed ? this.#ghosts.revive(key) : -1
  }

  /** The last row of a key went: its place is kept, or free. */
  leave(key: Term, place: number, isKept: boolean): void {
    const free = isKept ? this.#ghosts.add(key, place) : place
    if (free !== -1) this.#giver.release(free)
  }

  fix(): void {
    this.#ghosts.fix()
  }

  /** Ends a fixation. Returns how to take that back. */
  unfix(): () => void {
    const ghosts = this.#ghosts
    if (!ghosts.unfix()) return () => ghosts.fix()
    this.#ghosts = new Ghosts()
    for (const place of ghosts.places) this.#giver.release(place)
    return () => {
      ghosts.fix()
      this.#ghosts = ghosts
      for (const place of ghosts.places.toReversed()) this.#giver.retake(place)
    }
  }
}
