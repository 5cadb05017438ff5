/**
 * Guards: expressions compiled to tests.
 *
 * A guard holds only if its value is `true`; a failing call within makes it not hold.
 */
import { comparisonWithConstant, compileComparison } from './comparison.ts'
import { compileExpression } from './evaluate.ts'
import type { Expression } from './expression.ts'
import type { Test } from './matcher.ts'

/** The guards one by one: a guard that is an `and` or `andalso` holds just where all its operands do. */
export function flattenGuards(guards: readonly Expression[]): readonly Expression[] {
  return guards.flatMap((guard) =>
    guard.kind === 'call' && (guard.operator === 'and' || guard.operator === 'andalso')
      ? flattenGuards(guard.operands)
      : [guard],
  )
}

/** The test that a guard makes on a row which its head matches. */
export function compileGuard(guard: Expression): Test {
  const comparison = comparisonWithConstant(guard)
  const short = comparison && compileComparison(comparison, compileExpression(comparison.left, 'guard'))
  if (short !== undefined) return short
  const evaluate = compileExpression(guard, 'guard')
  return (row) => evaluate(row) === true
}
