/**
 * Effort: what a query costs on one row at most, counted before any row is seen.
 *
 * A row counts as one that is looked at, as long as the query is of ordinary size. A query of thousands of parts,
 * or one that over and over compares or measures large values, counts it as many.
 */
import { rowBytes } from '../row.ts'
import type { Call, Constant, Expression } from './expression.ts'
import type { Path } from './path.ts'
import { isPrimitive, type Pattern, type Shape } from './pattern.ts'

export interface Effort {
  /** Parts that are looked at whatever they find. */
  readonly parts: number
  /** Values of the row that are gone through, however large: compared, measured, copied. */
  readonly sized: number
}

/** Parts that a look at one row pays for: real queries have fewer. */
const PARTS_A_VISIT = 32
/** Bytes of a row that are gone through in the time of a part. */
const BYTES_A_PART = 32

/** How many rows looked at a row of `bytes` counts for. */
export function visitsOf({ parts, sized }: Effort, bytes: number): number {
  const total = parts + sized * Math.floor(bytes / BYTES_A_PART)
  return total <= PARTS_A_VISIT ? 1 : Math.ceil(total / PARTS_A_VISIT)
}

export interface Counted {
  readonly head: Pattern
  readonly guards: readonly Expression[]
  readonly body?: readonly Expression[]
}

/** The effort of a query that may have to try all of its clauses. */
export function effortOf(clauses: readonly Counted[]): Effort {
  const count = new Count()
  for (const { head, guards, body = [] } of clauses) {
    count.shape(head.shape)
    for (const path of head.variables.values()) count.parts += path.length
    for (const [first, again] of head.repeats) {
      count.parts += first.length + again.length
      count.sized++
    }
    for (const guard of guards) count.expression(guard, 'guard')
    // The expressions before the last are checked and then forgotten.
    const last = body.at(-1)
    if (last !== undefined) count.expression(last, 'body')
  }
  return { parts: count.parts, sized: count.sized }
}

/** Calls that go through the values they are given, however large these are. */
const COMPARING: ReadonlySet<string> = new Set('< =< > >= == /= =:= =/= min max'.split(' '))
const MEASURING: ReadonlySet<string> = new Set(['size', 'byte_size', 'map_size'])
/** Calls that give a value on: in a body it is copied, see `result.ts`. */
const PASSING: ReadonlySet<string> = new Set(['element', 'map_get', 'andalso', 'orelse', 'min', 'max'])

class Count {
  parts = 0
  sized = 0

  shape(shape: Shape): void {
    this.parts++
    if (shape.kind === 'tuple') for (const item of shape.items) this.shape(item)
    if (shape.kind === 'map') for (const member of shape.members) this.shape(member.shape)
  }

  /** `isSized` says that whatever the expression gives is gone through by a call around it. */
  expression(expression: Expression, mode: 'guard' | 'body', isSized = false): void {
    this.parts++
    switch (expression.kind) {
      case 'constant':
        if (isSized) this.parts += Math.floor(rowBytes([expression.value]) / BYTES_A_PART)
        return
      case 'row':
        if (isSized) this.sized++
        return
      case 'variable':
        this.#place(expression.path, isSized)
        return
      case 'bindings':
        for (const path of expression.paths) this.#place(path, isSized)
        return
      case 'tuple':
        for (const item of expression.items) this.expression(item, mode, isSized)
        return
      case 'map':
        for (const value of expression.values) this.expression(value, mode, isSized)
        return
      case 'call':
        this.#call(expression, mode, isSized)
    }
  }

  #place(path: Path, isSized: boolean): void {
    this.parts += path.length
    if (isSized) this.sized++
  }

  #call({ operator, operands }: Call, mode: 'guard' | 'body', isSized: boolean): void {
    const isComparison = COMPARING.has(operator)
    const primitive = isComparison ? operands.find(isPrimitiveConstant) : undefined
    // A comparison with a primitive ends with the primitive, however large the other side is.
    if (typeof primitive?.value === 'string') this.parts += Math.floor(primitive.value.length / BYTES_A_PART)
    const goesThrough = (isComparison && primitive === undefined) || MEASURING.has(operator)
    const passesOn = PASSING.has(operator) && (isSized || mode === 'body')
    for (const operand of operands) this.expression(operand, mode, goesThrough || passesOn)
  }
}

const isPrimitiveConstant = (expression: Expression): expression is Constant =>
  expression.kind === 'constant' && isPrimitive(expression.value)
