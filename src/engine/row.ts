/** Rows: the objects of ETS. A row is an array whose element at the key position (from 1) is its key. */
import { badarg } from './error.ts'
import type { Term } from './term.ts'

export type Row = readonly Term[]

/** The row that `value` is. Errors: `badarg`/`object` when it is no array or has no element at `keypos`. */
export function asRow(value: Term, keypos: number): Row {
  if (!Array.isArray(value) || value.length < keypos) throw badarg('object')
  return value
}

/** The rows that `value` lists, each checked like {@link asRow}. */
export function asRows(value: Term, keypos: number): readonly Row[] {
  if (!Array.isArray(value)) throw badarg('object')
  for (const row of value) asRow(row, keypos)
  return value
}

export const keyOf = (row: Row, keypos: number): Term => row[keypos - 1] as Term
