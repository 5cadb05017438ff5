/**
 * The order of keys: a B+tree from keys to the slots of their rows, in term order.
 *
 * Owns which key leads to which slot. It answers with slots (-1 for none), and reads the key of a slot where the
 * rows are: it keeps none itself but the bounds of nodes. Keys must not change.
 *
 * A search compares digests, numbers that stand in the nodes, and looks at a key only where digests are equal. It first
 * looks whether its key begins as all keys of the tree do: one that does not belongs before or behind all.
 *
 * Ascending insertion fills nodes to the brim, any other leaves them half to wholly full. A node that
 * falls below half full takes from a neighbour or merges with it.
 *
 * Cost:   every step to a key O(log n), with as many comparisons of keys where digests are equal, and O(fan-out) a change;
 *         add of ascending keys O(1); first, last O(1). 13 to 30 bytes a key.
 * Limits: nothing may change the tree during a visit: collect first, or stop and go on `beyond` the key.
 * Source: Comer, "The Ubiquitous B-Tree", 1979; Graefe, "Modern B-Tree Techniques", 2011, 3.4 and 3.5.
 */
import { compareTerms, type Term } from '../term.ts'
import { checkTree } from './btree-check.ts'
import { Digests } from './btree-digests.ts'
import { NONE, Nodes } from './btree-nodes.ts'
import { KeyStream } from './key-stream.ts'
import type { Keys } from './set-index.ts'

/** One end of a range: `at` includes the key, `beyond` leaves it out. The key need not be in the tree. */
export interface Bound {
  readonly key: Term
  readonly basis: 'at' | 'beyond'
}

/** The rows from `low` to `high`; an end without a bound is open. */
export interface Range {
  readonly low?: Bound | undefined
  readonly high?: Bound | undefined
}

/** Sees one row of a range. Answers whether to go on. */
export type Visit = (slot: number) => boolean

/** The stream of the key that is searched for; another tree may have another one in it by the next step. */
const sought = new KeyStream()

export class BTree {
  readonly #nodes: Nodes
  readonly #digests: Digests
  #root: number
  #firstLeaf: number
  #lastLeaf: number
  /** Where the last search ended, for what, and the digest of that in the leaf: a write follows the search for its key. */
  #leaf = 0
  #index = 0
  #digest = 0
  #sought: Term | undefined
  /** What was sought does not begin as all keys do. */
  #isOutside = false
  /** The last key that came was above all others; the next one may be too. */
  #isAppending = false

  /** `fanout` is the most entries a node holds, at least 4. */
  constructor(keys: Keys, fanout = 32) {
    this.#nodes = new Nodes(fanout)
    this.#digests = new Digests(this.#nodes, keys)
    this.#root = this.#nodes.make(true, 0)
    this.#firstLeaf = this.#root
    this.#lastLeaf = this.#root
  }

  get size(): number {
    return this.#nodes.rows(this.#root)
  }

  /** The slot of `key`, or -1. */
  find(key: Term): number {
    return this.#goTo(key) ? this.#nodes.item(this.#leaf, this.#index) : NONE
  }

  /** Lets `key`, which is not in the tree, lead to `slot`. */
  add(key: Term, slot: number): void {
    const nodes = this.#nodes
    if (this.#sought !== key) this.#goTo(key)
    this.#sought = undefined
    if (this.#isOutside || this.size === 0) this.#takeIn(key)
    let leaf = this.#leaf
    let index = this.#index
    const count = nodes.count(leaf)
    this.#isAppending = index === count && leaf === this.#lastLeaf
    if (count === nodes.fanout) {
      // Keys that come in order fill one node after the other: the full one is left as it is.
      const half = this.#isAppending ? count - 1 : count >>> 1
      const right = this.#split(leaf, half)
      if (index >= half) {
        leaf = right
        index -= half
      }
      sought.set(key)
      this.#digest = sought.digest(nodes.skip(leaf))
    }
    nodes.insert(leaf, index, this.#digest, slot)
    nodes.addRows(leaf, 1)
  }

  /** Forgets `key`, which leads to `slot`. */
  remove(key: Term, slot: number): void {
    const nodes = this.#nodes
    if (this.#sought === undefined || this.#slotAt(this.#leaf, this.#index) !== slot) this.#goTo(key)
    this.#sought = undefined
    nodes.remove(this.#leaf, this.#index)
    nodes.addRows(this.#leaf, -1)
    this.#refill(this.#leaf)
  }

  /** The slot of the lowest key, or -1. */
  first(): number {
    return this.#slotAt(this.#firstLeaf, 0)
  }

  /** The slot of the highest key, or -1. */
  last(): number {
    return this.#slotAt(this.#lastLeaf, this.#nodes.count(this.#lastLeaf) - 1)
  }

  /** The slot of the lowest key above `key`, or -1. `key` need not be in the tree. */
  next(key: Term): number {
    const index = this.#goTo(key) ? this.#index + 1 : this.#index
    if (index < this.#nodes.count(this.#leaf)) return this.#nodes.item(this.#leaf, index)
    return this.#slotAt(this.#nodes.next(this.#leaf), 0)
  }

  /** The slot of the highest key below `key`, or -1. `key` need not be in the tree. */
  prev(key: Term): number {
    this.#goTo(key)
    if (this.#index > 0) return this.#nodes.item(this.#leaf, this.#index - 1)
    const leaf = this.#nodes.previous(this.#leaf)
    return leaf === NONE ? NONE : this.#nodes.item(leaf, this.#nodes.count(leaf) - 1)
  }

  /** The slot of the row that has `index` rows before it, or -1 when there is no such row. */
  at(index: number): number {
    if (index < 0 || index >= this.size) return NONE
    const nodes = this.#nodes
    let node = this.#root
    while (!nodes.isLeaf(node)) {
      let child = 0
      while (index >= nodes.rows(nodes.item(node, child))) index -= nodes.rows(nodes.item(node, child++))
      node = nodes.item(node, child)
    }
    return nodes.item(node, index)
  }

  /** Visits the rows of `range` upwards. Returns whether it came to the end, unstopped by the visitor. */
  ascend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    const nodes = this.#nodes
    this.#goToHigh(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToLow(range)
    let leaf = this.#leaf
    let index = this.#index
    for (;;) {
      const stop = leaf === endLeaf ? end : nodes.count(leaf)
      for (; index < stop; index++) if (!visit(nodes.item(leaf, index))) return false
      if (leaf === endLeaf) return true
      leaf = nodes.next(leaf)
      index = 0
    }
  }

  /** Visits the rows of `range` downwards. Returns whether it came to the end, unstopped by the visitor. */
  descend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    const nodes = this.#nodes
    this.#goToLow(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToHigh(range)
    let leaf = this.#leaf
    let index = this.#index
    for (;;) {
      const stop = leaf === endLeaf ? end : 0
      while (index > stop) if (!visit(nodes.item(leaf, --index))) return false
      if (leaf === endLeaf) return true
      leaf = nodes.previous(leaf)
      index = nodes.count(leaf)
    }
  }

  /** Throws when the tree is not in order: for tests. Cost: O(n). */
  check(): void {
    checkTree({
      nodes: this.#nodes,
      digests: this.#digests,
      root: this.#root,
      firstLeaf: this.#firstLeaf,
      lastLeaf: this.#lastLeaf,
    })
  }

  /** Goes to `key`, or to where it would be inserted. Returns whether it is there. */
  #goTo(key: Term): boolean {
    const nodes = this.#nodes
    sought.set(key)
    this.#sought = key
    const { prefix, skip } = this.#digests
    const common = sought.common(prefix, skip)
    this.#isOutside = common < skip
    if (this.#isOutside) {
      this.#goToEnd(sought.isLess(prefix, common))
      return false
    }
    if (this.#isAppending && this.#goBehind(key)) return false
    let node = this.#root
    while (!nodes.isLeaf(node)) {
      const digest = sought.digest(nodes.skip(node))
      const child = nodes.lowerBound(node, digest)
      node = nodes.item(
        node,
        nodes.digest(node, child) === digest ? this.#amongTies(node, child, key) : child,
      )
    }
    const digest = sought.digest(nodes.skip(node))
    let index = nodes.lowerBound(node, digest)
    let order = 1
    if (index < nodes.count(node) && nodes.digest(node, index) === digest) {
      // Most often there is one, and it is what was sought.
      order = sought.endsWithin(nodes.skip(node))
        ? 0
        : compareTerms(this.#digests.keyAt(node, index) as Term, key)
      if (order < 0) {
        index = this.#amongTies(node, index, key)
        order = index < nodes.count(node) ? compareTerms(this.#digests.keyAt(node, index) as Term, key) : 1
      }
    }
    this.#leaf = node
    this.#index = index
    this.#digest = digest
    return order === 0
  }

  /** The index of the first entry from `index` on that is not before `key`, the one at `index` and some behind having its digest. */
  #amongTies(node: number, index: number, key: Term): number {
    const nodes = this.#nodes
    const digest = nodes.digest(node, index)
    const count = nodes.count(node)
    let low = index
    let high = index + 1
    while (high < count && nodes.digest(node, high) === digest) high++
    while (low < high) {
      const middle = (low + high) >>> 1
      const bound = this.#digests.keyAt(node, middle)
      if (bound !== undefined && compareTerms(bound, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Goes behind the last key if what is sought, `key`, belongs there; says whether. */
  #goBehind(key: Term): boolean {
    const nodes = this.#nodes
    const leaf = this.#lastLeaf
    const count = nodes.count(leaf)
    if (count === 0) return false
    const digest = sought.digest(nodes.skip(leaf))
    const last = nodes.digest(leaf, count - 1)
    if (
      last > digest ||
      (last === digest && compareTerms(this.#digests.keyAt(leaf, count - 1) as Term, key) >= 0)
    )
      return false
    this.#leaf = leaf
    this.#index = count
    this.#digest = digest
    return true
  }

  /** Goes before all keys, or behind them. */
  #goToEnd(isFirst: boolean): void {
    this.#leaf = isFirst ? this.#firstLeaf : this.#lastLeaf
    this.#index = isFirst ? 0 : this.#nodes.count(this.#leaf)
  }

  /** Goes to the first entry of `range`. */
  #goToLow({ low }: Range): void {
    if (!low) this.#goToEnd(true)
    else if (this.#goTo(low.key) && low.basis === 'beyond') this.#index++
    this.#sought = undefined
  }

  /** Goes behind the last entry of `range`. */
  #goToHigh({ high }: Range): void {
    if (!high) this.#goToEnd(false)
    else if (this.#goTo(high.key) && high.basis === 'at') this.#index++
    this.#sought = undefined
  }

  /** The slot at `index`, or -1 beyond the ends. */
  #slotAt(leaf: number, index: number): number {
    const isThere = leaf !== NONE && index >= 0 && index < this.#nodes.count(leaf)
    return isThere ? this.#nodes.item(leaf, index) : NONE
  }

  /** Whether no key can lie in `range`. */
  #isEmpty({ low, high }: Range): boolean {
    if (this.size === 0) return true
    if (!low || !high) return false
    const order = compareTerms(low.key, high.key)
    return order > 0 || (order === 0 && (low.basis === 'beyond' || high.basis === 'beyond'))
  }

  /** Lets the tree take in `key`, which does not begin as all others do, or is the first. */
  #takeIn(key: Term): void {
    sought.set(key)
    if (this.size === 0) this.#digests.begin(sought, this.#root)
    else this.#digests.widen(sought, this.#firstLeaf, this.#lastLeaf)
    this.#digest = sought.digest(this.#nodes.skip(this.#leaf))
  }

  /** Moves what a full node has from `half` on to a new right neighbour, and returns that. */
  #split(node: number, half: number): number {
    const nodes = this.#nodes
    const { fanout } = nodes
    if (node === this.#root) this.#root = nodes.makeRoot(node, this.#digests.skip)
    else if (nodes.count(nodes.parent(node)) === fanout)
      this.#split(nodes.parent(node), this.#isAppending ? fanout - 1 : fanout >>> 1)
    const parent = nodes.parent(node)
    const right = nodes.splitOff(node, half)
    if (node === this.#lastLeaf) this.#lastLeaf = right
    // What stood for the node in its parent stands for the right one now.
    const index = nodes.indexOf(parent, node)
    nodes.setItem(parent, index, right)
    nodes.insert(parent, index, 0, node)
    this.#digests.setBound(node, index)
    this.#digests.sharpen(parent)
    this.#digests.sharpen(node)
    this.#digests.sharpen(right)
    return right
  }

  /** Brings a node that is less than half full, and its ancestors as needed, back to that. */
  #refill(node: number): void {
    const nodes = this.#nodes
    while (nodes.count(node) < nodes.fanout >>> 1) {
      if (node === this.#root) {
        if (!nodes.isLeaf(node) && nodes.count(node) === 1) this.#root = nodes.removeRoot(node)
        return
      }
      const parent = nodes.parent(node)
      const index = Math.max(nodes.indexOf(parent, node) - 1, 0)
      const left = nodes.item(parent, index)
      const right = nodes.item(parent, index + 1)
      this.#digests.align(left, right)
      if (nodes.count(left) + nodes.count(right) > nodes.fanout) {
        nodes.evenOut(left, right)
        this.#digests.setBound(left, index)
        return
      }
      nodes.absorb(left, right)
      if (right === this.#lastLeaf) this.#lastLeaf = left
      // What stood for the right one in their parent stands for both now.
      nodes.remove(parent, index)
      nodes.setItem(parent, index, left)
      node = parent
    }
  }
}
