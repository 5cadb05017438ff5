/** The index of an `ordered_set`: one slot a key, in term order. Cost: every step O(log n). */
import type { Term } from '../term.ts'
import { BTree } from './btree.ts'
import type { KeyIndex } from './key-index.ts'

export class OrderedIndex implements KeyIndex {
  /** For what only an order can answer: neighbours, ranges, positions. */
  readonly tree: BTree

  constructor(tree = new BTree()) {
    this.tree = tree
  }

  head(key: Term): number {
    return this.tree.get(key)
  }

  after(): number {
    return -1
  }

  add(key: Term, slot: number): void {
    this.tree.set(key, slot)
  }

  remove(key: Term, slot: number): number {
    this.tree.delete(key)
    return slot
  }

  check(): number {
    this.tree.check()
    return this.tree.size
  }
}
