/** `sorted-btree`, for `ordered_set`: a B+tree in JavaScript; tuples are given the engine's order of terms. */
import sortedBtree from 'sorted-btree'
import { compareTerms, type Term } from '../../src/engine/term.ts'
import { localContender, type Work } from './contender.ts'
import { digestOf, keyOf, RANGE_ROWS } from './keys.ts'

type Key = string | number
type Tree = InstanceType<typeof BTree<Key, number>>

// The package is CommonJS: what Node imports is its `exports`.
const BTree = (sortedBtree as unknown as { default: typeof sortedBtree }).default

function insertAll(tree: Tree, { keys, numbers }: Work): number {
  for (let i = 0; i < keys.length; i++) tree.set(keys[i] as Key, numbers[i] as number)
  return tree.size
}

function getAll(tree: Tree, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) sum += tree.get(keys[i] as Key) as number
  return sum
}

function stepFromAll(tree: Tree, { keys, setting: { kind } }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const key = tree.nextHigherKey(keys[i] as Key)
    if (key !== undefined) sum += digestOf(kind, key as Term)
  }
  return sum
}

function readRanges(tree: Tree, { numbers, setting: { kind } }: Work): number {
  let sum = 0
  for (const number of numbers) {
    const last = keyOf(kind, number + RANGE_ROWS - 1) as Key
    tree.forRange(keyOf(kind, number) as Key, last, true, (_, value) => {
      sum += value
    })
  }
  return sum
}

export const sortedBTree = localContender(
  'sorted-btree',
  { ordered_set: { insert: insertAll, lookup: getAll, next: stepFromAll, range: readRanges } },
  ({ kind }): Tree =>
    new BTree(undefined, kind === 'tuple' ? (a: Key, b: Key) => compareTerms(a, b) : undefined),
)
