/**
 * The verbs for whole rows: insert, look up, remove. All O(1) in the rows of the table.
 *
 * Source: ets:insert/2 and its neighbours, without the differences that the specification lists.
 */
import { badarg } from '../error.ts'
import { asRow, asRows, keyOf, type Row } from '../row.ts'
import type { Table } from '../table.ts'
import { equalTerms, type Term } from '../term.ts'

export interface InsertOptions {
  readonly key?: Term
}

/**
 * Stores one row, replacing the one under its key.
 *
 * Shape:  `options.key` is the key that the row must have, for callers that name it apart from the row.
 * Errors: `badarg` with `object`, `key`.
 */
export function insert(table: Table, row: Term, options?: InsertOptions): true {
  const checked = asRow(row, table.keypos)
  if (options?.key !== undefined && !equalTerms(options.key, keyOf(checked, table.keypos))) {
    throw badarg('key', 'the row has another key')
  }
  table.put(checked)
  return true
}

/** Stores every row of a list, or none when one of them is bad. Errors: `badarg`/`object`. */
export function insertList(table: Table, rows: Term): true {
  for (const row of asRows(rows, table.keypos)) table.put(row)
  return true
}

/** Stores a row unless its key is taken; says whether it did. Errors: `badarg`/`object`. */
export function insertNew(table: Table, row: Term): boolean {
  const checked = asRow(row, table.keypos)
  if (table.find(keyOf(checked, table.keypos)) !== undefined) return false
  table.put(checked)
  return true
}

/** Stores every row of a list unless one of their keys is taken; says whether it did. */
export function insertNewList(table: Table, rows: Term): boolean {
  const checked = asRows(rows, table.keypos)
  for (const row of checked) if (table.find(keyOf(row, table.keypos)) !== undefined) return false
  for (const row of checked) table.put(row)
  return true
}

/** The rows under `key`: one or none in a set. */
export function lookup(table: Table, key: Term): readonly Row[] {
  const row = table.find(key)
  return row === undefined ? [] : [row]
}

export const member = (table: Table, key: Term): boolean => table.find(key) !== undefined

/** Removes the rows under `key`; `true` whether or not there were any. */
export function deleteKey(table: Table, key: Term): true {
  table.remove(key)
  return true
}

/** Removes the rows under `key` and returns them. */
export function take(table: Table, key: Term): readonly Row[] {
  const row = table.remove(key)
  return row === undefined ? [] : [row]
}

/** Every row, in no particular order. Cost: O(rows). */
export const tab2list = (table: Table): readonly Row[] => [...table.rows()]
