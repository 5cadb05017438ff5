/**
 * Keys that begin with a text, listed and removed in slices.
 *
 * Cost:   O(rows of the table) for a whole pass, in slices as large as one call may look at; on an `ordered_set`
 *         O(keys that begin so).
 * Limits: a key that stays throughout is met once, whatever changes between slices.
 */
import type { Database } from '../engine/database.ts'
import type { Plan } from '../engine/match/plan.ts'
import { type Position, visitFrom } from '../engine/query.ts'
import type { Table } from '../engine/table.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { cursorOf, positionOf } from '../engine/verbs/pages.ts'
import { findCache } from './defaults.ts'

export interface PrefixOptions {
  readonly limit?: number
  readonly cursor?: Term
}

const DEFAULT_LIMIT = 1000

/** Keys that are strings and begin with `prefix`: `{"keys": [...], "cursor": ...}`, `cursor` `null` at the end. */
export function keys(
  database: Database,
  name: string,
  prefix: string,
  options: PrefixOptions,
  nowMs: EpochMs,
): Term {
  const table = findCache(database, name)
  if (table === undefined) return { keys: [], cursor: null }
  const { slots, cursor } = slice(table, prefix, options, nowMs)
  return { keys: slots.map((slot) => table.keyAt(slot)), cursor }
}

/** Removes entries whose keys begin with `prefix`: `{"deleted": n, "cursor": ...}`; call again until it is `null`. */
export function removeByPrefix(
  database: Database,
  name: string,
  prefix: string,
  options: PrefixOptions,
  nowMs: EpochMs,
): Term {
  const table = findCache(database, name)
  if (table === undefined) return { deleted: 0, cursor: null }
  const { slots, cursor } = slice(table, prefix, options, nowMs)
  for (const slot of slots) table.remove(slot, nowMs)
  return { deleted: slots.length, cursor }
}

function slice(
  table: Table,
  prefix: string,
  { limit = DEFAULT_LIMIT, cursor = null }: PrefixOptions,
  nowMs: EpochMs,
): { slots: number[]; cursor: Term } {
  const slots: number[] = []
  let last = -1
  let isPast = false
  const from = positionOf(table, cursor) ?? START
  const reachedEnd = visitFrom(table, planFor(table, prefix), 'up', from, nowMs, (slot) => {
    if (!table.allowance.tryVisit(1)) return false
    const key = table.keyAt(slot)
    const hasPrefix = typeof key === 'string' && key.startsWith(prefix)
    // In an order nothing that begins otherwise stands between keys that begin so; strings come last of all.
    isPast = table.order !== undefined && typeof key === 'string' && !hasPrefix
    if (isPast) return false
    last = slot
    if (hasPrefix) slots.push(slot)
    return slots.length < limit
  })
  if (reachedEnd || isPast) return { slots, cursor: null }
  if (last === -1) throw table.allowance.tooManyVisited()
  return { slots, cursor: cursorOf(table, placeOf(table, last)) }
}

/** In an order, the keys from the prefix on; else every row. */
const planFor = (table: Table, prefix: string): Plan =>
  table.order === undefined ? { kind: 'scan' } : { kind: 'range', from: prefix }

const START: Position = { slot: -1 }

const placeOf = (table: Table, slot: number): Position =>
  table.order === undefined ? { slot } : { key: table.keyAt(slot) }
