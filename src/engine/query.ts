/**
 * Queries: visiting the rows that a pattern or match specification has to look at, and no others.
 *
 * A plan names the rows; the visitor still asks the matcher what the plan does not say. A visit of an `ordered_set` goes in term order,
 * of other types in the order of slots, and can begin behind the place where an earlier one ended, whatever
 * has changed since: a row that stays is met once.
 */

import type { VisitRow } from './contents-watch.ts'
import { QueryCache } from './match/cache.ts'
import { type Effort, visitsOf } from './match/effort.ts'
import { type CompiledPattern, compilePattern, matcherOf } from './match/matcher.ts'
import { type Plan, planOf } from './match/plan.ts'
import { remainderOf } from './match/remainder.ts'
import {
  type CompiledSpec,
  compileClauses,
  compileSpec,
  type ReadSpec,
  readSpec,
  withinRange,
} from './match/spec.ts'
import type { TableType } from './options.ts'
import type { Row } from './row.ts'
import type { BTree, Range } from './store/btree.ts'
import type { Table } from './table.ts'
import { compareTerms, type Term } from './term.ts'
import type { EpochMs } from './time.ts'

export type Direction = 'up' | 'down'

/** Behind which row a visit goes on: of an `ordered_set` its key, of other types its slot. */
export type Position = { readonly key: Term } | { readonly slot: number }

const specsOfAnyRow = new QueryCache<CompiledSpec>(compileSpec)

/** The compiled form of a match specification, for any row. Errors: `badarg`/`match_spec`. */
export const specOf = (json: Term): CompiledSpec => specsOfAnyRow.get(json)

/** A query on one table: which rows it looks at, and what that costs. Its functions are for those rows only. */
export interface Query {
  readonly plan: Plan
  readonly effort: Effort
}

export type PatternQuery = Query & Pick<CompiledPattern, 'matches' | 'bindings'>
export type SpecQuery = Query & CompiledSpec

/** A pattern as a query on `table`. Errors: `badarg`/`match_spec`. */
export const patternFor = planned<CompiledPattern, PatternQuery>(compilePattern, (pattern, keypos, type) => {
  const plan = planOf(pattern.clauses, keypos, type)
  if (plan.kind !== 'range') return { ...pattern, plan }
  return { ...pattern, plan, matches: matcherOf(remainderOf(pattern.clauses[0], keypos).head) }
})

/** A match specification as a query on `table`. Errors: `badarg`/`match_spec`. */
export const specFor = planned<ReadSpec, SpecQuery>(readSpec, (spec, keypos, type) => {
  const plan = planOf(spec.clauses, keypos, type)
  return { ...(plan.kind === 'range' ? withinRange(spec, keypos) : compileClauses(spec)), plan }
})

/** What was read of a query, and how it was planned last: as good as always it is asked of tables of one form. */
class Planned<R, Q> {
  readonly read: R
  #keypos = 0
  #type: TableType = 'set'
  #query: Q | undefined

  constructor(read: R) {
    this.read = read
  }

  for(keypos: number, type: TableType, plan: Planner<R, Q>): Q {
    if (this.#query === undefined || keypos !== this.#keypos || type !== this.#type) {
      this.#query = plan(this.read, keypos, type)
      this.#keypos = keypos
      this.#type = type
    }
    return this.#query
  }
}

type Planner<R, Q> = (read: R, keypos: number, type: TableType) => Q

/** Queries that are read once, and planned again only for tables of another form. */
function planned<R, Q>(read: (json: Term) => R, plan: Planner<R, Q>): (table: Table, json: Term) => Q {
  const known = new QueryCache((json) => new Planned<R, Q>(read(json)))
  return (table, json) => known.get(json).for(table.keypos, table.options.type, plan)
}

/**
 * Visits every row that a query may match. Nothing may change meanwhile.
 *
 * Errors: `too_large` beyond the rows that the turn may look at.
 */
export function visitAll(
  table: Table,
  { plan, effort }: Query,
  nowMs: EpochMs,
  visit: (slot: number, row: Row) => void,
  direction: Direction = 'up',
): void {
  const { allowance } = table
  // Most queries cost the same on every row.
  const cost = effort.sized === 0 ? visitsOf(effort, 0) : undefined
  visitFrom(table, plan, direction, undefined, nowMs, (slot, row) => {
    allowance.visit(cost ?? visitsOf(effort, table.rowBytes(slot)))
    visit(slot, row)
    return true
  })
}

/** Visits the rows of a plan behind `position` until the visitor answers `false`; says whether it never did. */
export function visitFrom(
  table: Table,
  plan: Plan,
  direction: Direction,
  position: Position | undefined,
  nowMs: EpochMs,
  visit: VisitRow,
): boolean {
  const { order } = table
  if (order !== undefined) return visitOrdered(table, order, plan, direction, position, nowMs, visit)
  const from = position !== undefined && 'slot' in position ? position.slot + 1 : 0
  if (plan.kind !== 'key' && plan.kind !== 'keys') return table.walk(nowMs, visit, from)
  const slots = slotsUnder(table, plan.kind === 'key' ? [plan.key] : plan.keys, from, nowMs)
  // Of so many it is no dearer to look at all rows, which can be stopped at any of them.
  if (slots === undefined) return table.walk(nowMs, visit, from)
  // Several visits must agree on an order that outlasts changes; within one the order of insertion is nicer.
  const inOrder = position !== undefined || plan.kind === 'keys' ? Int32Array.from(slots).sort() : slots
  for (const slot of inOrder) if (!visit(slot, table.row(slot))) return false
  return true
}

/** The slots from `from` on under the keys; `undefined` when they are more than a turn may look at. */
function slotsUnder(table: Table, keys: readonly Term[], from: number, nowMs: EpochMs): number[] | undefined {
  const slots: number[] = []
  let seen = 0
  for (const key of keys) {
    for (let slot = table.find(key, nowMs); slot !== -1; slot = table.after(slot, nowMs)) {
      if (seen++ === table.allowance.maxVisited) return undefined
      if (slot >= from) slots.push(slot)
    }
  }
  return slots
}

function visitOrdered(
  table: Table,
  order: BTree,
  plan: Plan,
  direction: Direction,
  position: Position | undefined,
  nowMs: EpochMs,
  visit: VisitRow,
): boolean {
  const behind = position !== undefined && 'key' in position ? position.key : undefined
  if (plan.kind === 'key' || plan.kind === 'keys') {
    const keys = plan.kind === 'key' ? [plan.key] : direction === 'up' ? plan.keys : plan.keys.toReversed()
    for (const key of keys) {
      const slot = isBehind(key, behind, direction) ? table.find(key, nowMs) : -1
      if (slot !== -1 && !visit(slot, table.row(slot))) return false
    }
    return true
  }
  const range = rangeOf(plan, behind, direction)
  const visitRow = table.mayHoldDead
    ? (slot: number): boolean => !table.isLive(slot, nowMs) || visit(slot, table.row(slot))
    : (slot: number): boolean => visit(slot, table.row(slot))
  return direction === 'up' ? order.ascend(range, visitRow) : order.descend(range, visitRow)
}

function isBehind(key: Term, behind: Term | undefined, direction: Direction): boolean {
  if (behind === undefined) return true
  const order = compareTerms(key, behind)
  return direction === 'up' ? order > 0 : order < 0
}

/** A plan's range from `behind` on; a plan includes its lower end and leaves out its upper one. */
function rangeOf(plan: Plan, behind: Term | undefined, direction: Direction): Range {
  const { from, to } = plan.kind === 'range' ? plan : { from: undefined, to: undefined }
  const low = from === undefined ? undefined : ({ key: from, basis: 'at' } as const)
  const high = to === undefined ? undefined : ({ key: to, basis: 'beyond' } as const)
  if (behind === undefined) return { low, high }
  const edge = { key: behind, basis: 'beyond' } as const
  if (direction === 'up') return { low: low && isBehind(low.key, behind, 'up') ? low : edge, high }
  return { low, high: high && !isBehind(behind, high.key, 'down') ? high : edge }
}
