/**
 * Match specifications: reading the list of clauses and compiling it to functions of a row.
 *
 * `[[Head, [Guard...], [Body...]], ...]`. The first clause whose head matches and whose guards all hold
 * decides; the value is that of its last body expression. The others have no effects, so they are checked
 * and then forgotten.
 *
 * Compiled functions keep no state: one specification may serve any number of tables and cursors.
 *
 * Cost:   compiling O(parts), bounded by `limits.ts`; per row O(parts of the clauses tried).
 * Errors: `badarg`/`match_spec`, always when compiling and never on a row.
 * Source: ets:select/2; ERTS User's Guide, "Match Specifications in Erlang".
 */
import { badarg } from '../error.ts'
import type { Row } from '../row.ts'
import type { Term } from '../term.ts'
import { type Effort, effortOf } from './effort.ts'
import { type Expression, readExpression } from './expression.ts'
import { compileGuard, flattenGuards } from './guard.ts'
import { Budget, MAX_CLAUSES } from './limits.ts'
import { allOf, matcherOf, type Test } from './matcher.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { remainderOf } from './remainder.ts'
import { compileResult } from './result.ts'

/** One clause, as it was written. */
export interface Clause {
  readonly head: Pattern
  /** All of these must hold; a guard that is an `and` or `andalso` is taken apart. */
  readonly guards: readonly Expression[]
  readonly body: readonly Expression[]
}

/** A match specification that was read, and found to be one. */
export interface ReadSpec {
  readonly clauses: readonly Clause[]
  readonly effort: Effort
}

/** A match specification that is ready for rows. */
export interface CompiledSpec extends ReadSpec {
  /** The value for a row, as `select` gives it; `undefined` when no clause takes the row. */
  readonly result: (row: Row) => Term | undefined
  /** Whether the value for a row is `true`: what `select_count` counts and `select_delete` deletes. */
  readonly isTrue: Test
}

/** Compiles the JSON form of a match specification, for any row. */
export const compileSpec = (json: Term): CompiledSpec => compileClauses(readSpec(json))

/** `spec` for rows that lie in the range of its plan, which need not be asked what that says. */
export function withinRange(spec: ReadSpec, keypos: number): CompiledSpec {
  const [only, second] = spec.clauses
  // A range around several clauses says nothing of any one of them.
  if (only === undefined || second !== undefined) return compileClauses(spec)
  const { result, isTrue } = compileClause({ ...remainderOf(only, keypos), body: only.body })
  return { ...spec, result, isTrue }
}

/** Makes functions of what was read. */
export function compileClauses(spec: ReadSpec): CompiledSpec {
  const compiled = spec.clauses.map(compileClause)
  const [only] = compiled
  if (only !== undefined && compiled.length === 1)
    return { ...spec, result: only.result, isTrue: only.isTrue }
  return {
    ...spec,
    result: (row) => {
      for (const clause of compiled) if (clause.takes(row)) return clause.value(row)
      return undefined
    },
    isTrue: (row) => {
      for (const clause of compiled) if (clause.takes(row)) return clause.value(row) === true
      return false
    },
  }
}

/** Reads the JSON form. Errors: `badarg`/`match_spec`. */
export function readSpec(json: Term): ReadSpec {
  if (!Array.isArray(json)) throw badarg('match_spec', 'a match specification has to be a list of clauses')
  if (json.length > MAX_CLAUSES) throw badarg('match_spec', `more than ${MAX_CLAUSES} clauses`)
  const budget = new Budget()
  const clauses = json.map((clause: Term) => readClause(clause, budget))
  return { clauses, effort: effortOf(clauses) }
}

function readClause(json: Term, budget: Budget): Clause {
  if (!Array.isArray(json) || json.length !== 3)
    throw badarg('match_spec', 'a clause has to be [head, guards, body]')
  const [head, guards, body]: readonly Term[] = json
  if (!Array.isArray(guards)) throw badarg('match_spec', 'the guards have to be a list')
  if (!Array.isArray(body) || body.length === 0)
    throw badarg('match_spec', 'the body has to be a list, not empty')
  const pattern = readPattern(head as Term, budget)
  const read = (expression: Term): Expression => readExpression(expression, pattern, budget)
  return { head: pattern, guards: flattenGuards(guards.map(read)), body: body.map(read) }
}

interface CompiledClause extends Pick<CompiledSpec, 'result' | 'isTrue'> {
  /** Whether the head matches and the guards hold. */
  readonly takes: Test
  /** The value for a row that the clause takes. */
  readonly value: (row: Row) => Term
}

function compileClause({ head, guards, body }: Clause): CompiledClause {
  const takes = allOf([matcherOf(head), ...guards.map(compileGuard)])
  const last = body.at(-1) as Expression
  const value = compileResult(last)
  return {
    takes,
    value,
    result: (row) => (takes(row) ? value(row) : undefined),
    // Most counts and deletes have the body `true`: then taking the row is all there is to ask.
    isTrue:
      last.kind === 'constant' && last.value === true ? takes : (row) => takes(row) && value(row) === true,
  }
}
