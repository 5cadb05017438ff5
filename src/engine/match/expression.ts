/**
 * Expressions: reading the guards and bodies of a match specification and checking them.
 *
 * What is wrong with an expression is found here, before any row is looked at: a variable that the head
 * does not bind, an unknown call, a wrong number of operands, an object or array that is no expression.
 * Arrays and objects built from constants alone become constants.
 *
 * Cost:   O(parts of the expression), bounded by `limits.ts`.
 * Errors: `badarg`/`match_spec`.
 * Source: ERTS User's Guide, "Match Specifications in Erlang"; the JSON form is that of the conformance vectors.
 */
import { badarg } from '../error.ts'
import type { Term, TermObject } from '../term.ts'
import type { Budget } from './limits.ts'
import { isCall } from './operators.ts'
import type { Path } from './path.ts'
import { dataOf, isPrimitive, isVariable, type Pattern } from './pattern.ts'

export type Expression =
  | Constant
  | Variable
  /** The whole row, `"$_"`. */
  | { readonly kind: 'row' }
  /** The list of all variables' values, `"$$"`. */
  | { readonly kind: 'bindings'; readonly paths: readonly Path[] }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly names: readonly string[]; readonly values: readonly Expression[] }
  | Call

export interface Constant {
  readonly kind: 'constant'
  readonly value: Term
}

export interface Variable {
  readonly kind: 'variable'
  readonly name: string
  readonly path: Path
}

export interface Call {
  readonly kind: 'call'
  readonly operator: string
  readonly operands: readonly Expression[]
}

/** Whether evaluating `expression` can yield EXIT. Says yes of every call, though some never fail. */
export function mayFail(expression: Expression): boolean {
  switch (expression.kind) {
    case 'call':
      return true
    case 'tuple':
      return expression.items.some(mayFail)
    case 'map':
      return expression.values.some(mayFail)
    default:
      return false
  }
}

const ROW: Expression = { kind: 'row' }

/** Reads one expression that may use the variables of `head`. */
export const readExpression = (json: Term, head: Pattern, budget: Budget): Expression =>
  new ExpressionReading(head, budget).expression(json, 0)

class ExpressionReading {
  readonly #head: Pattern
  readonly #budget: Budget

  constructor(head: Pattern, budget: Budget) {
    this.#head = head
    this.#budget = budget
  }

  expression(json: Term, depth: number): Expression {
    this.#budget.spend(depth)
    if (typeof json === 'string') return this.#string(json)
    if (isPrimitive(json)) return { kind: 'constant', value: json }
    if (typeof json !== 'object') throw badarg('match_spec', 'an expression holds a value that is not a term')
    return Array.isArray(json) ? this.#call(json, depth) : this.#object(json as TermObject, depth)
  }

  #string(text: string): Expression {
    if (text === '$_') return ROW
    if (text === '$$') return { kind: 'bindings', paths: [...this.#head.variables.values()] }
    if (!isVariable(text)) return { kind: 'constant', value: text }
    const path = this.#head.variables.get(text)
    if (path === undefined) throw badarg('match_spec', `the head does not bind ${text.slice(0, 20)}`)
    return { kind: 'variable', name: text, path }
  }

  #call(json: readonly Term[], depth: number): Expression {
    const [operator, ...operands] = json
    if (typeof operator !== 'string') throw badarg('match_spec', 'a call has to start with its operator')
    if (!isCall(operator, operands.length)) {
      const name = JSON.stringify(operator.slice(0, 20))
      throw badarg('match_spec', `there is no operator ${name} of ${operands.length} operands`)
    }
    return { kind: 'call', operator, operands: this.#all(operands, depth + 1) }
  }

  /** One of the three objects that are expressions; each has a single member. */
  #object(json: TermObject, depth: number): Expression {
    const data = dataOf(json)
    if (data !== undefined) {
      checkData(data, depth + 1, this.#budget)
      return { kind: 'constant', value: data }
    }
    const names = Object.keys(json)
    if (names.length === 1) {
      const { tuple, map } = json
      if (names[0] === 'tuple' && Array.isArray(tuple)) return tupleOf(this.#all(tuple, depth + 1))
      if (names[0] === 'map' && isObject(map)) {
        return mapOf(Object.keys(map), this.#all(Object.values(map), depth + 1))
      }
    }
    throw badarg('match_spec', 'an object in an expression has to be a const, a tuple or a map')
  }

  #all(jsons: readonly Term[], depth: number): readonly Expression[] {
    return jsons.map((json) => this.expression(json, depth))
  }
}

const isObject = (json: Term | undefined): json is TermObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** Data is taken as it stands; it has only to be a term within the limits. */
function checkData(json: Term, depth: number, budget: Budget): void {
  budget.spend(depth)
  if (isPrimitive(json)) return
  if (typeof json !== 'object') throw badarg('match_spec', 'a const holds a value that is not a term')
  for (const part of Array.isArray(json) ? Array.from(json) : Object.values(json)) {
    checkData(part, depth + 1, budget)
  }
}

const isConstant = (expression: Expression): expression is Constant => expression.kind === 'constant'

function tupleOf(items: readonly Expression[]): Expression {
  return items.every(isConstant)
    ? { kind: 'constant', value: items.map(({ value }) => value) }
    : { kind: 'tuple', items }
}

function mapOf(names: readonly string[], values: readonly Expression[]): Expression {
  if (!values.every(isConstant)) return { kind: 'map', names, values }
  // Object.fromEntries defines members, so that `__proto__` becomes one like any other.
  return {
    kind: 'constant',
    value: Object.fromEntries(values.map(({ value }, i) => [names[i] as string, value])),
  }
}
