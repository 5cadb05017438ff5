/**
 * The verbs for whole rows: insert, look up, remove. O(1) a row, O(log n) on an `ordered_set`.
 *
 * Rows under one key of a bag count as rows looked at: beyond what one call may, any of these is `too_large`.
 *
 * Source: ets:insert/2 and its neighbours; the specification lists what differs.
 */

import { badarg } from '../error.ts'
import { asRow, asRows, keyOf, type Row } from '../row.ts'
import { type Marks, UNMARKED } from '../slot-image.ts'
import type { Timing } from '../store/slots.ts'
import type { Table } from '../table.ts'
import { equalTerms, type Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { defaultTimingOf, type TimingOptions, timingOf } from './timing.ts'

export interface MarkOptions {
  /** The rows are not evicted. */
  readonly pin?: boolean | undefined
  /** What the rows are taken away by, or made stale; see {@link invalidateTags}. */
  readonly tags?: readonly string[] | undefined
}

/** What is said of rows that are inserted. Checked by the protocol. */
export interface InsertListOptions extends TimingOptions, MarkOptions {}

export interface InsertOptions extends InsertListOptions {
  /** The key that the row must have, for callers that name it apart from the row. */
  readonly key?: Term
}

/**
 * Stores one row, replacing what is under its key; in a bag beside what is there.
 *
 * Shape:  a `bag` that holds an equal row already keeps it in its place.
 * Errors: `badarg` with `object`, `key`, `ttl`; `table_full`, `too_large`, as for every verb that adds rows.
 */
export function insert(table: Table, row: Term, options: InsertOptions | undefined, nowMs: EpochMs): true {
  const checked = asRow(row, table.keypos)
  if (options === undefined) return store(table, checked, defaultTimingOf(table, nowMs), UNMARKED, nowMs)
  if (options.key !== undefined && !equalTerms(options.key, keyOf(checked, table.keypos))) {
    throw badarg('key', 'the row has another key')
  }
  return store(table, checked, timingOf(table, options, nowMs), marksOf(options), nowMs)
}

/** Stores every row of a list, or none when one of them is bad. Errors: as {@link insert}. */
export function insertList(table: Table, rows: Term, options: InsertListOptions, nowMs: EpochMs): true {
  return storeAll(table, asRows(rows, table.keypos), options, nowMs)
}

/** Stores a row unless its key is taken; says whether it did. Errors: as {@link insert}. */
export function insertNew(table: Table, row: Term, options: InsertListOptions, nowMs: EpochMs): boolean {
  const checked = asRow(row, table.keypos)
  if (table.find(keyOf(checked, table.keypos), nowMs) !== -1) return false
  return store(table, checked, timingOf(table, options, nowMs), marksOf(options), nowMs)
}

/** Stores every row of a list unless one of their keys is taken; says whether it did. */
export function insertNewList(table: Table, rows: Term, options: InsertListOptions, nowMs: EpochMs): boolean {
  const checked = asRows(rows, table.keypos)
  for (const row of checked) if (table.find(keyOf(row, table.keypos), nowMs) !== -1) return false
  return storeAll(table, checked, options, nowMs)
}

/** Checked options as the table takes them. */
export function marksOf({ pin = false, tags = UNMARKED.tags }: MarkOptions): Marks {
  if (!pin && tags.length === 0) return UNMARKED
  return { isPinned: pin, tags: tags.length < 2 ? tags : [...new Set(tags)].sort() }
}

function storeAll(table: Table, rows: readonly Row[], options: InsertListOptions, nowMs: EpochMs): true {
  const marks = marksOf(options)
  // Each row its own timing: jitter is there to part them.
  for (const row of rows) store(table, row, timingOf(table, options, nowMs), marks, nowMs)
  return true
}

function store(table: Table, row: Row, timing: Timing, marks: Marks, nowMs: EpochMs): true {
  if (!table.isBag) {
    table.put(row, nowMs, timing, marks)
    return true
  }
  const slot = table.options.type === 'bag' ? findEqual(table, row, nowMs) : -1
  if (slot === -1) table.add(row, nowMs, timing, marks)
  else table.replace(slot, row, nowMs, timing, marks)
  return true
}

/** What comparing a row with one that is to be stored costs, in visits. */
const COMPARISON = 1 / 8

function findEqual(table: Table, row: Row, nowMs: EpochMs): number {
  let slot = table.find(keyOf(row, table.keypos), nowMs)
  while (slot !== -1) {
    table.allowance.visit(COMPARISON)
    if (equalTerms(table.row(slot), row)) return slot
    slot = table.after(slot, nowMs)
  }
  return -1
}

/** The rows under `key`, in the order they came. Counts as a read of idling rows. */
export function lookup(table: Table, key: Term, nowMs: EpochMs): readonly Row[] {
  const first = table.find(key, nowMs)
  if (first === -1) {
    table.noteMiss(key, nowMs)
    return []
  }
  table.noteHit(first, nowMs)
  if (!table.isBag) {
    return [table.row(first)]
  }
  const rows: Row[] = []
  for (let slot = first; slot !== -1; slot = table.after(slot, nowMs)) {
    table.allowance.visit()
    rows.push(table.row(slot))
    if (slot !== first) table.noteRead(slot, nowMs)
  }
  return rows
}

/**
 * The element at `position` of the row under `key`; in a bag the list of them.
 *
 * Errors: `badarg` with `key` when there is no row and no `fallback`, `position`.
 */
export function lookupElement(
  table: Table,
  key: Term,
  position: Term,
  fallback: Term | undefined,
  nowMs: EpochMs,
): Term {
  if (!Number.isInteger(position) || (position as number) < 1) throw badarg('position')
  const rows = lookup(table, key, nowMs)
  if (rows.length === 0) {
    if (fallback === undefined) throw badarg('key')
    return fallback
  }
  const elements = rows.map((row) => {
    const element = row[(position as number) - 1]
    if (element === undefined) throw badarg('position')
    return element
  })
  return table.isBag ? elements : (elements[0] as Term)
}

/** Whether there is a row under `key`. Does not count as a read. */
export const member = (table: Table, key: Term, nowMs: EpochMs): boolean => table.find(key, nowMs) !== -1

/** Says of the rows under `key` whether they may be evicted; says whether there is one. */
export function pin(table: Table, key: Term, isPinned: boolean, nowMs: EpochMs): boolean {
  const first = table.find(key, nowMs)
  for (let slot = first; slot !== -1; slot = table.after(slot, nowMs)) {
    if (table.isBag) table.allowance.visit()
    table.mark(slot, { ...table.marks(slot), isPinned }, nowMs)
  }
  return first !== -1
}

export interface InvalidateOptions {
  /** Lets the rows be stale instead of taking them away. */
  readonly soft?: boolean
}

/**
 * Takes away every row that carries one of `tags` and was written before, or lets it be stale; `true` whether or not
 * there is one.
 *
 * Cost: O(1) a tag, however many rows carry it; their memory is given back later.
 */
export function invalidateTags(
  table: Table,
  tags: readonly string[],
  { soft = false }: InvalidateOptions,
  nowMs: EpochMs,
): true {
  table.invalidate(new Set(tags), soft, nowMs)
  return true
}

/** Removes the rows under `key`; `true` whether or not there were any. */
export function deleteKey(table: Table, key: Term, nowMs: EpochMs): true {
  if (table.isBag) {
    take(table, key, nowMs)
    return true
  }
  const slot = table.find(key, nowMs)
  if (slot !== -1) table.remove(slot, nowMs)
  return true
}

/** Removes the rows under `key` and returns them, in the order they came. */
export function take(table: Table, key: Term, nowMs: EpochMs): readonly Row[] {
  return removeWhere(table, key, () => true, nowMs)
}

/** Removes every row equal to `row`; `true` whether or not there were any. Errors: `badarg`/`object`. */
export function deleteObject(table: Table, row: Term, nowMs: EpochMs): true {
  const wanted = asRow(row, table.keypos)
  removeWhere(table, keyOf(wanted, table.keypos), (each) => equalTerms(each, wanted), nowMs)
  return true
}

function removeWhere(table: Table, key: Term, test: (row: Row) => boolean, nowMs: EpochMs): Row[] {
  const slots: number[] = []
  const removed: Row[] = []
  // Listed first: a call that may not look at all of them is then refused before it has anything to take back.
  for (let slot = table.find(key, nowMs); slot !== -1; slot = table.after(slot, nowMs)) {
    if (table.isBag) table.allowance.visit()
    const row = table.row(slot)
    if (!test(row)) continue
    slots.push(slot)
    removed.push(row)
  }
  for (const slot of slots) table.remove(slot, nowMs)
  return removed
}

/** Removes every row. Cost: O(1), but O(n) under a fixation. */
export function deleteAllObjects(table: Table, nowMs: EpochMs): true {
  table.clear(nowMs)
  return true
}
