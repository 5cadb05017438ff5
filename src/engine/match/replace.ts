/**
 * `select_replace`: whether a specification visibly keeps the key of every row it replaces.
 *
 * ETS proves this from the text of each clause alone, before any row, and so does this file. A body has
 * one expression, which is `"$_"`, or builds a tuple whose element at the key position is
 * `["element", keypos, "$_"]` or says again what the head's key pattern says: the same variables, the same
 * literals, in tuples of the same sizes. `"_"` and objects cannot be said again, as they stand for many terms.
 *
 * Cost:   O(parts of the key pattern) per clause.
 * Source: ets:select_replace/2; `db_match_keeps_key` in OTP's `erl_db_util.c`.
 */
import { badarg } from '../error.ts'
import type { TableType } from '../options.ts'
import type { Row } from '../row.ts'
import type { Term } from '../term.ts'
import type { Expression } from './expression.ts'
import type { Shape } from './pattern.ts'
import type { Clause, CompiledSpec } from './spec.ts'

/**
 * The function that gives the row to store in place of another, or `undefined` where no clause takes it.
 *
 * Shape:  the new row has the old one's key; its size may differ. A failing call in it is stored as the string
 *         `"EXIT"`, a `"$$"` as an array.
 * Errors: `badarg`/`table_type` for a bag, `badarg`/`match_spec` when a clause might change the key.
 */
export function replacementOf(
  spec: CompiledSpec,
  keypos: number,
  type: TableType,
): (row: Row) => Row | undefined {
  if (type === 'bag') throw badarg('table_type')
  if (!spec.clauses.every((clause) => keepsKey(clause, keypos))) {
    throw badarg('match_spec', 'a clause does not visibly keep the key')
  }
  // Every body was just seen to be "$_" or an array.
  return spec.result as (row: Row) => Row | undefined
}

function keepsKey({ head, body }: Clause, keypos: number): boolean {
  const [only] = body
  if (only === undefined || body.length > 1) return false
  if (only.kind === 'row') return true
  if (head.shape.kind !== 'tuple') return false
  const key = head.shape.items[keypos - 1]
  const newKey = itemAt(only, keypos)
  if (key === undefined || newKey === undefined) return false
  return restates(newKey, key) || isElementOfRow(newKey, keypos)
}

/** The expression for the element at `position` of the tuple that `expression` builds. */
function itemAt(expression: Expression, position: number): Expression | undefined {
  if (expression.kind === 'tuple') return expression.items[position - 1]
  if (expression.kind !== 'constant' || !Array.isArray(expression.value)) return undefined
  const value: Term | undefined = expression.value[position - 1]
  return value === undefined ? undefined : { kind: 'constant', value }
}

/** Whether `expression` can have no other value than what `shape` matched. */
function restates(expression: Expression, shape: Shape): boolean {
  switch (shape.kind) {
    case 'any':
    case 'map':
      return false
    case 'variable':
      return expression.kind === 'variable' && expression.name === shape.name
    case 'literal':
      return expression.kind === 'constant' && expression.value === shape.value
    case 'tuple':
      return restatesTuple(expression, shape.items)
  }
}

function restatesTuple(expression: Expression, items: readonly Shape[]): boolean {
  if (sizeOf(expression) !== items.length) return false
  return items.every((item, i) => {
    const part = itemAt(expression, i + 1)
    return part !== undefined && restates(part, item)
  })
}

/** The number of elements of the tuple that `expression` builds. */
function sizeOf(expression: Expression): number | undefined {
  if (expression.kind === 'tuple') return expression.items.length
  if (expression.kind !== 'constant' || !Array.isArray(expression.value)) return undefined
  return expression.value.length
}

function isElementOfRow(expression: Expression, position: number): boolean {
  if (expression.kind !== 'call' || expression.operator !== 'element') return false
  const [index, tuple] = expression.operands as [Expression, Expression]
  return index.kind === 'constant' && index.value === position && tuple.kind === 'row'
}
