/**
 * Builder: match specifications written as TypeScript.
 *
 * `match(['$1', { age: '$2' }]).where(gte('$2', 18)).select('$1')` is the plain JSON
 * `[[['$1', { age: '$2' }], [['>=', '$2', 18]], ['$1']]]`, which every `select...` takes, in process or over
 * the wire. Nothing is checked here but types; the table checks the rest when it compiles.
 *
 * A string `"$1"` is a variable, `"$_"` the row, `"$$"` the list of all variables' values, any other string
 * itself. An array is a call, so data that is an array, an object or such a string goes into `constant`.
 */
import type { Term } from '../term.ts'

export type Expression = number | string | boolean | null | Call | Construction
export type Call = readonly [operator: Operator, ...operands: Expression[]]
export type Construction =
  | { readonly const: Term }
  | { readonly tuple: readonly Expression[] }
  | { readonly map: { readonly [name: string]: Expression } }

export type MatchSpec = readonly MatchClause[]
export type MatchClause = readonly [
  head: Term,
  guards: readonly Expression[],
  body: readonly [Expression, ...Expression[]],
]

type TypeTest =
  `is_${'integer' | 'float' | 'number' | 'atom' | 'boolean' | 'binary' | 'tuple' | 'map' | 'list'}`
type Arithmetic = '+' | '-' | '*' | '/' | 'div' | 'rem' | 'abs' | 'round' | 'trunc' | 'floor' | 'ceil'
type Bitwise = 'band' | 'bor' | 'bxor' | 'bnot' | 'bsl' | 'bsr'
type Comparison = '<' | '=<' | '>' | '>=' | '==' | '/=' | '=:=' | '=/=' | 'min' | 'max'
type Logic = 'and' | 'or' | 'xor' | 'not' | 'andalso' | 'orelse'
type Access = 'element' | 'size' | 'tuple_size' | 'byte_size' | 'map_size' | 'map_get' | 'is_map_key'
export type Operator = TypeTest | Arithmetic | Bitwise | Comparison | Logic | Access

/** The whole row. */
export const ROW = '$_'
/** The list of all variables' values, by variable number. */
export const BINDINGS = '$$'

/** Begins a clause for the rows that match `head`. */
export const match = (head: Term): ClauseBuilder => new ClauseBuilder(head, [])

/** One specification of several: for each row the first that takes it decides. */
export const firstOf = (...specs: readonly MatchSpec[]): MatchSpec => specs.flat()

/** A clause without its body. Builders do not change: each step gives a new one. */
class ClauseBuilder {
  readonly #head: Term
  readonly #guards: readonly Expression[]

  constructor(head: Term, guards: readonly Expression[]) {
    this.#head = head
    this.#guards = guards
  }

  /** Adds guards; all guards of a clause must hold. */
  where(...guards: readonly Expression[]): ClauseBuilder {
    return new ClauseBuilder(this.#head, [...this.#guards, ...guards])
  }

  /** Says what each row gives: one value as it is, several as an array, without any the row itself. */
  select(...values: readonly Expression[]): MatchSpec {
    const [only = ROW] = values
    return this.#withBody(values.length > 1 ? tuple(...values) : only)
  }

  /** Gives `true` for each row: what `selectCount` counts and `selectDelete` deletes. */
  matching(): MatchSpec {
    return this.#withBody(true)
  }

  #withBody(value: Expression): MatchSpec {
    return [[this.#head, this.#guards, [value]]]
  }
}

/** A term as data: strings in it are not variables. In a head as well as in guards and bodies. */
export const constant = (term: Term): { readonly const: Term } => ({ const: term })
/** An array of values. */
export const tuple = (...items: readonly Expression[]): Construction => ({ tuple: items })
/** An object of values. */
export const map = (members: { readonly [name: string]: Expression }): Construction => ({ map: members })

type One = (a: Expression) => Call
type Two = (a: Expression, b: Expression) => Call
type Many = (first: Expression, ...more: Expression[]) => Call

const one =
  (operator: Operator): One =>
  (a) => [operator, a]
const two =
  (operator: Operator): Two =>
  (a, b) => [operator, a, b]
const many =
  (operator: Operator): Many =>
  (first, ...more) => [operator, first, ...more]

export const lt = two('<')
export const lte = two('=<')
export const gt = two('>')
export const gte = two('>=')
export const eq = two('==')
export const ne = two('/=')
export const exactly = two('=:=')
export const notExactly = two('=/=')
export const min = two('min')
export const max = two('max')

export const not = one('not')
export const xor = two('xor')
export const and = many('and')
export const or = many('or')
export const andAlso = many('andalso')
export const orElse = many('orelse')

export const isInteger = one('is_integer')
export const isFloat = one('is_float')
export const isNumber = one('is_number')
export const isAtom = one('is_atom')
export const isBoolean = one('is_boolean')
export const isString = one('is_binary')
export const isTuple = one('is_tuple')
export const isMap = one('is_map')
export const isList = one('is_list')

/** `position` counts from 1. */
export const element = (position: Expression, of: Expression): Call => ['element', position, of]
export const mapGet = (name: Expression, of: Expression): Call => ['map_get', name, of]
export const isMapKey = (name: Expression, of: Expression): Call => ['is_map_key', name, of]
export const size = one('size')
export const tupleSize = one('tuple_size')
export const byteSize = one('byte_size')
export const mapSize = one('map_size')

export const add = two('+')
export const subtract = two('-')
export const multiply = two('*')
export const divide = two('/')
/** Division of integers, cut off towards zero. */
export const div = two('div')
export const rem = two('rem')
export const negate = one('-')
export const abs = one('abs')
export const round = one('round')
export const trunc = one('trunc')
export const floor = one('floor')
export const ceil = one('ceil')

export const band = two('band')
export const bor = two('bor')
export const bxor = two('bxor')
export const bnot = one('bnot')
export const bsl = two('bsl')
export const bsr = two('bsr')
