/** The index of a `set`: one slot a key, in no order. Cost: every step O(1). */
import { KeyMap } from '../key.ts'
import type { Term } from '../term.ts'
import type { KeyIndex } from './key-index.ts'

export class SetIndex implements KeyIndex {
  readonly #slots = new KeyMap()

  head(key: Term): number {
    return this.#slots.get(key)
  }

  after(): number {
    return -1
  }

  add(key: Term, slot: number): void {
    this.#slots.set(key, slot)
  }

  remove(key: Term, slot: number): number {
    this.#slots.delete(key)
    return slot
  }

  clear(): void {
    this.#slots.clear()
  }

  check(): number {
    return this.#slots.size
  }
}
