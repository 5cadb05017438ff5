/**
 * The index of a `bag` or `duplicate_bag`: any number of slots a key, in the order they came.
 *
 * A key has a place of its own from its first row to its last: walks go from place to place, so they meet a
 * key once, whichever of its rows come and go. The slots of a key form a ring of links under their own
 * numbers; its place leads to the first of them.
 *
 * Cost: every step O(1), whatever the number of rows under the key; 12 bytes a row, 4 bytes a key.
 */
import { KeyMap } from '../key.ts'
import type { Term } from '../term.ts'
import type { KeyIndex } from './key-index.ts'

const INITIAL_CAPACITY = 16
const NONE = -1

export class BagIndex implements KeyIndex {
  readonly #places = new KeyMap()
  /** The first slot of the key at a place, or -1. */
  readonly #heads: number[] = []
  readonly #freePlaces: number[] = []
  /** The neighbours of a slot in the ring of its key; the last one's next is the first. */
  #next = new Int32Array(INITIAL_CAPACITY)
  #previous = new Int32Array(INITIAL_CAPACITY)
  /** The place of the key of a slot. */
  #placeOf = new Int32Array(INITIAL_CAPACITY)

  head(key: Term): number {
    const place = this.#places.get(key)
    return place === NONE ? NONE : this.headAt(place)
  }

  after(slot: number): number {
    const next = this.#next[slot] as number
    return next === this.headAt(this.placeAt(slot)) ? NONE : next
  }

  add(key: Term, slot: number, before: number, place = NONE): void {
    if (slot >= this.#next.length) this.#grow(slot)
    const found = this.#places.get(key)
    if (found === NONE) this.#begin(key, slot, place)
    else this.#join(slot, before, found)
  }

  remove(key: Term, slot: number): number {
    const next = this.#next[slot] as number
    const place = this.placeAt(slot)
    if (next === slot) {
      this.#heads[place] = NONE
      this.#places.delete(key)
      return place
    }
    this.#link(this.#previous[slot] as number, next)
    if (this.headAt(place) === slot) this.#heads[place] = next
    return NONE
  }

  /** One more than the highest place. */
  get endOfPlaces(): number {
    return this.#heads.length
  }

  placeAt(slot: number): number {
    return this.#placeOf[slot] as number
  }

  /** The first slot of the key that has a place, or -1. */
  headAt(place: number): number {
    return this.#heads[place] as number
  }

  /** Lets the place that a key left be used again. */
  release(place: number): void {
    this.#freePlaces.push(place)
  }

  /** Takes a place back that is free. Cost: O(places released since it was). */
  retake(place: number): void {
    const at = this.#freePlaces.lastIndexOf(place)
    if (at !== -1) this.#freePlaces.splice(at, 1)
  }

  check(kept: readonly number[]): number {
    const empty = new Set([...this.#freePlaces, ...kept])
    if (empty.size !== this.#freePlaces.length + kept.length)
      throw new Error('bag index: a place is free twice')
    let count = 0
    for (const [place, head] of this.#heads.entries()) {
      if (head !== NONE) count += this.#checkRing(head, place)
      else if (!empty.delete(place)) throw new Error(`bag index: place ${place} is neither free nor kept`)
    }
    if (empty.size > 0) throw new Error(`bag index: places ${[...empty]} are both in use and free`)
    if (this.#places.size !== this.#heads.filter((head) => head !== NONE).length)
      throw new Error('bag index: keys and places differ in number')
    return count
  }

  #checkRing(head: number, place: number): number {
    let count = 0
    let slot = head
    do {
      const next = this.#next[slot] as number
      if (this.#previous[next] !== slot) throw new Error('bag index: links disagree')
      if (this.placeAt(slot) !== place) throw new Error('bag index: a slot is in the ring of another key')
      slot = next
      count++
    } while (slot !== head)
    return count
  }

  /** Gives a new key a place, that one if it had one before. */
  #begin(key: Term, slot: number, place: number): void {
    if (place === NONE) place = this.#freePlaces.pop() ?? this.#heads.length
    this.#places.set(key, place)
    this.#heads[place] = slot
    this.#placeOf[slot] = place
    this.#link(slot, slot)
  }

  #join(slot: number, before: number, place: number): void {
    const head = this.headAt(place)
    const next = before === NONE ? head : before
    this.#placeOf[slot] = place
    this.#link(this.#previous[next] as number, slot)
    this.#link(slot, next)
    if (before === head) this.#heads[place] = slot
  }

  #link(slot: number, next: number): void {
    this.#next[slot] = next
    this.#previous[next] = slot
  }

  #grow(slot: number): void {
    const capacity = Math.max(slot + 1, this.#next.length * 2)
    this.#next = widen(this.#next, capacity)
    this.#previous = widen(this.#previous, capacity)
    this.#placeOf = widen(this.#placeOf, capacity)
  }
}

function widen(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(capacity)
  wide.set(column)
  return wide
}
