/**
 * Queries: visiting the rows that a pattern or match specification has to look at, and no others.
 *
 * A plan names the rows; the visitor still asks the matcher. A visit of an `ordered_set` goes in term order,
 * of other types in the order of slots, and can begin behind the place where an earlier one ended, whatever
 * has changed since: a row that stays is met once.
 */

import type { VisitRow } from './contents.ts'
import { EtsError } from './error.ts'
import { QueryCache } from './match/cache.ts'
import { type CompiledPattern, compilePattern } from './match/matcher.ts'
import { type Condition, type Plan, planOf } from './match/plan.ts'
import { type CompiledSpec, compileSpec } from './match/spec.ts'
import type { Row } from './row.ts'
import type { BTree, Range } from './store/btree.ts'
import type { Table } from './table.ts'
import { compareTerms, type Term } from './term.ts'
import type { EpochMs } from './time.ts'

export type Direction = 'up' | 'down'

/** Behind which row a visit goes on: of an `ordered_set` its key, of other types its slot. */
export type Position = { readonly key: Term } | { readonly slot: number }

const patterns = new QueryCache<CompiledPattern>(compilePattern)
const specs = new QueryCache<CompiledSpec>(compileSpec)

/** The compiled form of a pattern. Errors: `badarg`/`match_spec`. */
export const patternOf = (json: Term): CompiledPattern => patterns.get(json)

/** The compiled form of a match specification. Errors: `badarg`/`match_spec`. */
export const specOf = (json: Term): CompiledSpec => specs.get(json)

/** The clauses of a compiled query, from which its plan is made. */
export type Clauses = readonly Condition[]

/** Which rows of `table` a query looks at. */
export const planFor = (table: Table, clauses: Clauses): Plan =>
  planOf(clauses, table.keypos, table.options.type)

/**
 * Visits every row that a query may match. Nothing may change meanwhile.
 *
 * Errors: `too_large` beyond the rows that one call may look at.
 */
export function visitAll(
  table: Table,
  clauses: Clauses,
  nowMs: EpochMs,
  visit: (slot: number, row: Row) => void,
  direction: Direction = 'up',
): void {
  let left = table.maxVisited
  visitFrom(table, planFor(table, clauses), direction, undefined, nowMs, (slot, row) => {
    if (left-- <= 0) throw tooManyVisited(table)
    visit(slot, row)
    return true
  })
}

/** The refusal of a call that would have to look at more rows than it may. `scan` goes on where it stopped. */
export const tooManyVisited = ({ maxVisited }: Table): EtsError =>
  new EtsError('too_large', { what: 'rows looked at by one call; use scan', limit: maxVisited })

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
  const slots = slotsUnder(table, plan.kind === 'key' ? [plan.key] : plan.keys, nowMs)
  // Several visits must agree on an order that outlasts changes; within one the order of insertion is nicer.
  if (position !== undefined || plan.kind === 'keys') slots.sort((a, b) => a - b)
  return slots.every((slot) => slot < from || visit(slot, table.row(slot)))
}

function slotsUnder(table: Table, keys: readonly Term[], nowMs: EpochMs): number[] {
  const slots: number[] = []
  for (const key of keys) {
    for (let slot = table.find(key, nowMs); slot !== -1; slot = table.after(slot, nowMs)) slots.push(slot)
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
    return slotsUnder(
      table,
      keys.filter((key) => isBehind(key, behind, direction)),
      nowMs,
    ).every((slot) => visit(slot, table.row(slot)))
  }
  const range = rangeOf(plan, behind, direction)
  return order[direction === 'up' ? 'ascend' : 'descend'](
    range,
    (slot) => !table.isLive(slot, nowMs) || visit(slot, table.row(slot)),
  )
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
