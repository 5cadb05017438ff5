/** Choosing an index: once, when a table is made. */
import type { TableOptions } from '../options.ts'
import { BagIndex } from './bag-index.ts'
import type { KeyIndex } from './key-index.ts'
import { OrderedIndex } from './ordered-index.ts'
import { SetIndex } from './set-index.ts'

export function newIndex({ type }: TableOptions): KeyIndex {
  switch (type) {
    case 'set':
      return new SetIndex()
    case 'ordered_set':
      return new OrderedIndex()
    default:
      return new BagIndex()
  }
}
