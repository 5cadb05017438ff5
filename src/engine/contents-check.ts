/**
 * What makes a table valid, as a walk over all of it: for tests.
 *
 * Index, slots, wheel and count each know something of the same rows; here they are held against each other.
 */
import type { Residents } from './evict/residents.ts'
import type { Deadlines } from './expiry/deadlines.ts'
import { keyOf, type Row } from './row.ts'
import type { KeyIndex } from './store/key-index.ts'
import type { Slots } from './store/slots.ts'
import type { TagIndex } from './tags/tag-index.ts'

/** The parts of a table that must agree. */
export interface TableParts {
  readonly index: KeyIndex
  readonly slots: Slots
  readonly deadlines: Deadlines
  readonly count: number
  readonly keypos: number
  /** Whether the places of keys are those of the index, not slots. */
  readonly isBag: boolean
  /** Places that are kept for removed keys. */
  readonly keptPlaces: readonly number[]
  readonly residents: Residents
  readonly tags: TagIndex | undefined
}

/** Throws an error that names the first rule found broken. Cost: O(n), in a bag O(n · rows under a key). */
export function checkTable(parts: TableParts): void {
  const { index, slots, deadlines, count, keypos, isBag, keptPlaces, residents, tags } = parts
  slots.check(isBag ? [] : keptPlaces)
  must(index.check(keptPlaces) === count, 'the index and the count differ in the number of rows')
  let rows = 0
  for (let slot = slots.from(0); slot !== -1; slot = slots.from(slot + 1)) {
    must(isUnderItsKey(index, slot, slots.row(slot) as Row, keypos), 'the index does not lead to a row')
    rows++
  }
  must(rows === count, 'the slots and the count differ in the number of rows')
  deadlines.check()
  residents.check()
  tags?.check()
}

function isUnderItsKey(index: KeyIndex, slot: number, row: Row, keypos: number): boolean {
  let each = index.head(keyOf(row, keypos))
  while (each !== -1 && each !== slot) each = index.after(each)
  return each === slot
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`table: ${rule}`)
}
