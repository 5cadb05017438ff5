/**
 * Intervals of terms: what is known about where a term stands in the order of terms.
 *
 * An interval is half-open: `from` belongs to it, `to` does not. No other kind is needed, because every
 * term has an immediate successor (after `5` the next double, after `"a"` the string `"a\0"`, after a tuple
 * the one whose last element is the successor of its last), so `> x` starts at the successor of x and `=< x`
 * ends there. All bounds are therefore ordinary terms, which any ordered store can look for.
 *
 * Cost: O(size of the bounds).
 */
import { compareTerms, sortedNames, type Term, type TermObject } from '../term.ts'
import { buildMap } from './evaluate.ts'
import type { Comparison } from './operators.ts'

/** Without `from` it starts before all terms, without `to` it ends after them. */
export interface Interval {
  readonly from?: Term
  readonly to?: Term
}

export const EVERYTHING: Interval = {}

/** No term is smaller: numbers come first, and this is the first of them. */
export const LEAST: Term = -Number.MAX_VALUE

/** Every object: after all arrays, and before all strings, as lists are not stored. */
export const ALL_MAPS: Interval = { from: {}, to: '' }

/** The interval that holds `term` alone. */
export const pointAt = (term: Term): Interval => ({ from: term, to: successorOf(term) })

/** The one term in `interval`, if there is just one. */
export function pointIn({ from, to }: Interval): Term | undefined {
  if (from === undefined || to === undefined) return undefined
  return compareTerms(successorOf(from), to) === 0 ? from : undefined
}

export const isEmpty = ({ from, to }: Interval): boolean =>
  from !== undefined && to !== undefined && compareTerms(from, to) >= 0

/** The terms that stand in `operator` to `bound`, as far as they are one interval. */
export function intervalOf(operator: Comparison, bound: Term): Interval {
  switch (operator) {
    case '<':
      return { to: bound }
    case '=<':
      return { to: successorOf(bound) }
    case '>':
      return { from: successorOf(bound) }
    case '>=':
      return { from: bound }
    case '==':
    case '=:=':
      return pointAt(bound)
    case '/=':
    case '=/=':
      return EVERYTHING
  }
}

/** The terms that are in both. */
export const intersection = (a: Interval, b: Interval): Interval =>
  interval(orOther(greater, a.from, b.from), orOther(smaller, a.to, b.to))

/** The smallest interval around both; neither may be empty. */
export const hull = (a: Interval, b: Interval): Interval =>
  interval(orNone(smaller, a.from, b.from), orNone(greater, a.to, b.to))

/** An interval with those bounds that there are. */
export const interval = (from: Term | undefined, to: Term | undefined): Interval => ({
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
})

type Choose = (a: Term, b: Term) => Term
type Bound = Term | undefined

const smaller: Choose = (a, b) => (compareTerms(a, b) <= 0 ? a : b)
const greater: Choose = (a, b) => (compareTerms(a, b) >= 0 ? a : b)

/** The chosen of two bounds; where one is missing, the other. */
const orOther = (choose: Choose, a: Bound, b: Bound): Bound =>
  a === undefined ? b : b === undefined ? a : choose(a, b)

/** The chosen of two bounds; where one is missing, none. */
const orNone = (choose: Choose, a: Bound, b: Bound): Bound =>
  a === undefined || b === undefined ? undefined : choose(a, b)

/** The term that follows `term` with none between them. */
export function successorOf(term: Term): Term {
  switch (typeof term) {
    case 'number':
      return term === Number.MAX_VALUE ? false : nextDouble(term)
    case 'string':
      return `${term}\0`
    case 'boolean':
      return term ? [] : null
    default:
      if (term === null) return true
      return Array.isArray(term) ? successorOfTuple(term) : successorOfMap(term as TermObject)
  }
}

function successorOfTuple(tuple: readonly Term[]): Term {
  const last = tuple.at(-1)
  return last === undefined ? [LEAST] : [...tuple.slice(0, -1), successorOf(last)]
}

/** Objects compare by size, then by names, then by values: the last value of the last name moves first. */
function successorOfMap(map: TermObject): Term {
  const names = sortedNames(map)
  const last = names.at(-1)
  if (last === undefined) return { '': LEAST }
  const values = names.map((name) => map[name] as Term)
  return buildMap(names, [...values.slice(0, -1), successorOf(values.at(-1) as Term)])
}

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
/** Of a double of 1 it is the high half that is not zero. */
const HIGH = new Uint32Array(new Float64Array([1]).buffer).findIndex((half) => half !== 0)
const LOW = 1 - HIGH

/** The next greater double. The bits of doubles of one sign, read as an integer, are in order. */
function nextDouble(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  double[0] = value
  const low = halves[LOW] as number
  const next = value > 0 ? low + 1 : low - 1
  halves[LOW] = next
  if (next === 2 ** 32) (halves[HIGH] as number)++
  if (next === -1) (halves[HIGH] as number)--
  // The successor of the greatest negative double is -0, which is 0.
  return (double[0] as number) + 0
}
