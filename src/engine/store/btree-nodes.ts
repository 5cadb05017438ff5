/**
 * Nodes of the B+tree: numbers, and columns in which everything that is known of them stands under these.
 *
 * A node has up to `fanout` entries, sorted: an item and the digest of its key each. The items of a leaf are the slots
 * of rows; those of a branch are its children, under the highest key that each may hold, its bound. A bound is not a
 * key: it may outlive the row it came from. Nodes on the right edge of the tree have no bound, and the digest of theirs
 * is `Infinity`. As both kinds look alike, splitting, merging and evening out are written once.
 *
 * Objects would do the same more plainly, but a search would wait for memory three times a node, and every insertion
 * would pay the garbage collector for what it moves: half the time of an insertion, at a million rows.
 *
 * Cost:   every step O(fan-out), growing O(nodes), which copies columns; 12 bytes an entry and some 40 a node.
 * Limits: what is between two steps of an insertion is for the tree to know; nothing here compares keys.
 */
import type { Term } from '../term.ts'

/** No node, or no slot. */
export const NONE = -1

const INITIAL_NODES = 2

export class Nodes {
  readonly fanout: number
  /** Digests of the keys of entries, behind the `skips` of the node, `fanout` a node. */
  digests: Float64Array<ArrayBuffer>
  /** Slots or children, `fanout` a node. */
  items: Int32Array<ArrayBuffer>
  /** Entries of a node. */
  counts: Int32Array<ArrayBuffer>
  /** Rows below a node, so that a row can be found by its index. */
  rows: Int32Array<ArrayBuffer>
  parents: Int32Array<ArrayBuffer>
  /** The neighbours of a node among all nodes as far from the root. */
  previous: Int32Array<ArrayBuffer>
  next: Int32Array<ArrayBuffer>
  /** How many bytes the streams of all keys have in common that lie between a node's bound and that of the node before. */
  skips: Uint8Array<ArrayBuffer>
  isLeaf: Uint8Array<ArrayBuffer>
  /** No key below a node is above its bound, every key below the next node is. */
  readonly bounds: (Term | undefined)[] = []
  #capacity = INITIAL_NODES
  /** A node that was freed; `next` leads to others. */
  #free = NONE

  constructor(fanout: number) {
    this.fanout = fanout
    this.digests = new Float64Array(fanout * INITIAL_NODES)
    this.items = new Int32Array(fanout * INITIAL_NODES)
    this.counts = new Int32Array(INITIAL_NODES)
    this.rows = new Int32Array(INITIAL_NODES)
    this.parents = new Int32Array(INITIAL_NODES)
    this.previous = new Int32Array(INITIAL_NODES)
    this.next = new Int32Array(INITIAL_NODES)
    this.skips = new Uint8Array(INITIAL_NODES)
    this.isLeaf = new Uint8Array(INITIAL_NODES)
  }

  /** Nodes that were ever made, the free ones among them. */
  get end(): number {
    return this.bounds.length
  }

  /** How many of these are free: for tests. Cost: O(n). */
  get freeCount(): number {
    let count = 0
    for (let node = this.#free; node !== NONE; node = this.next[node] as number) count++
    return count
  }

  /** An empty node without neighbours, parent or bound. */
  make(isLeaf: boolean, skip: number): number {
    let node = this.#free
    if (node !== NONE) {
      this.#free = this.next[node] as number
    } else {
      node = this.bounds.length
      this.bounds.push(undefined)
      if (node === this.#capacity) this.#grow()
    }
    this.counts[node] = 0
    this.rows[node] = 0
    this.parents[node] = NONE
    this.previous[node] = NONE
    this.next[node] = NONE
    this.skips[node] = skip
    this.isLeaf[node] = isLeaf ? 1 : 0
    return node
  }

  /** The item at `index` of a node; what is read beyond its entries means nothing. */
  item(node: number, index: number): number {
    return this.items[node * this.fanout + index] as number
  }

  digest(node: number, index: number): number {
    return this.digests[node * this.fanout + index] as number
  }

  setItem(node: number, index: number, item: number): void {
    this.items[node * this.fanout + index] = item
  }

  setDigest(node: number, index: number, digest: number): void {
    this.digests[node * this.fanout + index] = digest
  }

  /** Whether two entries of a node have the same digest. */
  hasTies(node: number): boolean {
    const { digests } = this
    const start = node * this.fanout
    const end = start + (this.counts[node] as number)
    for (let i = start + 1; i < end; i++) if (digests[i] === digests[i - 1]) return true
    return false
  }

  /** Where in a node `item` is. */
  indexOf(node: number, item: number): number {
    const { items } = this
    const start = node * this.fanout
    let at = start
    while (items[at] !== item) at++
    return at - start
  }

  /** Puts an entry into a node that is not full. The rows of it and those above are for the caller to count. */
  insert(node: number, index: number, digest: number, item: number): void {
    const { digests, items } = this
    const start = node * this.fanout
    const at = start + index
    // With `copyWithin` here, which is a call, inserting takes longer (measured with nodes of 32 to 64).
    for (let i = start + (this.counts[node] as number); i > at; i--) {
      digests[i] = digests[i - 1] as number
      items[i] = items[i - 1] as number
    }
    digests[at] = digest
    items[at] = item
    ;(this.counts[node] as number)++
  }

  remove(node: number, index: number): void {
    const { digests, items } = this
    const start = node * this.fanout
    const last = start + --(this.counts[node] as number)
    for (let i = start + index; i < last; i++) {
      digests[i] = digests[i + 1] as number
      items[i] = items[i + 1] as number
    }
  }

  /** Counts `by` more rows below a node and all nodes above it. */
  count(node: number, by: number): void {
    const { rows, parents } = this
    for (let each = node; each !== NONE; each = parents[each] as number) rows[each] = (rows[each] as number) + by
  }

  /** Moves what `node` holds from `index` on into a new right neighbour, and returns that. */
  splitOff(node: number, index: number): number {
    const right = this.make(this.isLeaf[node] === 1, this.skips[node] as number)
    this.#move(node, index, (this.counts[node] as number) - index, right, 0)
    this.bounds[right] = this.bounds[node]
    this.#link(right, this.next[node] as number)
    this.#link(node, right)
    return right
  }

  /** Moves all of `right`, the right neighbour of `left`, into `left`, and frees it. Both skip as much. */
  absorb(left: number, right: number): void {
    this.#move(right, 0, this.counts[right] as number, left, this.counts[left] as number)
    this.bounds[left] = this.bounds[right]
    this.#link(left, this.next[right] as number)
    this.free(right)
  }

  /** Lets two neighbours, which skip as much, hold equally much, give or take one. */
  evenOut(left: number, right: number): void {
    const count = this.counts[left] as number
    const half = (count + (this.counts[right] as number)) >>> 1
    if (count > half) this.#move(left, half, count - half, right, 0)
    else this.#move(right, 0, half - count, left, count)
  }

  free(node: number): void {
    this.bounds[node] = undefined
    this.next[node] = this.#free
    this.#free = node
  }

  /** Moves `count` entries of `from`, those from `start` on, to `index` of `to`, a node of the same kind. */
  #move(from: number, start: number, count: number, to: number, index: number): void {
    const { digests, items, counts, rows, fanout, parents } = this
    const source = from * fanout + start
    const target = to * fanout + index
    const end = to * fanout + (counts[to] as number)
    digests.copyWithin(target + count, target, end)
    items.copyWithin(target + count, target, end)
    digests.copyWithin(target, source, source + count)
    items.copyWithin(target, source, source + count)
    let moved = count
    if (this.isLeaf[from] === 0) {
      moved = 0
      for (let i = target; i < target + count; i++) {
        const child = items[i] as number
        parents[child] = to
        moved += rows[child] as number
      }
    }
    const endOfSource = from * fanout + (counts[from] as number)
    digests.copyWithin(source, source + count, endOfSource)
    items.copyWithin(source, source + count, endOfSource)
    counts[from] = (counts[from] as number) - count
    counts[to] = (counts[to] as number) + count
    rows[from] = (rows[from] as number) - moved
    rows[to] = (rows[to] as number) + moved
  }

  /** Makes two nodes neighbours; either may be `NONE`, at an end of the tree. */
  #link(left: number, right: number): void {
    if (left !== NONE) this.next[left] = right
    if (right !== NONE) this.previous[right] = left
  }

  #grow(): void {
    const capacity = 2 * this.#capacity
    this.#capacity = capacity
    this.digests = widen(this.digests, new Float64Array(capacity * this.fanout))
    this.items = widen(this.items, new Int32Array(capacity * this.fanout))
    this.counts = widen(this.counts, new Int32Array(capacity))
    this.rows = widen(this.rows, new Int32Array(capacity))
    this.parents = widen(this.parents, new Int32Array(capacity))
    this.previous = widen(this.previous, new Int32Array(capacity))
    this.next = widen(this.next, new Int32Array(capacity))
    this.skips = widen(this.skips, new Uint8Array(capacity))
    this.isLeaf = widen(this.isLeaf, new Uint8Array(capacity))
  }
}

/** `wide`, with what is in `column` at its start. */
function widen<T extends Float64Array | Int32Array | Uint8Array>(column: T, wide: T): T {
  wide.set(column)
  return wide
}
