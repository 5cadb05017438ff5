/**
 * Plans: which rows a query has to look at.
 *
 * A plan follows from what heads and guards say about the key: literals in the key pattern, and top-level
 * guards that compare the key, or a part of it, with a constant. It may name more rows than match, never
 * fewer: whoever follows it still asks the matcher.
 *
 * An object in a key pattern names many keys, as it is matched by its members; a constant object in a guard
 * names one. Tuples sort by size first, so a key pattern `["user", "$1"]` is one stretch of an
 * `ordered_set`: the pairs that begin with `"user"`.
 *
 * Cost:   O(parts of heads and guards), independent of the table.
 * Source: ets:select/2 on bound and partially bound keys; ranges by guards go beyond it.
 */
import type { TableType } from '../options.ts'
import { compareTerms, type Term } from '../term.ts'
import { comparisonWithConstant } from './comparison.ts'
import type { Expression } from './expression.ts'
import {
  ALL_MAPS,
  EVERYTHING,
  hull,
  type Interval,
  intersection,
  interval,
  intervalOf,
  isEmpty,
  LEAST,
  pointAt,
  pointIn,
  successorOf,
} from './interval.ts'
import type { Path } from './path.ts'
import type { Pattern, Shape } from './pattern.ts'

/** What a query looks at; plain JSON, which is also what `explain` shows. */
export type Plan =
  /** The rows under one key. */
  | { readonly kind: 'key'; readonly key: Term }
  /** The rows under several keys, in term order, each once; under none when nothing can match. */
  | { readonly kind: 'keys'; readonly keys: readonly Term[] }
  /** The rows of an `ordered_set` from `from` on and before `to`; one of the two may be missing. */
  | { readonly kind: 'range'; readonly from?: Term; readonly to?: Term }
  /** Every row. */
  | { readonly kind: 'scan' }

/** A head and the guards that must all hold: a clause, or a pattern with no guards. */
export interface Condition {
  readonly head: Pattern
  readonly guards: readonly Expression[]
}

/** The plan for rows that meet one of `conditions`. */
export function planOf(conditions: readonly Condition[], keypos: number, type: TableType): Plan {
  const intervals = conditions.map((condition) => keysOf(condition, keypos)).filter((keys) => !isEmpty(keys))
  const points = intervals.map(pointIn)
  if (points.every((point) => point !== undefined)) return lookUp(points)
  if (type !== 'ordered_set') return { kind: 'scan' }
  const range = intervals.reduce(hull)
  return range.from === undefined && range.to === undefined ? { kind: 'scan' } : { kind: 'range', ...range }
}

function lookUp(points: readonly Term[]): Plan {
  const sorted = points.toSorted(compareTerms)
  const keys = sorted.filter((key, i) => i === 0 || compareTerms(sorted[i - 1] as Term, key) !== 0)
  const [only] = keys
  return only !== undefined && keys.length === 1 ? { kind: 'key', key: only } : { kind: 'keys', keys }
}

const NOTHING: Interval = { from: LEAST, to: LEAST }

/** An interval with every key that a row meeting `condition` can have. */
function keysOf({ head, guards }: Condition, keypos: number): Interval {
  const { shape } = head
  const known = new Knowledge(head, guards)
  const path = [keypos - 1]
  switch (shape.kind) {
    case 'any':
    case 'variable':
      return known.at(path)
    case 'tuple': {
      const key = shape.items[keypos - 1]
      return key === undefined ? NOTHING : termsOf(key, path, known)
    }
    default:
      // No row is an object or a primitive.
      return NOTHING
  }
}

/** An interval with every term that `shape` can match at `path`. */
function termsOf(shape: Shape, path: Path, known: Knowledge): Interval {
  switch (shape.kind) {
    case 'any':
      return known.at(path)
    case 'variable':
      return intersection(known.at(path), known.ofVariable(shape.name))
    case 'literal':
      return intersection(pointAt(shape.value), known.at(path))
    case 'map':
      return intersection(ALL_MAPS, known.at(path))
    case 'tuple':
      return intersection(tuplesOf(shape.items, path, known), known.at(path))
  }
}

/**
 * Tuples of one size, which agree on their first elements for as long as these are single terms. The first
 * element that is not narrows the stretch once more; what follows it is free.
 */
function tuplesOf(items: readonly Shape[], path: Path, known: Knowledge): Interval {
  const prefix: Term[] = []
  for (const [i, item] of items.entries()) {
    const terms = termsOf(item, [...path, i], known)
    if (isEmpty(terms)) return NOTHING
    const point = pointIn(terms)
    if (point === undefined) return tuplesBetween(prefix, terms, items.length)
    prefix.push(point)
  }
  return pointAt(prefix)
}

/** The tuples of `size` that begin with `prefix` and go on with one of `terms`. */
function tuplesBetween(prefix: readonly Term[], terms: Interval, size: number): Interval {
  const from = leastFrom([...prefix, terms.from ?? LEAST], size)
  if (terms.to !== undefined) return interval(from, leastFrom([...prefix, terms.to], size))
  const last = prefix.at(-1)
  if (last === undefined) return interval(from, leastFrom([], size + 1))
  return interval(from, leastFrom([...prefix.slice(0, -1), successorOf(last)], size))
}

/** The first tuple of `size` that begins with `prefix`. */
const leastFrom = (prefix: readonly Term[], size: number): Term => [
  ...prefix,
  ...new Array<Term>(size - prefix.length).fill(LEAST),
]

/** What guards say about places of the row: each comparison with a constant narrows one place. */
class Knowledge {
  readonly #head: Pattern
  readonly #byPlace = new Map<string | number, Interval>()

  constructor(head: Pattern, guards: readonly Expression[]) {
    this.#head = head
    for (const guard of guards) {
      const comparison = comparisonWithConstant(guard)
      if (comparison === undefined) continue
      const path = placeOf(comparison.left)
      if (path === undefined) continue
      const terms = intervalOf(comparison.operator, comparison.constant)
      this.#byPlace.set(nameOf(path), intersection(this.at(path), terms))
    }
  }

  at(path: Path): Interval {
    return this.#byPlace.get(nameOf(path)) ?? EVERYTHING
  }

  ofVariable(name: string): Interval {
    return this.at(this.#head.variables.get(name) as Path)
  }
}

/** A place that is an element of the row, as most are, is known by its index. */
const nameOf = (path: Path): string | number =>
  path.length === 1 ? (path[0] as number) : JSON.stringify(path)

/** The place of the row that an expression names: a variable's, or an element of such a place. */
export function placeOf(expression: Expression): Path | undefined {
  if (expression.kind === 'row') return []
  if (expression.kind === 'variable') return expression.path
  if (expression.kind !== 'call' || expression.operator !== 'element') return undefined
  const [position, tuple] = expression.operands as [Expression, Expression]
  if (position.kind !== 'constant' || typeof position.value !== 'number') return undefined
  const place = placeOf(tuple)
  return place === undefined ? undefined : [...place, position.value - 1]
}
