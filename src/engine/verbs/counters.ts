/**
 * Counters: adds to integers inside a row, all updates of one call or none.
 *
 * Source: ets:update_counter/3,4. Where ETS would go on to a bignum, a result beyond ±(2^53-1) is refused.
 */
import { badarg } from '../error.ts'
import { keyOf, type Row } from '../row.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'

interface Update {
  readonly position: number
  readonly increment: number
  /** Past this bound the element becomes `resetTo`. */
  readonly bound?: { readonly threshold: number; readonly resetTo: number }
}

/**
 * Adds to integers of the row under `key` and returns the new values.
 *
 * Shape:  `update` is an increment of the element after the key, `[position, increment]`,
 *         `[position, increment, threshold, setValue]`, or a list of the array forms; a list is answered
 *         with a list. `defaultRow` stands in for a missing row, with its key replaced by `key`.
 * Cost:   O(1) and O(width of the row).
 * Errors: `badarg` with `key`, `position`, `keypos`, `counter_value`, `update_op`, `default`.
 */
export function updateCounter(table: Table, key: Term, update: Term, defaultRow?: Term): number | number[] {
  const found = table.find(key)
  const row = found ?? startingRow(table, key, defaultRow)
  if (defaultRow !== undefined && !Array.isArray(defaultRow)) throw badarg('default')
  const isList = Array.isArray(update) && (update.length === 0 || Array.isArray(update[0]))
  const updates = isList ? (update as readonly Term[]) : [update]
  const next = [...row]
  const results = updates.map((each) => apply(next, parse(each, table.keypos), table.keypos))
  if (updates.length > 0 || found === undefined) table.put(next)
  return isList ? results : (results[0] as number)
}

function startingRow(table: Table, key: Term, defaultRow: Term | undefined): Row {
  if (defaultRow === undefined) throw badarg('key')
  if (!Array.isArray(defaultRow) || defaultRow.length < table.keypos) throw badarg('default')
  return keyOf(defaultRow, table.keypos) === key ? defaultRow : defaultRow.with(table.keypos - 1, key)
}

function parse(update: Term, keypos: number): Update {
  if (typeof update === 'number') return { position: keypos + 1, increment: integer(update) }
  if (!Array.isArray(update) || (update.length !== 2 && update.length !== 4)) throw badarg('update_op')
  const [position, increment, threshold, resetTo] = update as readonly Term[]
  const simple = { position: integer(position), increment: integer(increment) }
  if (update.length === 2) return simple
  return { ...simple, bound: { threshold: integer(threshold), resetTo: integer(resetTo) } }
}

function integer(term: Term | undefined): number {
  if (!Number.isInteger(term)) throw badarg('update_op')
  return term as number
}

function apply(row: Term[], { position, increment, bound }: Update, keypos: number): number {
  if (position < 1 || position > row.length) throw badarg('position')
  if (position === keypos) throw badarg('keypos')
  const current = row[position - 1]
  if (!Number.isInteger(current)) throw badarg('counter_value')
  let next = (current as number) + increment
  if (bound !== undefined) {
    const isPast = increment >= 0 ? next > bound.threshold : next < bound.threshold
    if (isPast) next = bound.resetTo
  }
  if (!Number.isSafeInteger(next)) throw badarg('counter_value', 'the result is beyond ±(2^53-1)')
  row[position - 1] = next
  return next
}
