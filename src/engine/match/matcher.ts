/**
 * Matchers: a pattern compiled to a function that says whether a row matches.
 *
 * One closure per part that can fail; `"_"` and the first place of a variable cost nothing, as there is
 * nothing to check and nothing to store. Places of a repeated variable are compared at the end, when the
 * rest of the row is known to have the right form.
 *
 * Cost: O(checked parts) per row, without allocation.
 */

import type { Row } from '../row.ts'
import { equalTerms, type Term, type TermObject } from '../term.ts'
import { type Effort, effortOf } from './effort.ts'
import { type Path, readerOf } from './path.ts'
import { type Member, type Pattern, readPattern, type Shape, termOf } from './pattern.ts'

export type Test = (row: Row) => boolean
type Matcher = (term: Term) => boolean

/** A pattern that is ready for rows: what `match`, `match_object` and `match_delete` need. */
export interface CompiledPattern {
  /** The pattern as the one condition of a query, which is what plans are made from. */
  readonly clauses: readonly [{ readonly head: Pattern; readonly guards: readonly [] }]
  readonly effort: Effort
  readonly matches: Test
  /** The values of the variables in the order of their numbers. Only for a row that matches. */
  readonly bindings: (row: Row) => Term[]
}

/** Compiles the JSON form of a pattern. Errors: `badarg`/`match_spec`, see `pattern.ts`. */
export function compilePattern(json: Term): CompiledPattern {
  const pattern = readPattern(json)
  const clauses = [{ head: pattern, guards: [] }] as const
  return {
    clauses,
    effort: effortOf(clauses),
    matches: matcherOf(pattern),
    bindings: bindingsOf(pattern),
  }
}

/** The test that `pattern` makes on a whole row. */
export function matcherOf(pattern: Pattern): Test {
  const tests: Test[] = []
  const form = compileShape(pattern.shape)
  if (form !== undefined) tests.push(form)
  for (const [first, again] of pattern.repeats) tests.push(equalPlaces(first, again))
  return allOf(tests)
}

/** One test that holds where all of `tests` do, tried in order. */
export function allOf(tests: readonly Test[]): Test {
  const [first, second, third, fourth] = tests
  if (first === undefined) return () => true
  if (second === undefined) return first
  if (third === undefined) return (row) => first(row) && second(row)
  if (fourth === undefined) return (row) => first(row) && second(row) && third(row)
  return (row) => {
    for (const test of tests) if (!test(row)) return false
    return true
  }
}

function bindingsOf(pattern: Pattern): (row: Row) => Term[] {
  const readers = [...pattern.variables.values()].map(readerOf)
  return (row) => readers.map((read) => read(row))
}

function equalPlaces(first: Path, again: Path): Test {
  const readFirst = readerOf(first)
  const readAgain = readerOf(again)
  return (row) => equalTerms(readFirst(row), readAgain(row))
}

/** The matcher of a shape, or `undefined` where every term matches. */
function compileShape(shape: Shape): Matcher | undefined {
  switch (shape.kind) {
    case 'any':
    case 'variable':
      return undefined
    case 'literal': {
      const { value } = shape
      return (term) => term === value
    }
    case 'tuple':
      return compileTuple(shape.items, termOf(shape))
    case 'map':
      return compileMap(shape.members)
  }
}

function compileTuple(items: readonly Shape[], ground: Term | undefined): Matcher {
  if (ground !== undefined) return (term) => equalTerms(term, ground)
  const size = items.length
  const indexes: number[] = []
  const matchers: Matcher[] = []
  items.forEach((item, i) => {
    const matcher = compileShape(item)
    if (matcher === undefined) return
    indexes.push(i)
    matchers.push(matcher)
  })
  if (matchers.length === 0) return (term) => Array.isArray(term) && term.length === size
  return (term) => {
    if (!Array.isArray(term) || term.length !== size) return false
    for (let i = 0; i < matchers.length; i++) {
      if (!(matchers[i] as Matcher)(term[indexes[i] as number])) return false
    }
    return true
  }
}

function compileMap(members: readonly Member[]): Matcher {
  const matchers = members.map(({ name, shape }) => compileMember(name, compileShape(shape)))
  return (term) => {
    if (typeof term !== 'object' || term === null || Array.isArray(term)) return false
    for (const matcher of matchers) if (!matcher(term as TermObject)) return false
    return true
  }
}

/** Asks for own members only, so that `constructor` and `__proto__` are names like any other. */
function compileMember(name: string, matcher: Matcher | undefined): (map: TermObject) => boolean {
  if (matcher === undefined) return (map) => Object.hasOwn(map, name)
  return (map) => Object.hasOwn(map, name) && matcher(map[name] as Term)
}
