/**
 * Walking from key to key. An `ordered_set` goes in term order, the other types in an order of their own in
 * which a key that stays is met exactly once, whatever comes and goes.
 *
 * Cost:   a step is O(log n) on an `ordered_set`, else O(1) and O(slots left empty since).
 * Source: ets:first/1, ets:next/2 and their neighbours; the `_lookup` forms are those of OTP 27.
 */
import { badarg } from '../error.ts'
import type { Row } from '../row.ts'
import type { BTree } from '../store/btree.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { deleteKey } from './objects.ts'

/** What ETS answers beyond the last key. As a key of a table it would be taken for that, as in Erlang. */
export const END_OF_TABLE = '$end_of_table'

type Direction = 'up' | 'down'

/** The first key, or `$end_of_table`. */
export const first = (table: Table, nowMs: EpochMs): Term => keyOrEnd(table, edge(table, 'up', nowMs))

/** The last key of an `ordered_set`; of other types the same as `first`. */
export const last = (table: Table, nowMs: EpochMs): Term => keyOrEnd(table, edge(table, 'down', nowMs))

/**
 * The key after `key`, or `$end_of_table`.
 *
 * Errors: `badarg`/`key` when an unordered table does not hold the key, nor held it since it was fixed.
 */
export const next = (table: Table, key: Term, nowMs: EpochMs): Term =>
  keyOrEnd(table, step(table, key, 'up', nowMs))

/** The key before `key`, or `$end_of_table`; on unordered tables the same as `next`. Errors: as `next`. */
export const prev = (table: Table, key: Term, nowMs: EpochMs): Term =>
  keyOrEnd(table, step(table, key, 'down', nowMs))

/** As `first`, with the rows under the key: `[key, rows]`. */
export const firstLookup = (table: Table, nowMs: EpochMs): Term =>
  entryOrEnd(table, edge(table, 'up', nowMs), nowMs)

export const lastLookup = (table: Table, nowMs: EpochMs): Term =>
  entryOrEnd(table, edge(table, 'down', nowMs), nowMs)

export const nextLookup = (table: Table, key: Term, nowMs: EpochMs): Term =>
  entryOrEnd(table, step(table, key, 'up', nowMs), nowMs)

export const prevLookup = (table: Table, key: Term, nowMs: EpochMs): Term =>
  entryOrEnd(table, step(table, key, 'down', nowMs), nowMs)

/**
 * The rows at a position of an `ordered_set`, counted from 0, or `$end_of_table` just beyond the last.
 *
 * Cost:   O(log n), or O(n) while rows that are due wait to be swept.
 * Errors: `badarg`/`slot`; `badarg`/`table_type` on other types, whose slots are nobody's business.
 */
export function slot(table: Table, index: Term, nowMs: EpochMs): Term {
  const { order } = table
  if (order === undefined) throw badarg('table_type')
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) > table.size(nowMs))
    throw badarg('slot')
  if (index === table.size(nowMs)) return END_OF_TABLE
  if (order.size === table.size(nowMs)) return [table.row(order.at(index as number))]
  return [allRows(table, nowMs)[index as number] as Row]
}

/** All keys, from the first on. */
export const traverse = (table: Table, nowMs: EpochMs): Term[] => keysFrom(table, 'up', nowMs)

/** All keys, from the last back. */
export const traverseBack = (table: Table, nowMs: EpochMs): Term[] => keysFrom(table, 'down', nowMs)

/** All keys with their rows, from the first on: a list of `[key, rows]`. */
export function traverseLookup(table: Table, nowMs: EpochMs): Term[] {
  const entries: Term[] = []
  eachKey(table, 'up', nowMs, (each) => entries.push(entryOrEnd(table, each, nowMs)))
  return entries
}

/**
 * Removes every key, as a walk under a fixation does that deletes what it meets. Returns the keys.
 *
 * Nothing comes between its steps, so it needs no fixation itself: the keys are listed first.
 */
export function traverseDelete(table: Table, nowMs: EpochMs): Term[] {
  const keys = keysFrom(table, 'up', nowMs)
  for (const key of keys) deleteKey(table, key, nowMs)
  return keys
}

/** Begins or ends a fixation, under which a walk may step on from a key that was removed. */
export function safeFixtable(table: Table, on: Term): true {
  if (typeof on !== 'boolean') throw badarg('options')
  if (on) table.fix()
  else table.unfix()
  return true
}

/** Every row; of an `ordered_set` in the order of its keys. Cost: O(n). */
export function allRows(table: Table, nowMs: EpochMs): Row[] {
  const rows: Row[] = []
  eachSlot(table, 'up', nowMs, (each) => rows.push(table.row(each)))
  return rows
}

/** Every row, of an `ordered_set` from the last key back. */
export function allRowsBack(table: Table, nowMs: EpochMs): Row[] {
  const rows: Row[] = []
  eachSlot(table, 'down', nowMs, (each) => rows.push(table.row(each)))
  return rows
}

function eachSlot(table: Table, direction: Direction, nowMs: EpochMs, visit: (slot: number) => void): void {
  const { order } = table
  const go = (each: number): boolean => {
    table.allowance.visit()
    visit(each)
    return true
  }
  if (order === undefined) table.walk(nowMs, go)
  else order[direction === 'up' ? 'ascend' : 'descend']({}, (each) => !table.isLive(each, nowMs) || go(each))
}

/** Visits the first slot of each key. */
function eachKey(table: Table, direction: Direction, nowMs: EpochMs, visit: (slot: number) => void): void {
  if (!table.isBag) {
    eachSlot(table, direction, nowMs, visit)
    return
  }
  for (let each = table.keyFrom(0, nowMs); each !== -1; ) {
    table.allowance.visit()
    visit(each)
    each = table.keyFrom(table.placeAt(each) + 1, nowMs)
  }
}

function keysFrom(table: Table, direction: Direction, nowMs: EpochMs): Term[] {
  const keys: Term[] = []
  eachKey(table, direction, nowMs, (each) => keys.push(table.keyAt(each)))
  return keys
}

function edge(table: Table, direction: Direction, nowMs: EpochMs): number {
  const { order } = table
  if (order === undefined) return table.keyFrom(0, nowMs)
  return liveBeside(table, direction === 'up' ? order.first() : order.last(), direction, nowMs)
}

function step(table: Table, key: Term, direction: Direction, nowMs: EpochMs): number {
  const { order } = table
  if (order !== undefined) return liveBeside(table, neighbour(order, key, direction), direction, nowMs)
  const place = table.placeOf(key, nowMs)
  if (place === -1) throw badarg('key')
  return table.keyFrom(place + 1, nowMs)
}

const neighbour = (order: BTree, key: Term, direction: Direction): number =>
  direction === 'up' ? order.next(key) : order.prev(key)

/** `slot` or the nearest beyond it whose row is still there. */
function liveBeside(table: Table, slot: number, direction: Direction, nowMs: EpochMs): number {
  if (slot === -1 || table.isLive(slot, nowMs)) return slot
  // A range goes on from row to row; a step from each dead key to the next would look every one of them up.
  const order = table.order as BTree
  const here = { key: table.keyAt(slot), basis: 'beyond' } as const
  let found = -1
  let dead = 0
  const isDead = (each: number): boolean => {
    if (table.isLive(each, nowMs)) {
      found = each
      return false
    }
    dead++
    return true
  }
  if (direction === 'up') order.ascend({ low: here }, isDead)
  else order.descend({ high: here }, isDead)
  table.allowance.pass(dead)
  return found
}

const keyOrEnd = (table: Table, each: number): Term => (each === -1 ? END_OF_TABLE : table.keyAt(each))

function entryOrEnd(table: Table, each: number, nowMs: EpochMs): Term {
  if (each === -1) return END_OF_TABLE
  const rows: Row[] = []
  for (let row = each; row !== -1; row = table.after(row, nowMs)) {
    if (row !== each) table.allowance.visit()
    rows.push(table.row(row))
  }
  return [table.keyAt(each), rows]
}
