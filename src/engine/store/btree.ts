/**
 * The order of keys: a B+tree from keys to the slots of their rows, in term order.
 *
 * Owns which key leads to which slot, and which leaf a slot is in. It answers with slots (-1 for none): whoever
 * asks has the rows, and reads the key of a neighbour there. Keys are kept as they were given and must not change.
 *
 * Who made the tree lends it a way to find the slot of a key that is there: from a slot the tree goes to its leaf
 * without comparing keys. It searches for the places of keys that it does not hold.
 *
 * Ascending insertion fills nodes to the brim, any other leaves them half to wholly full. A node that
 * falls below half full takes from a neighbour or merges with it.
 *
 * Cost:   add and `at` O(log n), add of ascending keys O(1); next, prev and a visit's begin O(fan-out) for a key that is there, else O(log n);
 *         remove O(fan-out); first, last O(1). 25 to 45 bytes a key.
 * Limits: nothing may change the tree during a visit: collect first, or stop and go on `beyond` the key.
 * Source: Comer, "The Ubiquitous B-Tree", 1979.
 */
import { compareTerms, type Term } from '../term.ts'
import { checkTree } from './btree-check.ts'
import { absorb, Branch, evenOut, Leaf, type Leaves, type Node, splitOff } from './btree-node.ts'
import { compareKeys, hasHighUnit, lowerBound } from './key-order.ts'

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
export type Visit = (slot: number, key: Term) => boolean

/** The slot under a key of the tree, or -1. */
export type Find = (key: Term) => number

const NONE = -1

/** What a node that was split off by appending starts with; the least that any node may hold. */
const EDGE_MIN = 2

export class BTree {
  readonly #fanout: number
  readonly #find: Find
  readonly #leafOf: Leaves = []
  #root: Node
  #firstLeaf: Leaf
  #lastLeaf: Leaf
  /** Where the last step ended. */
  #leaf: Leaf
  #index = 0
  /** The last key that came was above all others; the next one may be too. */
  #isAppending = false
  /** No key has a high unit, so strings may be compared natively. */
  #plain = true

  /** `fanout` is the most entries a node holds, at least 4. With 32 an insert is some 7% faster than with 64: it moves fewer. */
  constructor(find: Find, fanout = 32) {
    this.#find = find
    this.#fanout = fanout
    this.#firstLeaf = new Leaf()
    this.#lastLeaf = this.#firstLeaf
    this.#leaf = this.#firstLeaf
    this.#root = this.#firstLeaf
  }

  get size(): number {
    return this.#root.rowCount
  }

  /** Lets `key`, which is not in the tree, lead to `slot`. */
  add(key: Term, slot: number): void {
    if (!(this.#isAppending && this.#goBehind(key))) this.#search(key)
    const leaf = this.#leaf
    const index = this.#index
    this.#isAppending = leaf === this.#lastLeaf && index === leaf.keys.length
    if (this.#plain && hasHighUnit(key)) this.#plain = false
    leaf.insert(index, key, slot)
    // Slots may come in any order when a table is rebuilt; an array with gaps would be slow ever after.
    while (this.#leafOf.length < slot) this.#leafOf.push(undefined)
    this.#leafOf[slot] = leaf
    for (let node = leaf.parent; node; node = node.parent) node.rowCount++
    if (leaf.keys.length > this.#fanout) {
      this.#split(leaf, this.#isAppending)
    }
  }

  /** Forgets the key that leads to `slot`. */
  remove(slot: number): void {
    this.#goToSlot(slot)
    const leaf = this.#leaf
    leaf.remove(this.#index)
    this.#leafOf[slot] = undefined
    for (let node = leaf.parent; node; node = node.parent) node.rowCount--
    if (leaf.keys.length < this.#fanout >>> 1) this.#refill(leaf)
  }

  /** The slot of the lowest key, or -1. */
  first(): number {
    return slotAt(this.#firstLeaf, 0)
  }

  /** The slot of the highest key, or -1. */
  last(): number {
    return slotAt(this.#lastLeaf, this.#lastLeaf.keys.length - 1)
  }

  /** The slot of the lowest key above `key`, or -1. `key` need not be in the tree. */
  next(key: Term): number {
    if (this.#goTo(key)) this.#index++
    if (this.#index === this.#leaf.keys.length) {
      if (!this.#leaf.next) return NONE
      this.#leaf = this.#leaf.next
      this.#index = 0
    }
    return slotAt(this.#leaf, this.#index)
  }

  /** The slot of the highest key below `key`, or -1. `key` need not be in the tree. */
  prev(key: Term): number {
    this.#goTo(key)
    if (this.#index === 0) {
      if (!this.#leaf.previous) return NONE
      this.#leaf = this.#leaf.previous
      this.#index = this.#leaf.keys.length
    }
    this.#index--
    return slotAt(this.#leaf, this.#index)
  }

  /** The slot of the row that has `index` rows before it, or -1 when there is no such row. */
  at(index: number): number {
    if (index < 0 || index >= this.size) return NONE
    let node = this.#root
    while (!node.isLeaf) {
      let child = 0
      while (index >= childAt(node, child).rowCount) index -= childAt(node, child++).rowCount
      node = childAt(node, child)
    }
    return slotAt(node, index)
  }

  /** Visits the rows of `range` upwards. Returns whether it came to the end, unstopped by the visitor. */
  ascend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    this.#goToHigh(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToLow(range)
    let leaf = this.#leaf
    let index = this.#index
    for (;;) {
      const stop = leaf === endLeaf ? end : leaf.keys.length
      for (; index < stop; index++) if (!visit(slotAt(leaf, index), keyAt(leaf, index))) return false
      if (leaf === endLeaf || !leaf.next) return true
      leaf = leaf.next
      index = 0
    }
  }

  /** Visits the rows of `range` downwards. Returns whether it came to the end, unstopped by the visitor. */
  descend(range: Range, visit: Visit): boolean {
    if (this.#isEmpty(range)) return true
    this.#goToLow(range)
    const endLeaf = this.#leaf
    const end = this.#index
    this.#goToHigh(range)
    let leaf = this.#leaf
    let index = this.#index - 1
    for (;;) {
      const stop = leaf === endLeaf ? end : 0
      for (; index >= stop; index--) if (!visit(slotAt(leaf, index), keyAt(leaf, index))) return false
      if (leaf === endLeaf || !leaf.previous) return true
      leaf = leaf.previous
      index = leaf.keys.length - 1
    }
  }

  /** Throws when the tree is not in order: for tests. Cost: O(n). */
  check(): void {
    checkTree(this.#root, this.#firstLeaf, this.#lastLeaf, this.#fanout, this.#plain, this.#leafOf)
  }

  /** Goes to `key`, or to where it would be inserted. Returns whether it is there. */
  #goTo(key: Term): boolean {
    const slot = this.#find(key)
    if (slot === NONE) this.#search(key)
    else this.#goToSlot(slot)
    return slot !== NONE
  }

  /** Goes to where `key`, which is not in the tree, would be inserted. */
  #search(key: Term): void {
    const leaf = this.#leafFor(key)
    this.#leaf = leaf
    this.#index = lowerBound(leaf.keys, leaf.keys.length, key, this.#plain)
  }

  /** Goes behind the last key if `key` belongs there, comparing these two alone; says whether. */
  #goBehind(key: Term): boolean {
    const leaf = this.#lastLeaf
    const end = leaf.keys.length
    if (end === 0 || compareKeys(keyAt(leaf, end - 1), key, this.#plain) > 0) return false
    this.#leaf = leaf
    this.#index = end
    return true
  }

  #goToSlot(slot: number): void {
    const leaf = this.#leafOf[slot] as Leaf
    this.#leaf = leaf
    this.#index = leaf.items.indexOf(slot)
  }

  /** Goes to the first entry of `range`. */
  #goToLow({ low }: Range): void {
    if (!low) {
      this.#leaf = this.#firstLeaf
      this.#index = 0
    } else if (this.#goTo(low.key) && low.basis === 'beyond') {
      this.#index++
    }
  }

  /** Goes behind the last entry of `range`. */
  #goToHigh({ high }: Range): void {
    if (!high) {
      this.#leaf = this.#lastLeaf
      this.#index = this.#leaf.keys.length
    } else if (this.#goTo(high.key) && high.basis === 'at') {
      this.#index++
    }
  }

  /** The one leaf that may hold `key`. */
  #leafFor(key: Term): Leaf {
    let node = this.#root
    while (!node.isLeaf) {
      // The last bound is not looked at: what is above all others belongs under the last child.
      node = childAt(node, lowerBound(node.keys, node.keys.length - 1, key, this.#plain))
    }
    return node
  }

  /** Whether no key can lie in `range`. */
  #isEmpty({ low, high }: Range): boolean {
    if (this.size === 0) return true
    if (!low || !high) return false
    const order = compareTerms(low.key, high.key)
    return order > 0 || (order === 0 && (low.basis === 'beyond' || high.basis === 'beyond'))
  }

  /** Splits an overfull node, and its ancestors as needed. */
  #split(node: Node, appended: boolean): void {
    while (node.keys.length > this.#fanout) {
      const parent: Branch = node.parent ?? this.#grow(node)
      const index = parent.items.indexOf(node)
      // Keys that come in order fill one node after the other: the full one is left as it is.
      const right = splitOff(
        node,
        appended ? node.keys.length - EDGE_MIN : node.keys.length >>> 1,
        this.#leafOf,
      )
      if (right.isLeaf && !right.next) this.#lastLeaf = right
      parent.keys.splice(index, 0, lastKey(node))
      parent.items.splice(index + 1, 0, right)
      right.parent = parent
      node = parent
    }
  }

  /** Puts a new root above the old one. */
  #grow(child: Node): Branch {
    const root = new Branch()
    root.keys.push(lastKey(child))
    root.items.push(child)
    root.rowCount = child.rowCount
    child.parent = root
    this.#root = root
    return root
  }

  /** Brings a node that is less than half full, and its ancestors as needed, back to that. */
  #refill(node: Node): void {
    while (node.keys.length < this.#fanout >>> 1) {
      const parent: Branch | undefined = node.parent
      if (!parent) {
        this.#shrink()
        return
      }
      const index = Math.max(parent.items.indexOf(node) - 1, 0)
      const left = childAt(parent, index)
      const right = childAt(parent, index + 1)
      if (left.keys.length + right.keys.length > this.#fanout) {
        evenOut(left, right, this.#leafOf)
        parent.keys[index] = lastKey(left)
        return
      }
      absorb(left, right, this.#leafOf)
      if (left.isLeaf && !left.next) this.#lastLeaf = left
      parent.keys.splice(index, 1)
      parent.items.splice(index + 1, 1)
      node = parent
    }
  }

  /** Takes away a root that has only one child. */
  #shrink(): void {
    const root = this.#root
    if (root.isLeaf || root.items.length > 1) return
    this.#root = childAt(root, 0)
    this.#root.parent = undefined
  }
}

// What the tree knows to be there, for the type checker: casts cost nothing in the loops above.
const keyAt = (node: Node, index: number): Term => node.keys[index] as Term
const childAt = (branch: Branch, index: number): Node => branch.items[index] as Node
const lastKey = (node: Node): Term => keyAt(node, node.keys.length - 1)
/** The slot at `index`, or -1 beyond the ends, as in an empty tree. */
const slotAt = (leaf: Leaf, index: number): number => leaf.items[index] ?? NONE
