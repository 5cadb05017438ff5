/**
 * What makes a B+tree valid, as a walk over all of it: for tests.
 */
import { compareTerms, type Term } from '../term.ts'
import type { Leaf, Leaves, Node } from './btree-node.ts'
import { hasHighUnit } from './key-order.ts'

/** What a subtree is measured against: where it hangs and between which bounds its keys must lie. */
interface Place {
  readonly depth: number
  /** Whether nothing of the tree is to the right; there a node may be less than half full. */
  readonly onRightEdge: boolean
  /** Its keys are above this one, */
  readonly low: Term | undefined
  /** and not above this one. */
  readonly high: Term | undefined
}

/** Throws an error that names the first rule found broken. Cost: O(n). */
export function checkTree(
  root: Node,
  firstLeaf: Leaf,
  lastLeaf: Leaf,
  fanout: number,
  plain: boolean,
  leafOf: Leaves,
): void {
  const leaves: Leaf[] = []
  let depthOfLeaves: number | undefined

  const walk = (node: Node, place: Place): number => {
    const { keys, items } = node
    must(keys.length === items.length, 'keys and items differ in number')
    must(keys.length <= fanout, 'a node is overfull')
    must(node === root || keys.length >= (place.onRightEdge ? 2 : fanout >>> 1), 'a node is underfull')
    const bounds = place.onRightEdge && !node.isLeaf ? keys.slice(0, -1) : keys
    checkOrder(bounds, place)
    if (node.isLeaf) {
      must(depthOfLeaves === undefined || depthOfLeaves === place.depth, 'leaves differ in depth')
      must(!plain || !keys.some(hasHighUnit), 'a plain tree has a key with a high unit')
      depthOfLeaves = place.depth
      leaves.push(node)
      must(
        node.items.every((slot) => leafOf[slot] === node),
        'a slot is said to be in another leaf',
      )
      return keys.length
    }
    must(node !== root || items.length >= 2, 'the root has one child')
    let rowCount = 0
    node.items.forEach((child, i) => {
      must(child.parent === node, 'a child has another parent')
      rowCount += walk(child, {
        depth: place.depth + 1,
        onRightEdge: place.onRightEdge && i === items.length - 1,
        low: i === 0 ? place.low : bounds[i - 1],
        high: bounds[i],
      })
    })
    must(rowCount === node.rowCount, 'a row count is wrong')
    return rowCount
  }

  must(root.parent === undefined, 'the root has a parent')
  walk(root, { depth: 0, onRightEdge: true, low: undefined, high: undefined })
  must(leaves[0] === firstLeaf && leaves.at(-1) === lastLeaf, 'the first or last leaf is another')
  must(leafOf.filter((leaf) => leaf !== undefined).length === root.rowCount, 'a slot that is gone has a leaf')
  leaves.forEach((leaf, i) => {
    must(leaf.previous === leaves[i - 1] && leaf.next === leaves[i + 1], 'leaves are linked out of order')
  })
}

/** Keys ascend strictly, and lie within the bounds of their place. */
function checkOrder(keys: readonly Term[], { low, high }: Place): void {
  const line = [low, ...keys].filter((key) => key !== undefined)
  for (let i = 1; i < line.length; i++) {
    must(compareTerms(line[i - 1] as Term, line[i] as Term) < 0, 'keys are out of order')
  }
  const last = keys.at(-1)
  must(last === undefined || high === undefined || compareTerms(last, high) <= 0, 'a key is beyond its bound')
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`B+tree: ${rule}`)
}
