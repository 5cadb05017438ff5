/**
 * The index of an `ordered_set`: one slot a key. A hash table says which, a B+tree in which order.
 *
 * The tree alone would do, but a search in it compares some twenty keys, each elsewhere in memory: a look-up takes
 * two to six times as long as in the hash table (bench/engine). Only new keys and the ends of ranges are searched for.
 *
 * Cost: look-ups O(1), a step to a neighbour and a removal O(fan-out), an addition O(log n).
 */
import type { Term } from '../term.ts'
import { BTree } from './btree.ts'
import type { KeyIndex } from './key-index.ts'
import { type Keys, SetIndex } from './set-index.ts'

export class OrderedIndex implements KeyIndex {
  /** For what only an order can answer: neighbours, ranges, positions. */
  readonly tree: BTree
  readonly #slots: SetIndex

  constructor(keys: Keys, hashSeed: number, fanout?: number) {
    const slots = new SetIndex(keys, hashSeed)
    this.#slots = slots
    this.tree = new BTree((key) => slots.head(key), fanout)
  }

  head(key: Term): number {
    return this.#slots.head(key)
  }

  after(): number {
    return -1
  }

  add(key: Term, slot: number): void {
    this.#slots.add(key, slot)
    this.tree.add(key, slot)
  }

  remove(key: Term, slot: number): number {
    this.tree.remove(slot)
    return this.#slots.remove(key, slot)
  }

  check(): number {
    this.tree.check()
    if (this.#slots.check() !== this.tree.size) throw new Error('ordered index: one part has more keys')
    return this.tree.size
  }
}
