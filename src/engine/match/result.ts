/**
 * Results: the value of a body in the form in which it leaves the engine.
 *
 * JSON has neither lists nor the atom EXIT, so the one becomes an array and the other the string `"EXIT"`.
 * Which parts of a value can hold either is known beforehand: what comes from a row or a constant is
 * handed out as it is, and only the values of calls are looked through.
 */

import type { Row } from '../row.ts'
import type { Term } from '../term.ts'
import { buildMap, compileExpression, toTerm } from './evaluate.ts'
import type { Expression } from './expression.ts'
import { readerOf } from './path.ts'

/** Compiles the last expression of a body to the function that gives the row's result. */
export function compileResult(expression: Expression): (row: Row) => Term {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression
      return () => value
    }
    case 'variable':
      return readerOf(expression.path)
    case 'row':
      return (row) => row
    case 'bindings': {
      const readers = expression.paths.map(readerOf)
      return (row) => readers.map((read) => read(row))
    }
    case 'tuple': {
      const items = expression.items.map(compileResult)
      return (row) => items.map((item) => item(row))
    }
    case 'map': {
      const { names } = expression
      const values = expression.values.map(compileResult)
      return (row) =>
        buildMap(
          names,
          values.map((value) => value(row)),
        )
    }
    case 'call': {
      const evaluate = compileExpression(expression, 'body')
      return (row) => toTerm(evaluate(row))
    }
  }
}
