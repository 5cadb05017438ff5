/**
 * Patterns and match specifications over whole tables.
 *
 * Cost:   of what has to be looked at, which `explain` tells: a look-up where the key is bound, a range of an
 *         `ordered_set` where a prefix or a guard bounds it, else every row.
 * Errors: `badarg`/`match_spec`; `too_large` where more rows must be looked at than one call may.
 * Source: ets:match/2, ets:select/2 and their relatives.
 */
import { badarg } from '../error.ts'
import type { Test } from '../match/matcher.ts'
import { replacementOf } from '../match/replace.ts'
import { type Direction, patternFor, type Query, specFor, visitAll } from '../query.ts'
import { checkRow, type Row, rowBytes } from '../row.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'

/** For each row that matches, the values of the pattern's variables by their numbers. */
export function match(table: Table, pattern: Term, nowMs: EpochMs): Term[][] {
  const query = patternFor(table, pattern)
  const { matches, bindings } = query
  const found: Term[][] = []
  visitAll(table, query, nowMs, (_, row) => {
    if (matches(row)) found.push(bindings(row))
  })
  return found
}

/** The rows that match. */
export function matchObject(table: Table, pattern: Term, nowMs: EpochMs): Row[] {
  const query = patternFor(table, pattern)
  return slotsWhere(table, query, query.matches, nowMs).map((slot) => table.row(slot))
}

/** Removes the rows that match; `true` whether or not there were any. */
export function matchDelete(table: Table, pattern: Term, nowMs: EpochMs): true {
  const query = patternFor(table, pattern)
  for (const slot of slotsWhere(table, query, query.matches, nowMs)) table.remove(slot, nowMs)
  return true
}

/** What the specification gives for each row that one of its clauses takes. */
export const select = (table: Table, spec: Term, nowMs: EpochMs): Term[] => results(table, spec, 'up', nowMs)

/** As `select`, of an `ordered_set` from the last key back. */
export const selectReverse = (table: Table, spec: Term, nowMs: EpochMs): Term[] =>
  results(table, spec, 'down', nowMs)

function results(table: Table, spec: Term, direction: Direction, nowMs: EpochMs): Term[] {
  const query = specFor(table, spec)
  const { result } = query
  const found: Term[] = []
  const collect = (_: number, row: Row): void => {
    const value = result(row)
    if (value !== undefined) found.push(value)
  }
  visitAll(table, query, nowMs, collect, direction)
  return found
}

/** The number of rows for which the specification gives `true`. */
export function selectCount(table: Table, spec: Term, nowMs: EpochMs): number {
  const query = specFor(table, spec)
  const { isTrue } = query
  let count = 0
  visitAll(table, query, nowMs, (_, row) => {
    if (isTrue(row)) count++
  })
  return count
}

/** Removes the rows for which the specification gives `true`; returns how many. */
export function selectDelete(table: Table, spec: Term, nowMs: EpochMs): number {
  const query = specFor(table, spec)
  const slots = slotsWhere(table, query, query.isTrue, nowMs)
  for (const slot of slots) table.remove(slot, nowMs)
  return slots.length
}

/**
 * Puts what the specification gives in the place of each row that it takes; returns how many.
 *
 * Shape:  the key stays, and so do place and deadline.
 * Errors: `badarg` with `match_spec` where a clause does not visibly keep the key, `table_type` for a `bag`,
 *         `object` where a new row is nested too deep; `too_large` also where it is too large.
 */
export function selectReplace(table: Table, spec: Term, nowMs: EpochMs): number {
  const query = specFor(table, spec)
  const replace = replacementOf(query, table.keypos, table.options.type)
  const changes: { readonly slot: number; readonly row: Row }[] = []
  visitAll(table, query, nowMs, (slot, row) => {
    const replacement = replace(row)
    if (replacement === undefined) return
    // Counted here too, as rows that are made and not yet stored take their memory.
    table.allowance.write(rowBytes(replacement))
    changes.push({ slot, row: checkRow(replacement) })
  })
  let replaced = 0
  for (const { slot, row } of changes) {
    // A row that grew may have pushed this one out.
    if (!table.isTaken(slot)) continue
    table.replace(slot, row, nowMs)
    replaced++
  }
  return replaced
}

const EXPLAINED = [
  'match',
  'match_object',
  'match_delete',
  'select',
  'select_reverse',
  'select_count',
  'select_delete',
  'select_replace',
] as const

/** What a query would look at, without looking: its plan. Errors: `badarg` with `item`, `match_spec`. */
export function explain(table: Table, verb: Term, query: Term): Term {
  if (!EXPLAINED.includes(verb as (typeof EXPLAINED)[number])) {
    throw badarg('item', `one of ${EXPLAINED.join(', ')}`)
  }
  const { plan } = String(verb).startsWith('match') ? patternFor(table, query) : specFor(table, query)
  return { ...plan }
}

function slotsWhere(table: Table, query: Query, test: Test, nowMs: EpochMs): number[] {
  const slots: number[] = []
  visitAll(table, query, nowMs, (slot, row) => {
    if (test(row)) slots.push(slot)
  })
  return slots
}
