/**
 * The index of a `set`: one slot a key, in no order. An open hash table whose places hold a hash and a slot;
 * the keys stand in the table's slots.
 *
 * A `Map` would do the same in two lines, but it computes the hash of every string that comes off the wire in a
 * call out of the compiled code, needs a text for an array, and takes 29 bytes a key. bench/engine shows it by
 * tuples of tables up to 100k rows, which are found sooner here than by their text in a bare `Map`.
 *
 * Cost:   every step O(1); growing moves all places, O(1) a key over time; 11 to 21 bytes a key.
 * Source: Knuth, "The Art of Computer Programming" 3, 6.4, algorithms L and R: linear probing, deletion by
 *         moving back what had been pushed on.
 */
import { equalTerms, type Term } from '../term.ts'
import { hashOf } from './key-hash.ts'
import type { KeyIndex } from './key-index.ts'

/** Where an index finds the key of a row; `undefined` only for a slot without one. */
export interface Keys {
  key(slot: number): Term | undefined
}

const INITIAL_PLACES = 16
const FREE = -1
/** Beyond this share of places taken, the walks to a free one grow long. */
const MAX_LOAD = 0.7
/** An odd number with its bits spread well: 2^32 divided by the golden ratio. */
export const DEFAULT_HASH_SEED = 0x9e3779b1 | 0

export class SetIndex implements KeyIndex {
  readonly #keys: Keys
  readonly #seed: number
  /** Two numbers a place: the hash of a key, then its slot or `FREE`. */
  #places = emptyPlaces(INITIAL_PLACES)
  /** The number of places less one; that number is a power of two. */
  #mask = INITIAL_PLACES - 1
  #size = 0
  /** Where the last search ended, and for what: a write follows the search for its key. */
  #place = 0
  #sought: Term | undefined
  #hash = 0
  /** What was looked for before that, and not added yet. */
  #waiting: Term | undefined
  #waitingHash = 0

  constructor(keys: Keys, seed = DEFAULT_HASH_SEED) {
    this.#keys = keys
    this.#seed = seed | 1
  }

  /** The hash of the key that was looked for or added last. */
  get lastHash(): number {
    return this.#hash
  }

  head(key: Term): number {
    return this.#seek(key, hashOf(key, this.#seed))
  }

  /** As {@link head}, for who has as good as always asked for the same key just before: to compare two others costs. */
  headAgain(key: Term): number {
    return key === this.#sought ? (this.#places[2 * this.#place + 1] as number) : this.head(key)
  }

  /** The hash of a key: of the one that was looked for last without computing it again. */
  hashOf(key: Term): number {
    if (key !== this.#sought) {
      // Of one that goes, while another one waits for its room.
      this.#waiting = this.#sought
      this.#waitingHash = this.#hash
      this.head(key)
    }
    return this.#hash
  }

  #seek(key: Term, hash: number): number {
    const places = this.#places
    const mask = this.#mask
    let place = hash & mask
    let slot = places[2 * place + 1] as number
    while (slot !== FREE && !(places[2 * place] === hash && this.#isKeyOf(slot, key))) {
      place = (place + 1) & mask
      slot = places[2 * place + 1] as number
    }
    this.#place = place
    this.#sought = key
    this.#hash = hash
    return slot
  }

  after(): number {
    return -1
  }

  add(key: Term, slot: number): void {
    if (key !== this.#sought)
      this.#seek(key, key === this.#waiting ? this.#waitingHash : hashOf(key, this.#seed))
    this.#places[2 * this.#place] = this.#hash
    this.#places[2 * this.#place + 1] = slot
    this.#sought = undefined
    this.#waiting = undefined
    this.#size++
    if (this.#size > this.#mask * MAX_LOAD) this.#grow()
  }

  remove(key: Term, slot: number): number {
    if (this.#places[2 * this.#place + 1] !== slot) this.head(key)
    this.#sought = undefined
    this.#size--
    this.#close(this.#place)
    return slot
  }

  /** Makes room for that many keys, so that adding them moves none. For an index without keys. */
  reserve(count: number): void {
    let places = INITIAL_PLACES
    while (count > (places - 1) * MAX_LOAD) places *= 2
    this.#places = emptyPlaces(places)
    this.#mask = places - 1
    this.#sought = undefined
  }

  check(): number {
    let count = 0
    for (let i = 0; i < this.#places.length; i += 2) {
      const slot = this.#places[i + 1] as number
      if (slot === FREE) continue
      if (this.head(this.#keys.key(slot) as Term) !== slot)
        throw new Error(`set index: slot ${slot} is not found`)
      count++
    }
    if (count !== this.#size) throw new Error('set index: the size is wrong')
    return count
  }

  #isKeyOf(slot: number, key: Term): boolean {
    const other = this.#keys.key(slot)
    return other === key || (typeof key === 'object' && equalTerms(other as Term, key))
  }

  /** Frees a place, and moves back into the gap what had been pushed on past it. */
  #close(gap: number): void {
    const places = this.#places
    const mask = this.#mask
    for (let place = (gap + 1) & mask; places[2 * place + 1] !== FREE; place = (place + 1) & mask) {
      const home = (places[2 * place] as number) & mask
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      places[2 * gap] = places[2 * place] as number
      places[2 * gap + 1] = places[2 * place + 1] as number
      gap = place
    }
    places[2 * gap + 1] = FREE
  }

  #grow(): void {
    const old = this.#places
    const mask = 2 * this.#mask + 1
    const places = emptyPlaces(mask + 1)
    for (let i = 0; i < old.length; i += 2) {
      const slot = old[i + 1] as number
      if (slot === FREE) continue
      const hash = old[i] as number
      let place = hash & mask
      while (places[2 * place + 1] !== FREE) place = (place + 1) & mask
      places[2 * place] = hash
      places[2 * place + 1] = slot
    }
    this.#places = places
    this.#mask = mask
  }
}

const emptyPlaces = (count: number): Int32Array<ArrayBuffer> => new Int32Array(2 * count).fill(FREE)
