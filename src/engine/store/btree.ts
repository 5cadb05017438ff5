/**
 * The order of keys: a B+tree from keys to the slots of their rows, in term order.
 *
 * Owns which key leads to which slot. It answers with slots (-1 for none), and reads the key of a slot where the
 * rows are: it keeps none itself but the bounds of nodes. Keys must not change.
 *
 * A search compares digests, numbers that stand in the nodes, and looks at a key only where digests are equal. What
 * digests are of, a node's `skip` says: all keys that can lie below it begin alike in that many bytes, and a key that
 * a search leads there does too. That follows from its bounds; nodes at the edges of the tree lack one, so a
 * search first looks whether its key begins as all keys of the tree do. One that does not belongs before or behind all.
 *
 * Ascending insertion fills nodes to the brim, any other leaves them half to wholly full. A node that
 * falls below half full takes from a neighbour or merges with it.
 *
 * Cost:   every step to a key O(log n) and, where digests are equal, as many comparisons of keys; behind the last search O(fan-out);
 *         add of ascending keys O(fan-out); first, last O(1). 17 to 30 bytes a key.
 * Limits: nothing may change the tree during a visit: collect first, or stop and go on `beyond` the key.
 * Source: Comer, "The Ubiquitous B-Tree", 1979; Graefe, "Modern B-Tree Techniques", 2011, 3.4 and 3.5.
 */
import { compareTerms, type Term } from '../term.ts'
import { checkTree } from './btree-check.ts'
import { NONE, Nodes } from './btree-nodes.ts'
import { KeyStream, MAX_BYTES } from './key-stream.ts'
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

/** The stream of the key that is searched for, and one to compare it with; nobody reads them after a step. */
const sought = new KeyStream()
const other = new KeyStream()

/** In place of the digest of a key that does not begin as those of the tree do. */
const OUTSIDE = -1

export class BTree {
  readonly #keys: Keys
  readonly #nodes: Nodes
  #root: number
  #firstLeaf: number
  #lastLeaf: number
  /** All keys of the tree, and all bounds, begin as this one does, for `#skip` bytes. */
  readonly #prefix = new KeyStream()
  #skip = 0
  /** Where the last search ended, for what, and the digest of that in the leaf: a write follows the search for its key. */
  #leaf = 0
  #index = 0
  #digest = 0
  #sought: Term | undefined
  /** The last key that came was above all others; the next one may be too. */
  #isAppending = false

  /** `fanout` is the most entries a node holds, at least 4. */
  constructor(keys: Keys, fanout = 32) {
    this.#keys = keys
    this.#nodes = new Nodes(fanout)
    this.#root = this.#nodes.make(true, 0)
    this.#firstLeaf = this.#root
    this.#lastLeaf = this.#root
  }

  get size(): number {
    return this.#nodes.rows[this.#root] as number
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
    if (this.#digest === OUTSIDE || this.size === 0) this.#widen(key)
    const leaf = this.#leaf
    const index = this.#index
    const count = nodes.counts[leaf] as number
    this.#isAppending = index === count && leaf === this.#lastLeaf
    if (count < nodes.fanout) {
      nodes.insert(leaf, index, this.#digest, slot)
      nodes.count(leaf, 1)
      return
    }
    // Keys that come in order fill one node after the other: the full one is left as it is.
    const half = this.#isAppending ? count - 1 : count >>> 1
    const right = this.#split(leaf, half)
    const target = index < half ? leaf : right
    sought.set(key)
    const digest = sought.digest(nodes.skips[target] as number)
    nodes.insert(target, index < half ? index : index - half, digest, slot)
    nodes.count(target, 1)
  }

  /** Forgets `key`, which leads to `slot`. */
  remove(key: Term, slot: number): void {
    const nodes = this.#nodes
    if (this.#sought === undefined || nodes.item(this.#leaf, this.#index) !== slot) this.#goTo(key)
    this.#sought = undefined
    const leaf = this.#leaf
    nodes.remove(leaf, this.#index)
    nodes.count(leaf, -1)
    this.#refill(leaf)
  }

  /** The slot of the lowest key, or -1. */
  first(): number {
    return this.#slotAt(this.#firstLeaf, 0)
  }

  /** The slot of the highest key, or -1. */
  last(): number {
    return this.#slotAt(this.#lastLeaf, (this.#nodes.counts[this.#lastLeaf] as number) - 1)
  }

  /** The slot of the lowest key above `key`, or -1. `key` need not be in the tree. */
  next(key: Term): number {
    const index = this.#goTo(key) ? this.#index + 1 : this.#index
    if (index < (this.#nodes.counts[this.#leaf] as number)) return this.#slotAt(this.#leaf, index)
    return this.#slotAt(this.#nodes.next[this.#leaf] as number, 0)
  }

  /** The slot of the highest key below `key`, or -1. `key` need not be in the tree. */
  prev(key: Term): number {
    this.#goTo(key)
    if (this.#index > 0) return this.#slotAt(this.#leaf, this.#index - 1)
    const leaf = this.#nodes.previous[this.#leaf] as number
    return leaf === NONE ? NONE : this.#slotAt(leaf, (this.#nodes.counts[leaf] as number) - 1)
  }

  /** The slot of the row that has `index` rows before it, or -1 when there is no such row. */
  at(index: number): number {
    if (index < 0 || index >= this.size) return NONE
    const { isLeaf, rows } = this.#nodes
    let node = this.#root
    while (isLeaf[node] === 0) {
      let each = 0
      let child = this.#nodes.item(node, each)
      while (index >= (rows[child] as number)) {
        index -= rows[child] as number
        child = this.#nodes.item(node, ++each)
      }
      node = child
    }
    return this.#nodes.item(node, index)
  }

  /** Visits the rows of `range` upwards. Returns whether it came to the end, unstopped by the visitor. */
  ascend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    const { fanout, counts, items, next } = this.#nodes
    this.#goToHigh(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToLow(range)
    let index = this.#index
    for (let leaf = this.#leaf; leaf !== NONE; leaf = next[leaf] as number) {
      const start = leaf * fanout
      const stop = start + (leaf === endLeaf ? end : (counts[leaf] as number))
      for (let i = start + index; i < stop; i++) if (!visit(items[i] as number)) return false
      if (leaf === endLeaf) return true
      index = 0
    }
    return true
  }

  /** Visits the rows of `range` downwards. Returns whether it came to the end, unstopped by the visitor. */
  descend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    const { fanout, counts, items, previous } = this.#nodes
    this.#goToLow(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToHigh(range)
    let count = this.#index
    for (let leaf = this.#leaf; leaf !== NONE; ) {
      const start = leaf * fanout
      const stop = start + (leaf === endLeaf ? end : 0)
      for (let i = start + count - 1; i >= stop; i--) if (!visit(items[i] as number)) return false
      if (leaf === endLeaf) return true
      leaf = previous[leaf] as number
      count = counts[leaf] as number
    }
    return true
  }

  /** Throws when the tree is not in order: for tests. Cost: O(n). */
  check(): void {
    checkTree({
      nodes: this.#nodes,
      keys: this.#keys,
      root: this.#root,
      firstLeaf: this.#firstLeaf,
      lastLeaf: this.#lastLeaf,
      prefix: this.#prefix,
      skip: this.#skip,
    })
  }

  /** Goes to `key`, or to where it would be inserted. Returns whether it is there. */
  #goTo(key: Term): boolean {
    sought.set(key)
    this.#sought = key
    const common = sought.common(this.#prefix, this.#skip)
    if (common < this.#skip) {
      this.#goOutside(sought.isLess(this.#prefix, common))
      return false
    }
    if (this.#isAppending && this.#goBehind(key)) return false
    const { fanout, digests, items, counts, skips, isLeaf, bounds } = this.#nodes
    let node = this.#root
    while (isLeaf[node] === 0) {
      const digest = sought.digest(skips[node] as number)
      let low = node * fanout
      // What is above all other bounds belongs under the last child.
      let high = low + (counts[node] as number) - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        const each = digests[middle] as number
        if (each < digest || (each === digest && compareTerms(bounds[items[middle] as number] as Term, key) < 0))
          low = middle + 1
        else high = middle
      }
      node = items[low] as number
    }
    return this.#goToWithin(node, key)
  }

  /** Goes to `key` in a leaf, or to where it would be inserted there. Returns whether it is there. */
  #goToWithin(leaf: number, key: Term): boolean {
    const { fanout, digests, items, counts, skips } = this.#nodes
    const digest = sought.digest(skips[leaf] as number)
    const start = leaf * fanout
    let low = start
    let high = start + (counts[leaf] as number)
    let isThere = false
    while (low < high) {
      const middle = (low + high) >>> 1
      const each = digests[middle] as number
      const order =
        each === digest ? compareTerms(this.#keys.key(items[middle] as number) as Term, key) : each - digest
      if (order < 0) {
        low = middle + 1
      } else {
        high = middle
        if (order === 0) {
          isThere = true
          low = middle
        }
      }
    }
    this.#leaf = leaf
    this.#index = low - start
    this.#digest = digest
    return isThere
  }

  /** Goes behind the last key if what is sought, `key`, belongs there; says whether. */
  #goBehind(key: Term): boolean {
    const { fanout, digests, counts, skips } = this.#nodes
    const leaf = this.#lastLeaf
    const count = counts[leaf] as number
    if (count === 0) return false
    const digest = sought.digest(skips[leaf] as number)
    const last = digests[leaf * fanout + count - 1] as number
    if (last > digest || (last === digest && compareTerms(this.#keyAt(leaf, count - 1), key) >= 0)) return false
    this.#leaf = leaf
    this.#index = count
    this.#digest = digest
    return true
  }

  /** Goes before or behind all keys. */
  #goOutside(isBefore: boolean): void {
    this.#leaf = isBefore ? this.#firstLeaf : this.#lastLeaf
    this.#index = isBefore ? 0 : (this.#nodes.counts[this.#leaf] as number)
    this.#digest = OUTSIDE
  }

  /** Goes to the first entry of `range`. */
  #goToLow({ low }: Range): void {
    if (!low) {
      this.#leaf = this.#firstLeaf
      this.#index = 0
    } else if (this.#goTo(low.key) && low.basis === 'beyond') {
      this.#index++
    }
    this.#sought = undefined
  }

  /** Goes behind the last entry of `range`. */
  #goToHigh({ high }: Range): void {
    if (!high) {
      this.#leaf = this.#lastLeaf
      this.#index = this.#nodes.counts[this.#leaf] as number
    } else if (this.#goTo(high.key) && high.basis === 'at') {
      this.#index++
    }
    this.#sought = undefined
  }

  /** The slot at `index`, or -1 beyond the ends. */
  #slotAt(leaf: number, index: number): number {
    return leaf === NONE || index < 0 || index >= (this.#nodes.counts[leaf] as number)
      ? NONE
      : this.#nodes.item(leaf, index)
  }

  /** The key of the row, or the bound of the child, at `index`; `undefined` for the last child at the right edge. */
  #boundAt(node: number, index: number): Term | undefined {
    const item = this.#nodes.item(node, index)
    return this.#nodes.isLeaf[node] === 1 ? this.#keys.key(item) : this.#nodes.bounds[item]
  }

  #keyAt(node: number, index: number): Term {
    return this.#boundAt(node, index) as Term
  }

  /** Whether no key can lie in `range`. */
  #isEmpty({ low, high }: Range): boolean {
    if (this.size === 0) return true
    if (!low || !high) return false
    const order = compareTerms(low.key, high.key)
    return order > 0 || (order === 0 && (low.basis === 'beyond' || high.basis === 'beyond'))
  }

  /** Lets the tree take in `key`, which does not begin as all others do. */
  #widen(key: Term): void {
    const { skips, parents } = this.#nodes
    sought.set(key)
    if (this.size === 0) {
      this.#prefix.copy(sought)
      this.#skip = MAX_BYTES
      skips[this.#root] = MAX_BYTES
    } else {
      this.#skip = sought.common(this.#prefix, this.#skip)
      for (const leaf of [this.#firstLeaf, this.#lastLeaf])
        for (let node = leaf; node !== NONE; node = parents[node] as number) this.#setSkip(node, Math.min(skips[node] as number, this.#skip))
    }
    this.#digest = sought.digest(skips[this.#leaf] as number)
  }

  /** Moves what a full node has from `half` on to a new right neighbour, and returns that. */
  #split(node: number, half: number): number {
    const nodes = this.#nodes
    const { fanout } = nodes
    let parent = nodes.parents[node] as number
    if (parent === NONE) {
      parent = this.#grow()
    } else if (nodes.counts[parent] === fanout) {
      this.#split(parent, this.#isAppending ? fanout - 1 : fanout >>> 1)
      parent = nodes.parents[node] as number
    }
    const right = nodes.splitOff(node, half)
    if (node === this.#lastLeaf) this.#lastLeaf = right
    const bound = this.#keyAt(node, half - 1)
    nodes.bounds[node] = bound
    nodes.parents[right] = parent
    other.set(bound)
    const index = nodes.indexOf(parent, node)
    nodes.insert(parent, index, other.digest(nodes.skips[parent] as number), node)
    nodes.setItem(parent, index + 1, right)
    this.#sharpen(node)
    this.#sharpen(right)
    return right
  }

  /** Puts a new root above the old one. */
  #grow(): number {
    const nodes = this.#nodes
    const child = this.#root
    const root = nodes.make(false, this.#skip)
    nodes.insert(root, 0, Infinity, child)
    nodes.rows[root] = nodes.rows[child] as number
    nodes.parents[child] = root
    this.#root = root
    return root
  }

  /** Brings a node that is less than half full, and its ancestors as needed, back to that. */
  #refill(node: number): void {
    const nodes = this.#nodes
    while ((nodes.counts[node] as number) < nodes.fanout >>> 1) {
      const parent = nodes.parents[node] as number
      if (parent === NONE) {
        this.#shrink()
        return
      }
      const index = Math.max(nodes.indexOf(parent, node) - 1, 0)
      const left = nodes.item(parent, index)
      const right = nodes.item(parent, index + 1)
      this.#alignSkips(left, right)
      if ((nodes.counts[left] as number) + (nodes.counts[right] as number) > nodes.fanout) {
        nodes.evenOut(left, right)
        const bound = this.#keyAt(left, (nodes.counts[left] as number) - 1)
        nodes.bounds[left] = bound
        other.set(bound)
        nodes.setDigest(parent, index, other.digest(nodes.skips[parent] as number))
        return
      }
      if (right === this.#lastLeaf) this.#lastLeaf = left
      nodes.absorb(left, right)
      nodes.remove(parent, index)
      nodes.setItem(parent, index, left)
      node = parent
    }
  }

  /** Takes away a root that has only one child. */
  #shrink(): void {
    const nodes = this.#nodes
    const root = this.#root
    if (nodes.isLeaf[root] === 1 || (nodes.counts[root] as number) > 1) return
    this.#root = nodes.item(root, 0)
    nodes.parents[this.#root] = NONE
    nodes.free(root)
  }

  /** Lets two neighbours skip as much, as little as all keys require that may lie in either. */
  #alignSkips(left: number, right: number): void {
    const { skips } = this.#nodes
    const skip = Math.min(skips[left] as number, skips[right] as number, this.#mostSkipped(left, right))
    this.#setSkip(left, skip)
    this.#setSkip(right, skip)
  }

  /** Lets a node whose keys are not told apart by their digests skip all that they have in common. */
  #sharpen(node: number): void {
    const nodes = this.#nodes
    if (nodes.hasTies(node)) this.#setSkip(node, Math.max(this.#mostSkipped(node, node), nodes.skips[node] as number))
  }

  /** How many bytes all keys have in common that may lie in the nodes from `left` to `right`. */
  #mostSkipped(left: number, right: number): number {
    const { previous, next, bounds } = this.#nodes
    const before = previous[left] as number
    if (before === NONE || next[right] === NONE) return this.#skip
    sought.set(bounds[before] as Term)
    other.set(bounds[right] as Term)
    return sought.common(other, MAX_BYTES)
  }

  /** Lets the digests of a node begin behind `skip` bytes. */
  #setSkip(node: number, skip: number): void {
    const nodes = this.#nodes
    if (nodes.skips[node] === skip) return
    nodes.skips[node] = skip
    const count = nodes.counts[node] as number
    for (let i = 0; i < count; i++) {
      const key = this.#boundAt(node, i)
      if (key === undefined) continue
      other.set(key)
      nodes.setDigest(node, i, other.digest(skip))
    }
  }
}
