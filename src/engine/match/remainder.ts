/**
 * Remainders: what is left to ask of a row whose key is known to lie in the range of a query's plan.
 *
 * A range says all that comparisons of the key with constants say, and all of a key pattern that is a tuple of
 * terms followed by anything. Asking that again of each row would look at the key of each, which lies elsewhere in
 * memory: most of the time of a range of strings or tuples (bench/engine).
 *
 * Cost: O(parts of the head and guards), independent of the table.
 */
import { comparisonWithConstant } from './comparison.ts'
import type { Expression } from './expression.ts'
import { ANY, type Shape, termOf } from './pattern.ts'
import { type Condition, placeOf } from './plan.ts'

/** A condition that holds of a row in the range of `condition`, and of no others that matter, where it does. */
export function remainderOf({ head, guards }: Condition, keypos: number): Condition {
  const { shape } = head
  if (shape.kind !== 'tuple') return { head, guards }
  const items = shape.items.map((item, i) => (i === keypos - 1 && isTold(item) ? ANY : item))
  return {
    head: { ...head, shape: { kind: 'tuple', items } },
    guards: guards.filter((guard) => !isToldOf(guard, keypos)),
  }
}

/** Whether a range has the keys of this shape and no others: a tuple of terms, from one place on of anything. */
function isTold(key: Shape): boolean {
  if (key.kind !== 'tuple') return false
  const open = key.items.findIndex((item) => termOf(item) === undefined)
  return key.items.slice(open).every(({ kind }) => kind === 'any' || kind === 'variable')
}

/** Whether a range has the keys for which the guard holds and no others. */
function isToldOf(guard: Expression, keypos: number): boolean {
  const comparison = comparisonWithConstant(guard)
  if (comparison === undefined || comparison.operator === '/=' || comparison.operator === '=/=') return false
  const place = placeOf(comparison.left)
  return place !== undefined && place.length === 1 && place[0] === keypos - 1
}
