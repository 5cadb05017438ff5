/**
 * Nodes of the B+tree: numbers, under which all that is known of them stands in one column of 32-bit words.
 *
 * A node has up to `fanout` entries, sorted: the digest of a key and an item each. The items of a leaf are the slots
 * of rows; those of a branch are its children, each under the highest key that it may hold, its bound. A bound is not a
 * key: it may outlive the row it came from. Nodes at the right edge of the tree have no bound, and `NO_DIGEST`.
 * As both kinds look alike, splitting, merging and evening out are written once.
 *
 * Objects would do the same more plainly, but a search would wait for memory three times a node, and every insertion
 * would pay the garbage collector for what it moves: half the time of an insertion, at a million rows.
 *
 * Cost:   every step O(fan-out), or O(1) where it says nothing; making a node O(nodes) now and then, which copies them;
 *         8 bytes an entry and 40 a node.
 * Limits: nothing here looks at keys: their order, and what digests are of, is for the tree to keep.
 */
import type { Term } from '../term.ts'

/** No node, or no slot. */
export const NONE = -1
/** The digest of a child without a bound: no other is above it. */
export const NO_DIGEST = 0x7fffffff

// The words of a node: these, then the digests of its entries, then their items.
const COUNT = 0
const ROWS = 1
const SKIP = 2
const IS_LEAF = 3
const PARENT = 4
const PREVIOUS = 5
const NEXT = 6
const HEADER = 8

const INITIAL_NODES = 2

export class Nodes {
  readonly fanout: number
  /** Words of a node. */
  readonly #stride: number
  #words: Int32Array<ArrayBuffer>
  /** No key below a node is above its bound, every key below the next node is. */
  readonly #bounds: (Term | undefined)[] = []
  /** A node that was freed; the one after it is the next of these. */
  #free = NONE

  constructor(fanout: number) {
    this.fanout = fanout
    this.#stride = HEADER + 2 * fanout
    this.#words = new Int32Array(INITIAL_NODES * this.#stride)
  }

  /** An empty node without neighbours, parent or bound. */
  make(isLeaf: boolean, skip: number): number {
    const node = this.#free === NONE ? this.#bounds.push(undefined) - 1 : this.#free
    if (node === this.#free) this.#free = this.next(node)
    else if (this.#bounds.length * this.#stride > this.#words.length) this.#grow()
    const at = node * this.#stride
    const words = this.#words
    words[at + COUNT] = 0
    words[at + ROWS] = 0
    words[at + SKIP] = skip
    words[at + IS_LEAF] = isLeaf ? 1 : 0
    words[at + PARENT] = NONE
    words[at + PREVIOUS] = NONE
    words[at + NEXT] = NONE
    return node
  }

  free(node: number): void {
    this.#bounds[node] = undefined
    this.#set(node, NEXT, this.#free)
    this.#free = node
  }

  isLeaf(node: number): boolean {
    return this.#get(node, IS_LEAF) === 1
  }

  /** Entries of a node. */
  count(node: number): number {
    return this.#get(node, COUNT)
  }

  /** Rows below a node, so that a row can be found by its index. */
  rows(node: number): number {
    return this.#get(node, ROWS)
  }

  parent(node: number): number {
    return this.#get(node, PARENT)
  }

  /** The node before, among all that are as far from the root. */
  previous(node: number): number {
    return this.#get(node, PREVIOUS)
  }

  next(node: number): number {
    return this.#get(node, NEXT)
  }

  bound(node: number): Term | undefined {
    return this.#bounds[node]
  }

  setBound(node: number, bound: Term | undefined): void {
    this.#bounds[node] = bound
  }

  /** The bytes at the start of keys that the digests of a node leave out. */
  skip(node: number): number {
    return this.#get(node, SKIP)
  }

  setSkip(node: number, skip: number): void {
    this.#set(node, SKIP, skip)
  }

  digest(node: number, index: number): number {
    return this.#get(node, HEADER + index)
  }

  setDigest(node: number, index: number, digest: number): void {
    this.#set(node, HEADER + index, digest)
  }

  item(node: number, index: number): number {
    return this.#get(node, HEADER + this.fanout + index)
  }

  setItem(node: number, index: number, item: number): void {
    this.#set(node, HEADER + this.fanout + index, item)
  }

  /** Where in a node `item` is. */
  indexOf(node: number, item: number): number {
    const start = node * this.#stride + HEADER + this.fanout
    return this.#words.indexOf(item, start) - start
  }

  /** The index of the first entry whose digest is not less than `digest`, or the number of entries. Cost: O(log fan-out). */
  lowerBound(node: number, digest: number): number {
    const words = this.#words
    const start = node * this.#stride + HEADER
    let low = start
    let high = start + (words[start - HEADER + COUNT] as number)
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((words[middle] as number) < digest) low = middle + 1
      else high = middle
    }
    return low - start
  }

  /** Whether two entries of a node have the same digest. */
  hasTies(node: number): boolean {
    const words = this.#words
    const start = node * this.#stride + HEADER
    const end = start + this.count(node)
    for (let i = start + 1; i < end; i++) if (words[i] === words[i - 1]) return true
    return false
  }

  /** Puts an entry into a node that is not full. Its rows are for the caller to count. */
  insert(node: number, index: number, digest: number, item: number): void {
    const words = this.#words
    const start = node * this.#stride
    const { fanout } = this
    const at = start + HEADER + index
    const count = words[start + COUNT] as number
    // With `copyWithin` here, which is a call, inserting takes longer (measured with nodes of 32 and 64).
    for (let i = start + HEADER + count; i > at; i--) {
      words[i] = words[i - 1] as number
      words[i + fanout] = words[i + fanout - 1] as number
    }
    words[at] = digest
    words[at + fanout] = item
    words[start + COUNT] = count + 1
  }

  /** Takes an entry out. Its rows are for the caller to count. */
  remove(node: number, index: number): void {
    const words = this.#words
    const start = node * this.#stride
    const { fanout } = this
    const count = (words[start + COUNT] as number) - 1
    const last = start + HEADER + count
    for (let i = start + HEADER + index; i < last; i++) {
      words[i] = words[i + 1] as number
      words[i + fanout] = words[i + fanout + 1] as number
    }
    words[start + COUNT] = count
  }

  /** Counts `by` more rows below a node and all nodes above it. */
  addRows(node: number, by: number): void {
    for (let each = node; each !== NONE; each = this.parent(each)) this.#set(each, ROWS, this.rows(each) + by)
  }

  /** Puts a new root above the old one, its only child. */
  makeRoot(child: number, skip: number): number {
    const root = this.make(false, skip)
    this.insert(root, 0, NO_DIGEST, child)
    this.#set(root, ROWS, this.rows(child))
    this.#set(child, PARENT, root)
    return root
  }

  /** Takes away a root with only one child, which is the new one. */
  removeRoot(root: number): number {
    const child = this.item(root, 0)
    this.#set(child, PARENT, NONE)
    this.free(root)
    return child
  }

  /** Moves what `node` holds from `index` on into a new right neighbour, and returns that. Its parent has it not yet. */
  splitOff(node: number, index: number): number {
    const right = this.make(this.isLeaf(node), this.skip(node))
    this.#move(node, index, this.count(node) - index, right, 0)
    this.#bounds[right] = this.#bounds[node]
    this.#set(right, PARENT, this.parent(node))
    this.#link(right, this.next(node))
    this.#link(node, right)
    return right
  }

  /** Moves all of `right`, the right neighbour of `left`, into `left`, and frees it. Both skip as much. */
  absorb(left: number, right: number): void {
    this.#move(right, 0, this.count(right), left, this.count(left))
    this.#bounds[left] = this.#bounds[right]
    this.#link(left, this.next(right))
    this.free(right)
  }

  /** Lets two neighbours, which skip as much, hold equally much, give or take one. */
  evenOut(left: number, right: number): void {
    const count = this.count(left)
    const half = (count + this.count(right)) >>> 1
    if (count > half) this.#move(left, half, count - half, right, 0)
    else this.#move(right, 0, half - count, left, count)
  }

  /** How many nodes hold memory, and how many of these are free: for tests. Cost: O(nodes). */
  usage(): { readonly made: number; readonly free: number } {
    let free = 0
    for (let node = this.#free; node !== NONE; node = this.next(node)) free++
    return { made: this.#bounds.length, free }
  }

  /** Moves `count` entries of `from`, those from `start` on, to `index` of `to`, a node of the same kind. */
  #move(from: number, start: number, count: number, to: number, index: number): void {
    const words = this.#words
    for (const part of [HEADER, HEADER + this.fanout]) {
      const source = from * this.#stride + part
      const target = to * this.#stride + part
      words.copyWithin(target + index + count, target + index, target + this.count(to))
      words.copyWithin(target + index, source + start, source + start + count)
      words.copyWithin(source + start, source + start + count, source + this.count(from))
    }
    this.#set(from, COUNT, this.count(from) - count)
    this.#set(to, COUNT, this.count(to) + count)
    let rows = count
    if (!this.isLeaf(to)) {
      rows = 0
      for (let i = index; i < index + count; i++) {
        const child = this.item(to, i)
        this.#set(child, PARENT, to)
        rows += this.rows(child)
      }
    }
    this.#set(from, ROWS, this.rows(from) - rows)
    this.#set(to, ROWS, this.rows(to) + rows)
  }

  /** Makes two nodes neighbours; either may be `NONE`, at an end of the tree. */
  #link(left: number, right: number): void {
    if (left !== NONE) this.#set(left, NEXT, right)
    if (right !== NONE) this.#set(right, PREVIOUS, left)
  }

  #get(node: number, word: number): number {
    return this.#words[node * this.#stride + word] as number
  }

  #set(node: number, word: number, value: number): void {
    this.#words[node * this.#stride + word] = value
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length)
    words.set(this.#words)
    this.#words = words
  }
}
