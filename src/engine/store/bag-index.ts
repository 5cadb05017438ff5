/**
 * The index of a `bag` or `duplicate_bag`: any number of slots a key, in the order they came.
 *
 * The slots of a key form a ring of links under their own numbers; the map leads to the first of them.
 *
 * Cost: every step O(1), whatever the number of rows under the key; 8 bytes a row.
 */
import { KeyMap } from '../key.ts'
import type { Term } from '../term.ts'
import type { KeyIndex } from './key-index.ts'

const INITIAL_CAPACITY = 16

export class BagIndex implements KeyIndex {
  readonly #heads = new KeyMap()
  /** The neighbours of a slot in the ring of its key; the last one's next is the first. */
  #next = new Int32Array(INITIAL_CAPACITY)
  #previous = new Int32Array(INITIAL_CAPACITY)
  /** 1 for the first slot of a key, where a walk along the ring ends. */
  #isHead = new Uint8Array(INITIAL_CAPACITY)

  head(key: Term): number {
    return this.#heads.get(key)
  }

  after(slot: number): number {
    const next = this.#next[slot] as number
    return this.#isHead[next] === 1 ? -1 : next
  }

  add(key: Term, slot: number, before: number): void {
    if (slot >= this.#next.length) this.#grow(slot)
    const head = this.#heads.get(key)
    if (head === -1) {
      this.#next[slot] = slot
      this.#previous[slot] = slot
      this.#lead(key, slot)
      return
    }
    this.#isHead[slot] = 0
    const next = before === -1 ? head : before
    this.#link(this.#previous[next] as number, slot)
    this.#link(slot, next)
    if (before === head) {
      this.#isHead[head] = 0
      this.#lead(key, slot)
    }
  }

  remove(key: Term, slot: number): void {
    const next = this.#next[slot] as number
    const wasHead = this.#isHead[slot] === 1
    this.#isHead[slot] = 0
    if (next === slot) {
      this.#heads.delete(key)
      return
    }
    this.#link(this.#previous[slot] as number, next)
    if (wasHead) this.#lead(key, next)
  }

  clear(): void {
    this.#heads.clear()
    this.#isHead.fill(0)
  }

  #lead(key: Term, slot: number): void {
    this.#heads.set(key, slot)
    this.#isHead[slot] = 1
  }

  #link(slot: number, next: number): void {
    this.#next[slot] = next
    this.#previous[next] = slot
  }

  #grow(slot: number): void {
    const capacity = Math.max(slot + 1, this.#next.length * 2)
    this.#next = widen(this.#next, new Int32Array(capacity))
    this.#previous = widen(this.#previous, new Int32Array(capacity))
    this.#isHead = widen(this.#isHead, new Uint8Array(capacity))
  }
}

function widen<T extends Int32Array | Uint8Array>(column: T, wide: T): T {
  wide.set(column)
  return wide
}
