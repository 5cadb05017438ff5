/** Choosing an index: once, when a table is made. */
import type { TableOptions } from '../options.ts'
import { BagIndex } from './bag-index.ts'
import type { KeyIndex } from './key-index.ts'
import { OrderedIndex } from './ordered-index.ts'
import { type Keys, SetIndex } from './set-index.ts'

/** `hashSeed` makes the places of keys in a set unknown to those who choose the keys. */
export function newIndex({ type }: TableOptions, keys: Keys, hashSeed: number): KeyIndex {
  switch (type) {
    case 'set':
      return new SetIndex(keys, hashSeed)
    case 'ordered_set':
      return new OrderedIndex(keys)
    default:
      return new BagIndex()
  }
}
