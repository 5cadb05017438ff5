/**
 * Evaluation: expressions compiled to functions of a row.
 *
 * Guards and bodies differ in one point. A failing call yields EXIT in both, but in a body EXIT is a value
 * like any other, while in a guard it makes every call around it fail too, and so the guard. As no row and
 * no constant holds EXIT, a guard can tell a failure by this value alone; nothing is thrown.
 *
 * Cost: O(parts evaluated) per row; only `tuple`, `map` and `$$` allocate.
 */

import type { Row } from '../row.ts'
import { EXIT, List, type Term, type Value } from '../term.ts'
import type { Binary, Unary } from './arithmetic.ts'
import { comparisonWithConstant, compileComparison } from './comparison.ts'
import { type Call, type Expression, mayFail } from './expression.ts'
import { binaryOperator, isConnective, unaryOperator } from './operators.ts'
import { readerOf } from './path.ts'

export type Evaluate = (row: Row) => Value
export type Mode = 'guard' | 'body'

/** Compiles `expression`; `mode` says what a failing call does to the calls around it. */
export function compileExpression(expression: Expression, mode: Mode): Evaluate {
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
      return (row) => new List(readers.map((read) => read(row)))
    }
    case 'tuple':
      return construct(expression.items, mode, (values) => values)
    case 'map':
      return construct(expression.values, mode, (values) => buildMap(expression.names, values))
    case 'call':
      return compileCall(expression, mode)
  }
}

/** An object from names and values. Members are defined, not assigned: one may be called `__proto__`. */
export function buildMap<T extends Value>(
  names: readonly string[],
  values: readonly T[],
): { [name: string]: T } {
  const map: { [name: string]: T } = {}
  names.forEach((name, i) => {
    const value = values[i] as T
    if (name === '__proto__') {
      Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true })
    } else map[name] = value
  })
  return map
}

function construct(parts: readonly Expression[], mode: Mode, build: (values: Value[]) => Value): Evaluate {
  const evaluators = parts.map((part) => compileExpression(part, mode))
  const isStrict = mode === 'guard' && parts.some(mayFail)
  return (row) => {
    const values = evaluators.map((evaluate) => evaluate(row))
    return isStrict && values.includes(EXIT) ? EXIT : build(values)
  }
}

function compileCall(call: Call, mode: Mode): Evaluate {
  const comparison = comparisonWithConstant(call)
  if (comparison !== undefined && !mayFail(comparison.left)) {
    const short = compileComparison(comparison, compileExpression(comparison.left, mode))
    if (short !== undefined) return short
  }
  const { operator, operands } = call
  const evaluators = operands.map((operand) => compileExpression(operand, mode))
  if (isConnective(operator)) return connectives[operator](evaluators)
  const isStrict = mode === 'guard' && operands.some(mayFail)
  const [first, second] = evaluators as [Evaluate, Evaluate | undefined]
  return second === undefined
    ? callUnary(unaryOperator(operator), first, isStrict)
    : callBinary(binaryOperator(operator), first, second, isStrict)
}

function callUnary(operate: Unary, operand: Evaluate, isStrict: boolean): Evaluate {
  if (!isStrict) return (row) => operate(operand(row))
  return (row) => {
    const value = operand(row)
    return value === EXIT ? EXIT : operate(value)
  }
}

function callBinary(operate: Binary, left: Evaluate, right: Evaluate, isStrict: boolean): Evaluate {
  if (!isStrict) return (row) => operate(left(row), right(row))
  return (row) => {
    const a = left(row)
    const b = right(row)
    return a === EXIT || b === EXIT ? EXIT : operate(a, b)
  }
}

/**
 * `and` and `or` evaluate all operands and fail when one is not a boolean. `andalso` and `orelse` stop at
 * the first that decides, fail when one before the last is not a boolean, and return the last as it is.
 */
const connectives = {
  and: (operands: readonly Evaluate[]) => eager(operands, false),
  or: (operands: readonly Evaluate[]) => eager(operands, true),
  andalso: (operands: readonly Evaluate[]) => lazy(operands, false),
  orelse: (operands: readonly Evaluate[]) => lazy(operands, true),
}

function eager(operands: readonly Evaluate[], deciding: boolean): Evaluate {
  return (row) => {
    let result = !deciding
    for (const operand of operands) {
      const value = operand(row)
      if (typeof value !== 'boolean') return EXIT
      if (value === deciding) result = deciding
    }
    return result
  }
}

function lazy(operands: readonly Evaluate[], deciding: boolean): Evaluate {
  const earlier = operands.slice(0, -1)
  const last = operands.at(-1) as Evaluate
  return (row) => {
    for (const operand of earlier) {
      const value = operand(row)
      if (typeof value !== 'boolean') return EXIT
      if (value === deciding) return value
    }
    return last(row)
  }
}

/** A value as JSON has it: a list is an array, and the atom EXIT its name. Cost: O(size) of a compound. */
export function toTerm(value: Value): Term {
  if (typeof value !== 'object' || value === null) return value === EXIT ? 'EXIT' : value
  if (value instanceof List) return value.items.map(toTerm)
  if (Array.isArray(value)) return value.map(toTerm)
  const names = Object.keys(value)
  return buildMap(
    names,
    names.map((name) => toTerm((value as { [name: string]: Value })[name] as Value)),
  )
}
