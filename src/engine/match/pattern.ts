/**
 * Patterns: reading the JSON form into shapes and checking it.
 *
 * `"_"` is anything, `"$N"` a variable, `{"const": T}` the data T; an array is matched element by element,
 * any other object by the members it names, everything else by equality. Objects inside `const` are matched
 * by their members as well, so data turns into the same shapes, with its strings taken plainly.
 *
 * Cost:   O(parts of the pattern), bounded by `limits.ts`.
 * Errors: `badarg`/`match_spec` beyond the limits, or for a value that is not a term. A pattern that can
 *         match no row is not an error.
 * Source: ets:match/2; the JSON form is that of the conformance vectors.
 */
import { badarg } from '../error.ts'
import type { Term, TermObject } from '../term.ts'
import { Budget } from './limits.ts'
import type { Path } from './path.ts'

export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: Primitive }
  | { readonly kind: 'tuple'; readonly items: readonly Shape[] }
  | { readonly kind: 'map'; readonly members: readonly Member[] }

export interface Member {
  readonly name: string
  readonly shape: Shape
}

export type Primitive = number | string | boolean | null

export interface Pattern {
  readonly shape: Shape
  /** Where each variable stands first, in the order of the variable numbers. */
  readonly variables: ReadonlyMap<string, Path>
  /** Pairs of places that must hold equal terms: a variable's first place and one of its others. */
  readonly repeats: readonly (readonly [first: Path, again: Path])[]
}

export const ANY: Shape = { kind: 'any' }
const VARIABLE = /^\$(?:0|[1-9][0-9]*)$/

/** Whether a string is a variable where strings are not data: `$0`, `$1`, `$17`, but not `$01` or `$x`. */
export const isVariable = (text: string): boolean => text.startsWith('$') && VARIABLE.test(text)

/** Reads a pattern. A clause shares one `budget` among its parts. */
export function readPattern(json: Term, budget = new Budget()): Pattern {
  const reading = new PatternReading(budget)
  const shape = reading.pattern(json, [])
  return { shape, variables: inNumberOrder(reading.variables), repeats: reading.repeats }
}

/** One run over a pattern, collecting its variables on the way. */
class PatternReading {
  readonly variables = new Map<string, Path>()
  readonly repeats: (readonly [Path, Path])[] = []
  readonly #budget: Budget

  constructor(budget: Budget) {
    this.#budget = budget
  }

  pattern(json: Term, path: Path): Shape {
    if (typeof json === 'string') {
      this.#budget.spend(path.length)
      if (json === '_') return ANY
      return isVariable(json) ? this.#variable(json, path) : { kind: 'literal', value: json }
    }
    const data = dataOf(json)
    if (data !== undefined) return this.#data(data, path)
    return this.#compound(json, path, (part, place) => this.pattern(part, place))
  }

  #data(json: Term, path: Path): Shape {
    return this.#compound(json, path, (part, place) => this.#data(part, place))
  }

  /** An array, object or primitive whose parts are read by `readPart`. */
  #compound(json: Term, path: Path, readPart: (part: Term, path: Path) => Shape): Shape {
    this.#budget.spend(path.length)
    if (isPrimitive(json)) return { kind: 'literal', value: json }
    if (typeof json !== 'object') throw badarg('match_spec', 'a pattern holds a value that is not a term')
    if (Array.isArray(json)) {
      return { kind: 'tuple', items: json.map((item: Term, i) => readPart(item, [...path, i])) }
    }
    const members = Object.entries(json as TermObject)
    return {
      kind: 'map',
      members: members.map(([name, part]) => ({ name, shape: readPart(part, [...path, name]) })),
    }
  }

  #variable(name: string, path: Path): Shape {
    const first = this.variables.get(name)
    if (first === undefined) this.variables.set(name, path)
    else this.repeats.push([first, path])
    return { kind: 'variable', name }
  }
}

/** T of `{"const": T}`, where `json` is of that form. Other members make it a plain object. */
export function dataOf(json: Term): Term | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'const')) return undefined
  return Object.keys(json).length === 1 ? (json as TermObject).const : undefined
}

/** Whether `json` is a number, string, boolean or `null`. A number that JSON cannot write is no term. */
export const isPrimitive = (json: Term): json is Primitive =>
  typeof json === 'number'
    ? Number.isFinite(json)
    : json === null || typeof json === 'string' || typeof json === 'boolean'

/** Sorts by number, of any length: `$2` comes before `$10`. */
function inNumberOrder(variables: ReadonlyMap<string, Path>): ReadonlyMap<string, Path> {
  if (variables.size < 2) return variables
  const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1)
  return new Map([...variables].sort(([a], [b]) => byNumber(a, b)))
}

/** The one term that `shape` stands for, if it is but one. An object shape stands for many. */
export function termOf(shape: Shape): Term | undefined {
  if (shape.kind === 'literal') return shape.value
  if (shape.kind !== 'tuple') return undefined
  const items: Term[] = []
  for (const item of shape.items) {
    const term = termOf(item)
    if (term === undefined) return undefined
    items.push(term)
  }
  return items
}
