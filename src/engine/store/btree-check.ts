/**
 * What makes a B+tree valid, as a walk over all of it: for tests.
 */
import { compareTerms, type Term } from '../term.ts'
import type { Digests } from './btree-digests.ts'
import { NO_DIGEST, NONE, type Nodes } from './btree-nodes.ts'
import { KeyStream, MAX_BYTES } from './key-stream.ts'

/** A tree, as its check sees it. */
export interface TreeParts {
  readonly nodes: Nodes
  readonly digests: Digests
  readonly root: number
  readonly firstLeaf: number
  readonly lastLeaf: number
}

/** Between which bounds the keys of a subtree must lie. */
interface Place {
  readonly depth: number
  /** Its keys are above this one, if it is no node of the left edge, */
  readonly low: Term | undefined
  /** and not above this one, if it is no node of the right edge. */
  readonly high: Term | undefined
}

/** Throws an error that names the first rule found broken. Cost: O(n). */
export function checkTree(tree: TreeParts): void {
  const { nodes, digests, root } = tree
  /** The nodes of each depth, from left to right. */
  const levels: number[][] = []

  const walk = (node: number, place: Place): number => {
    const count = nodes.count(node)
    const isLeaf = nodes.isLeaf(node)
    const isAtRightEdge = place.high === undefined
    must(count <= nodes.fanout, 'a node is overfull')
    must(node === root || count >= (isAtRightEdge ? 2 : nodes.fanout >>> 1), 'a node is underfull')
    must(node !== root || isLeaf || count >= 2, 'the root has one child')
    must(nodes.bound(node) === place.high, 'a bound is another')
    levels[place.depth] ??= []
    levels[place.depth]?.push(node)
    const items = Array.from({ length: count }, (_, i) => nodes.item(node, i))
    const bounds = items.map((_, i) => digests.keyAt(node, i))
    checkOrder(bounds, place)
    checkDigests(tree, node, bounds, place)
    let rows = isLeaf ? count : 0
    if (!isLeaf) {
      items.forEach((child, i) => {
        must(nodes.parent(child) === node, 'a child has another parent')
        rows += walk(child, {
          depth: place.depth + 1,
          low: i === 0 ? place.low : bounds[i - 1],
          high: bounds[i],
        })
      })
    }
    must(rows === nodes.rows(node), 'a row count is wrong')
    return rows
  }

  must(nodes.parent(root) === NONE, 'the root has a parent')
  walk(root, { depth: 0, low: undefined, high: undefined })
  levels.forEach((level, depth) => {
    level.forEach((node, i) => {
      const isLinked =
        nodes.previous(node) === (level[i - 1] ?? NONE) && nodes.next(node) === (level[i + 1] ?? NONE)
      must(isLinked, 'nodes are linked out of order')
      must(nodes.isLeaf(node) === (depth === levels.length - 1), 'leaves differ in depth')
    })
  })
  must(levels.at(-1)?.[0] === tree.firstLeaf, 'the first leaf is another')
  must(levels.at(-1)?.at(-1) === tree.lastLeaf, 'the last leaf is another')
  const { made, free } = nodes.usage()
  must(levels.flat().length + free === made, 'a node is lost')
}

/** Keys ascend strictly, and lie within the bounds of their place; only the last of the right edge may be missing. */
function checkOrder(keys: readonly (Term | undefined)[], { low, high }: Place): void {
  must(!keys.slice(0, -1).includes(undefined), 'a bound is missing')
  const line = [low, ...keys].filter((key) => key !== undefined)
  for (let i = 1; i < line.length; i++) {
    must(compareTerms(line[i - 1] as Term, line[i] as Term) < 0, 'keys are out of order')
  }
  const last = keys.at(-1)
  must(last === undefined || high === undefined || compareTerms(last, high) <= 0, 'a key is beyond its bound')
}

/** Every key that may lie in a node begins alike in the bytes that it skips, and its digests are of what follows. */
function checkDigests(
  tree: TreeParts,
  node: number,
  keys: readonly (Term | undefined)[],
  { low, high }: Place,
): void {
  const { nodes, digests } = tree
  const skip = nodes.skip(node)
  const stream = new KeyStream()
  if (low === undefined || high === undefined) {
    must(
      keys.length === 0 || skip <= digests.skip,
      'a node of the edge skips more than all keys have in common',
    )
  } else {
    const highest = new KeyStream()
    stream.set(low)
    highest.set(high)
    must(skip <= stream.common(highest, MAX_BYTES), 'a node skips more than its bounds have in common')
  }
  keys.forEach((key, i) => {
    if (key !== undefined) stream.set(key)
    must(
      key === undefined || stream.common(digests.prefix, digests.skip) === digests.skip,
      'a key begins otherwise than all',
    )
    must(nodes.digest(node, i) === (key === undefined ? NO_DIGEST : stream.digest(skip)), 'a digest is wrong')
  })
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`B+tree: ${rule}`)
}
