/**
 * Digests: which bytes of keys stand in the nodes of a B+tree, and keeping that right while nodes change.
 *
 * The digests of a node are of the bytes behind the first `skip`, in which all keys begin alike that can lie in the node.
 * That follows from its bound and that of the node before: what sorts between two keys begins with what both begin
 * with. Nodes at the edges of the tree lack one of them; they skip what all keys of the tree have in common, the prefix. A
 * key that begins otherwise makes that shorter, which concerns the nodes of the edges and no others.
 *
 * To skip less than possible is right too, and the more ties, the more keys a search has to look at. So a node skips as
 * much as it can when it is split and has ties, and less when it takes in what is beyond its bounds.
 *
 * Cost:   looking at all keys of a node, where its skip changes: O(fan-out), at most once a split or merge; widening
 *         O(fan-out · log n), at most `MAX_BYTES` times.
 * Source: Bayer & Unterauer, "Prefix B-Trees", 1977; Graefe, "Modern B-Tree Techniques", 2011, 3.4 and 3.5.
 */
import type { Term } from '../term.ts'
import { NONE, type Nodes } from './btree-nodes.ts'
import { KeyStream, MAX_BYTES } from './key-stream.ts'
import type { Keys } from './set-index.ts'

// Nobody reads them after a step.
const stream = new KeyStream()
const streamOfLow = new KeyStream()

export class Digests {
  readonly #nodes: Nodes
  readonly #keys: Keys
  /** All keys of the tree, and all bounds, begin as this one does, for `skip` bytes. */
  readonly prefix = new KeyStream()
  #skip = 0

  constructor(nodes: Nodes, keys: Keys) {
    this.#nodes = nodes
    this.#keys = keys
  }

  /** How many bytes all keys of the tree have in common. */
  get skip(): number {
    return this.#skip
  }

  /** The key of the row, or the bound of the child, at `index`; `undefined` for the last child at the right edge. */
  keyAt(node: number, index: number): Term | undefined {
    const item = this.#nodes.item(node, index)
    return this.#nodes.isLeaf(node) ? this.#keys.key(item) : this.#nodes.bound(item)
  }

  /** Lets the first key come into a tree. */
  begin(key: KeyStream, root: number): void {
    this.prefix.copy(key)
    this.#skip = MAX_BYTES
    this.#nodes.setSkip(root, MAX_BYTES)
  }

  /** Lets a key come into a tree that begins otherwise than all others. */
  widen(key: KeyStream, firstLeaf: number, lastLeaf: number): void {
    const nodes = this.#nodes
    this.#skip = key.common(this.prefix, this.#skip)
    for (const leaf of [firstLeaf, lastLeaf])
      for (let node = leaf; node !== NONE; node = nodes.parent(node))
        this.#setSkip(node, Math.min(nodes.skip(node), this.#skip))
  }

  /** Bounds a node, at `index` of its parent, by the last key that it holds. */
  setBound(node: number, index: number): void {
    const nodes = this.#nodes
    const parent = nodes.parent(node)
    const bound = this.keyAt(node, nodes.count(node) - 1) as Term
    nodes.setBound(node, bound)
    stream.set(bound)
    nodes.setDigest(parent, index, stream.digest(nodes.skip(parent)))
  }

  /** Lets two neighbours skip as much, as little as all keys require that may lie in either. */
  align(left: number, right: number): void {
    const nodes = this.#nodes
    const skip = Math.min(nodes.skip(left), nodes.skip(right), this.#mostSkipped(left, right))
    this.#setSkip(left, skip)
    this.#setSkip(right, skip)
  }

  /**
   * Lets a node skip all that its keys have in common, where that helps: where it has ties, or is a leaf and its
   * digests come to have the ends of keys in them, so that who finds a key need not look at it.
   */
  sharpen(node: number): void {
    const nodes = this.#nodes
    const hasTies = nodes.hasTies(node)
    if (!hasTies && !nodes.isLeaf(node)) return
    const skip = nodes.skip(node)
    const most = this.#mostSkipped(node, node)
    if (most <= skip) return
    // What is true of the highest key is mostly true of the others.
    if (hasTies || (stream.endsWithin(most) && !stream.endsWithin(skip))) this.#setSkip(node, most)
  }

  /** How many bytes all keys have in common that may lie in the nodes from `left` to `right`; `stream` is of the highest. */
  #mostSkipped(left: number, right: number): number {
    const nodes = this.#nodes
    const before = nodes.previous(left)
    if (before === NONE || nodes.next(right) === NONE) return this.#skip
    streamOfLow.set(nodes.bound(before) as Term)
    stream.set(nodes.bound(right) as Term)
    return stream.common(streamOfLow, MAX_BYTES)
  }

  #setSkip(node: number, skip: number): void {
    const nodes = this.#nodes
    if (nodes.skip(node) === skip) return
    nodes.setSkip(node, skip)
    const count = nodes.count(node)
    for (let i = 0; i < count; i++) {
      const key = this.keyAt(node, i)
      if (key === undefined) continue
      stream.set(key)
      nodes.setDigest(node, i, stream.digest(skip))
    }
  }
}
