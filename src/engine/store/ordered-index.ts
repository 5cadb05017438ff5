/** The index of an `ordered_set`: one slot a key, in term order. */
import type { Term } from '../term.ts'
import { BTree } from './btree.ts'
import type { KeyIndex } from './key-index.ts'
import type { Keys } from './set-index.ts'

export class OrderedIndex implements KeyIndex {
  /** For what only an order can answer: neighbours, ranges, positions. */
  readonly tree: BTree

  constructor(keys: Keys, fanout?: number) {
    this.tree = new BTree(keys, fanout)
  }

  head(key: Term): number {
    return this.tree.find(key)
  }

  after(): number {
    return -1
  }

  add(key: Term, slot: number): void {
    this.tree.add(key, slot)
  }

  remove(key: Term, slot: number): number {
    this.tree.remove(key, slot)
    return slot
  }

  check(): number {
    this.tree.check()
    return this.tree.size
  }
}
