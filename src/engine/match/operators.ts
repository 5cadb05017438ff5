/**
 * Operators of match specifications: which calls exist, how many operands they take, what they compute.
 *
 * All but the connectives are plain functions of values; a connective (`and`, `or`, `andalso`, `orelse`)
 * takes one operand or more and decides itself which of them to evaluate (`evaluate.ts`).
 * A failing call yields EXIT. Type tests and comparisons take any value and never fail.
 *
 * Cost:   O(1) but for comparisons, which are O(size of the smaller operand), and sizes of strings, O(length).
 * Source: ERTS User's Guide, "Match Specifications in Erlang". `tuple_size`, `is_boolean`, `floor`, `ceil`,
 *         `min` and `max` came with later releases than OTP 25.
 */
import { compareTerms, EXIT, equalTerms, isTuple, List, type Value } from '../term.ts'
import { type Binary, binaryArithmetic, isInteger, type Unary, unaryArithmetic } from './arithmetic.ts'

export type Connective = 'and' | 'or' | 'andalso' | 'orelse'
export type Comparison = '<' | '=<' | '>' | '>=' | '==' | '/=' | '=:=' | '=/='

const connectives: ReadonlySet<string> = new Set<Connective>(['and', 'or', 'andalso', 'orelse'])

type ValueMap = { readonly [name: string]: Value }

const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof List)

const isAtom = (value: Value): boolean => value === null || typeof value === 'boolean' || value === EXIT

/** `==` and `=:=` are one: JSON cannot tell 1 from 1.0, in which alone they differ. */
const comparisons: Readonly<Record<Comparison, Binary>> = {
  '<': (a, b) => compareTerms(a, b) < 0,
  '=<': (a, b) => compareTerms(a, b) <= 0,
  '>': (a, b) => compareTerms(a, b) > 0,
  '>=': (a, b) => compareTerms(a, b) >= 0,
  '==': (a, b) => equalTerms(a, b),
  '/=': (a, b) => !equalTerms(a, b),
  '=:=': (a, b) => equalTerms(a, b),
  '=/=': (a, b) => !equalTerms(a, b),
}

const typeTests: Readonly<Record<string, Unary>> = {
  is_integer: isInteger,
  is_float: (a) => typeof a === 'number' && !isInteger(a),
  is_number: (a) => typeof a === 'number',
  is_atom: isAtom,
  is_boolean: (a) => typeof a === 'boolean',
  is_binary: (a) => typeof a === 'string',
  is_tuple: isTuple,
  is_map: isMap,
  is_list: (a) => a instanceof List,
}

const unary: ReadonlyMap<string, Unary> = new Map<string, Unary>([
  ...Object.entries(typeTests),
  ...Object.entries(unaryArithmetic),
  ['not', (a) => (typeof a === 'boolean' ? !a : EXIT)],
  ['size', (a) => (isTuple(a) ? a.length : byteSize(a))],
  ['tuple_size', (a) => (isTuple(a) ? a.length : EXIT)],
  ['byte_size', (a) => byteSize(a)],
  ['map_size', (a) => (isMap(a) ? Object.keys(a).length : EXIT)],
])

const binary: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ...Object.entries(comparisons),
  ...Object.entries(binaryArithmetic),
  ['xor', (a, b) => (typeof a === 'boolean' && typeof b === 'boolean' ? a !== b : EXIT)],
  ['element', element],
  ['is_map_key', (name, map) => (isMap(map) ? typeof name === 'string' && Object.hasOwn(map, name) : EXIT)],
  ['map_get', mapGet],
  ['min', (a, b) => (compareTerms(b, a) < 0 ? b : a)],
  ['max', (a, b) => (compareTerms(b, a) > 0 ? b : a)],
])

function element(position: Value, tuple: Value): Value {
  if (!isTuple(tuple) || !isInteger(position) || position < 1 || position > tuple.length) return EXIT
  return tuple[position - 1] as Value
}

function mapGet(name: Value, map: Value): Value {
  if (!isMap(map) || typeof name !== 'string' || !Object.hasOwn(map, name)) return EXIT
  return map[name] as Value
}

/** The number of bytes of a string in UTF-8. */
function byteSize(value: Value): Value {
  if (typeof value !== 'string') return EXIT
  let bytes = value.length
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    // One byte is counted for each unit; a surrogate has half of the four bytes of its pair.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}

export const isConnective = (operator: string): operator is Connective => connectives.has(operator)

export const isComparison = (operator: string): operator is Comparison => Object.hasOwn(comparisons, operator)

/** The function behind an operator of one or of two operands. */
export const unaryOperator = (operator: string): Unary => unary.get(operator) as Unary
export const binaryOperator = (operator: string): Binary => binary.get(operator) as Binary

/** Whether there is a call of this name with this number of operands. */
export function isCall(operator: string, operandCount: number): boolean {
  if (connectives.has(operator)) return operandCount >= 1
  return (operandCount === 1 ? unary : operandCount === 2 ? binary : connectives).has(operator)
}
