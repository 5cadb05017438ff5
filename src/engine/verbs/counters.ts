/**
 * Changes of elements inside a row: counters and plain elements, all updates of one call or none.
 *
 * Source: ets:update_counter/3,4 and ets:update_element/3,4. Where ETS would go on to a bignum, a counter
 * beyond ±(2^53-1) is refused.
 */
import { badarg } from '../error.ts'
import { checkRow, keyOf, type Row, withElement } from '../row.ts'
import type { Table } from '../table.ts'
import { equalTerms, type Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { defaultTimingOf } from './timing.ts'

/**
 * Adds to integers of the row under `key` and returns the new values.
 *
 * Shape:  `update` is an increment of the element after the key, `[position, increment]`,
 *         `[position, increment, threshold, setValue]`, or a list of the array forms; a list is answered
 *         with a list. `defaultRow` stands in for a missing row, with its key replaced by `key`.
 * Cost:   O(1) and O(width of the row).
 * Errors: `badarg` with `table_type`, `key`, `position`, `keypos`, `counter_value`, `update_op`, `default`.
 */
export function updateCounter(
  table: Table,
  key: Term,
  update: Term,
  defaultRow: Term | undefined,
  nowMs: EpochMs,
): number | number[] {
  checkUpdatable(table, defaultRow)
  const slot = table.find(key, nowMs)
  const isList = isListOfUpdates(update)
  if (slot !== -1 && !isList) return countInPlace(table, slot, update, nowMs)
  const row = rowToUpdate(table, slot, key, defaultRow)
  if (row === undefined) throw badarg('key')
  const next = row.slice()
  if (!isList) {
    const result = count(next, update, table.keypos)
    storeUpdated(table, slot, next, 1, nowMs)
    return result
  }
  const updates = update as readonly Term[]
  const results = updates.map((each) => {
    if (typeof each === 'number') throw badarg('update_op')
    return count(next, each, table.keypos)
  })
  storeUpdated(table, slot, next, updates.length, nowMs)
  return results
}

/** The one counter of a row that is there: nothing but the number is made anew. */
function countInPlace(table: Table, slot: number, update: Term, nowMs: EpochMs): number {
  const { keypos } = table
  const position = positionIn(update, keypos)
  const increment = incrementIn(update)
  const current = table.element(slot, position)
  checkPosition(current, position, keypos)
  const next = counted(current, increment, boundIn(update))
  table.setNumber(slot, position, next, nowMs)
  return next
}

/**
 * Sets elements of the row under `key`; says whether there is one.
 *
 * Shape:  `update` is `[position, value]` or a list of these. `defaultRow` stands in for a missing row.
 * Errors: `badarg` with `table_type`, `position`, `keypos`, `update_op`, `default`; none for a missing row.
 */
export function updateElement(
  table: Table,
  key: Term,
  update: Term,
  defaultRow: Term | undefined,
  nowMs: EpochMs,
): boolean {
  checkUpdatable(table, defaultRow)
  const slot = table.find(key, nowMs)
  const row = rowToUpdate(table, slot, key, defaultRow)
  if (row === undefined) return false
  const updates = isListOfUpdates(update) ? (update as readonly Term[]) : [update]
  const next = row.slice()
  for (const each of updates) setElement(next, each, table.keypos)
  storeUpdated(table, slot, next, updates.length, nowMs)
  return true
}

function checkUpdatable(table: Table, defaultRow: Term | undefined): void {
  if (table.isBag) throw badarg('table_type')
  if (defaultRow !== undefined && !Array.isArray(defaultRow)) throw badarg('default')
}

/** The row to start from: the one in the slot or, without a slot, the default row under `key`. */
function rowToUpdate(table: Table, slot: number, key: Term, defaultRow: Term | undefined): Row | undefined {
  if (slot !== -1) return table.row(slot)
  return defaultRow === undefined ? undefined : startingRow(defaultRow as Row, key, table.keypos)
}

function startingRow(defaultRow: Row, key: Term, keypos: number): Row {
  if (defaultRow.length < keypos) throw badarg('default')
  if (equalTerms(keyOf(defaultRow, keypos), key)) return defaultRow
  return checkRow(withElement(defaultRow, keypos, key))
}

function storeUpdated(table: Table, slot: number, row: Row, updates: number, nowMs: EpochMs): void {
  if (slot === -1) table.add(row, nowMs, defaultTimingOf(table, nowMs))
  else if (updates > 0) table.replace(slot, row, nowMs)
}

const isListOfUpdates = (update: Term): boolean =>
  Array.isArray(update) && (update.length === 0 || Array.isArray(update[0]))

/** Counts as an update says, and returns the new value. */
function count(row: Term[], update: Term, keypos: number): number {
  const position = positionIn(update, keypos)
  const increment = incrementIn(update)
  const bound = boundIn(update)
  const current = row[position - 1]
  checkPosition(current, position, keypos)
  const next = counted(current, increment, bound)
  row[position - 1] = next
  return next
}

// The parts of an update, read one by one so that none is made for it: an increment, or an array of two or four.

/** The position of the counter; the element after the key unless the update says. */
function positionIn(update: Term, keypos: number): number {
  if (typeof update === 'number') return keypos + 1
  if (!Array.isArray(update) || (update.length !== 2 && update.length !== 4)) throw badarg('update_op')
  return integer(update[0])
}

const incrementIn = (update: Term): number =>
  integer(typeof update === 'number' ? update : (update as readonly Term[])[1])

function boundIn(update: Term): Bound | undefined {
  if (!Array.isArray(update) || update.length === 2) return undefined
  return { threshold: integer(update[2]), resetTo: integer(update[3]) }
}

function integer(term: Term | undefined): number {
  if (!Number.isInteger(term)) throw badarg('update_op')
  return term as number
}

/** Past its threshold, the element becomes `resetTo`. */
interface Bound {
  readonly threshold: number
  readonly resetTo: number
}

function counted(current: Term, increment: number, bound: Bound | undefined): number {
  if (!Number.isInteger(current)) throw badarg('counter_value')
  let next = (current as number) + increment
  if (bound !== undefined) {
    const isPast = increment >= 0 ? next > bound.threshold : next < bound.threshold
    if (isPast) next = bound.resetTo
  }
  if (!Number.isSafeInteger(next)) throw badarg('counter_value', 'the result is beyond ±(2^53-1)')
  return next
}

function setElement(row: Term[], update: Term, keypos: number): void {
  if (!Array.isArray(update) || update.length !== 2) throw badarg('update_op')
  const [position, value]: readonly Term[] = update
  if (!Number.isInteger(position)) throw badarg('position')
  const index = (position as number) - 1
  checkPosition(row[index], position as number, keypos)
  row[index] = value as Term
}

/** Refuses a position at which a row has no `element`, and that of the key. */
function checkPosition(element: Term | undefined, position: number, keypos: number): asserts element is Term {
  if (element === undefined) throw badarg('position')
  if (position === keypos) throw badarg('keypos')
}
