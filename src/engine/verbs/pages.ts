/**
 * Pages: the limited forms of `match` and `select`, which come in pieces and go on where they stopped.
 *
 * Three ways in, one pager: `..._chunks` runs to the end, `cursor_open` and `cursor_next` keep the place under a
 * name in the table, `scan` hands the place to the caller and keeps nothing.
 *
 * A pager goes on behind the last row it gave, in the table as it is by then, whether or not that row still
 * exists: rows that stay are met once. A page that came out short was the last.
 */
import { badarg, type EtsError } from '../error.ts'
import { MAX_CURSORS } from '../limits.ts'
import { type Effort, visitsOf } from '../match/effort.ts'
import type { Plan } from '../match/plan.ts'
import { type Direction, type Position, patternFor, specFor, visitFrom } from '../query.ts'
import type { Row } from '../row.ts'
import type { Table } from '../table.ts'
import type { Term, TermObject } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { END_OF_TABLE } from './traversal.ts'

/** The verbs that have a limited form. */
const PAGED = ['match', 'match_object', 'select', 'select_reverse'] as const
type Paged = (typeof PAGED)[number]

interface PagedQuery {
  readonly plan: Plan
  readonly effort: Effort
  readonly direction: Direction
  /** What the row gives, or `undefined` where it does not match. */
  readonly result: (row: Row) => Term | undefined
}

interface Page {
  readonly rows: readonly Term[]
  /** Behind what to go on; `undefined` at the end. */
  readonly position: Position | undefined
  /** Why the page ended before it was full: no more rows may be looked at, or the answer grew too long. */
  readonly cutBy: EtsError | undefined
}

/** A place in a query that is kept in the table. */
export interface Cursor {
  readonly query: PagedQuery
  readonly limit: number
  readonly position: Position | undefined
  readonly isAtEnd: boolean
}

function queryOf(table: Table, verb: Term, json: Term): PagedQuery {
  if (!PAGED.includes(verb as Paged)) throw badarg('item', `one of ${PAGED.join(', ')}`)
  if (verb === 'match' || verb === 'match_object') {
    const { plan, effort, matches, bindings } = patternFor(table, json)
    const give = verb === 'match' ? bindings : (row: Row) => row
    const result = (row: Row): Term | undefined => (matches(row) ? give(row) : undefined)
    return { plan, effort, direction: 'up', result }
  }
  const { plan, effort, result } = specFor(table, json)
  return { plan, effort, direction: verb === 'select' ? 'up' : 'down', result }
}

function limitOf(limit: Term): number {
  if (!Number.isInteger(limit) || (limit as number) < 1) throw badarg('limit')
  return limit as number
}

function pageOf(
  table: Table,
  { plan, effort, direction, result }: PagedQuery,
  position: Position | undefined,
  limit: number,
  nowMs: EpochMs,
): Page {
  const { allowance } = table
  const rows: Term[] = []
  let left: number | undefined
  let last = -1
  let cutBy: EtsError | undefined
  const reachedEnd = visitFrom(table, plan, direction, position ?? START, nowMs, (slot, row) => {
    if (!allowance.tryVisit(visitsOf(effort, table.rowBytes(slot)))) {
      cutBy = allowance.tooManyVisited()
      return false
    }
    const value = result(row)
    if (value !== undefined) {
      left = allowance.answerLeftAfter(value, left)
      if (left < 0 && rows.length > 0) {
        cutBy = allowance.tooLongAnswer()
        return false
      }
      rows.push(value)
    }
    last = slot
    return rows.length < limit
  })
  if (reachedEnd) return { rows, position: undefined, cutBy }
  if (last === -1) throw cutBy
  const reached: Position = table.order === undefined ? { slot: last } : { key: table.keyAt(last) }
  return { rows, position: reached, cutBy }
}

/** Before every slot; for an `ordered_set` the same as no position. */
const START: Position = { slot: -1 }

/** All pages of a limited query: a list of lists, none empty, all full but the last. */
export function chunks(table: Table, verb: Paged, json: Term, limit: Term, nowMs: EpochMs): Term[][] {
  const query = queryOf(table, verb, json)
  const size = limitOf(limit)
  // Nothing changes meanwhile, so one long page, cut up, is the same and counts all rows that were looked at.
  const { rows, cutBy } = pageOf(table, query, undefined, Number.POSITIVE_INFINITY, nowMs)
  if (cutBy !== undefined) throw cutBy
  const pages: Term[][] = []
  for (let from = 0; from < rows.length; from += size) pages.push(rows.slice(from, from + size))
  return pages
}

/**
 * Gives the first page of a limited query on an `ordered_set` and keeps the place under `name`.
 *
 * Shape:  a page, or `$end_of_table` where nothing matches.
 * Limits: `MAX_CURSORS` a table; the one opened first goes. They are gone when the process restarts.
 * Errors: `badarg` with `table_type`, `item`, `limit`, `match_spec`; an older cursor of the name then stays.
 */
export function cursorOpen(
  table: Table,
  name: Term,
  verb: Term,
  json: Term,
  limit: Term,
  nowMs: EpochMs,
): Term {
  if (table.order === undefined) throw badarg('table_type')
  if (typeof name !== 'string') throw badarg('cursor')
  const query = queryOf(table, verb, json)
  const fresh: Cursor = { query, limit: limitOf(limit), position: undefined, isAtEnd: false }
  const { rows, cursor } = advance(table, fresh, nowMs)
  const cursors = new Map(table.cursors)
  cursors.delete(name)
  cursors.set(name, cursor)
  if (cursors.size > MAX_CURSORS) cursors.delete(cursors.keys().next().value as string)
  table.setCursors(cursors)
  return rows
}

/** The next page of a cursor; at the end, and ever after, `$end_of_table`. Errors: `badarg`/`cursor`. */
export function cursorNext(table: Table, name: Term, nowMs: EpochMs): Term {
  const cursor = table.cursors.get(name as string)
  if (cursor === undefined) throw badarg('cursor')
  const next = advance(table, cursor, nowMs)
  table.setCursors(new Map(table.cursors).set(name as string, next.cursor))
  return next.rows
}

function advance(table: Table, cursor: Cursor, nowMs: EpochMs): { rows: Term; cursor: Cursor } {
  if (cursor.isAtEnd) return { rows: END_OF_TABLE, cursor }
  const { rows, position, cutBy } = pageOf(table, cursor.query, cursor.position, cursor.limit, nowMs)
  if (cutBy !== undefined) throw cutBy
  return {
    rows: rows.length === 0 ? END_OF_TABLE : rows,
    // A full page may be followed by rows stored since, so only a short one ends the walk.
    cursor: { ...cursor, position: position ?? cursor.position, isAtEnd: position === undefined },
  }
}

/** What `scan` may be told; checked by the protocol. */
export interface ScanOptions {
  readonly limit?: number
  readonly cursor?: Term
}

const DEFAULT_SCAN_LIMIT = 100

/**
 * One page of a query on a table of any type, and the cursor to go on with.
 *
 * Shape:  `{"rows": [...], "cursor": ...}`; `cursor` is `null` at the end. A page may be short, even empty, and
 *         yet have a cursor: it then had looked at as many rows as one call may, or its answer was long enough.
 * Errors: `badarg` with `item`, `limit`, `match_spec`, `cursor` (one of another table or of before a restart).
 */
export function scan(table: Table, verb: Term, json: Term, options: ScanOptions, nowMs: EpochMs): Term {
  const query = queryOf(table, verb, json)
  const position = positionOf(table, options.cursor ?? null)
  const page = pageOf(table, query, position, limitOf(options.limit ?? DEFAULT_SCAN_LIMIT), nowMs)
  return { rows: page.rows, cursor: cursorOf(table, page.position) }
}

/** A position as callers hand it back. */
export function cursorOf(table: Table, position: Position | undefined): Term {
  if (position === undefined) return null
  return 'key' in position ? { key: position.key } : { slot: position.slot, of: table.identity }
}

/** Errors: `badarg`/`cursor` for what {@link cursorOf} did not give for this table. */
export function positionOf(table: Table, cursor: Term): Position | undefined {
  if (cursor === null) return undefined
  const { key, slot, of } = cursor as TermObject
  if (table.order !== undefined && key !== undefined) return { key }
  // Slots mean something only to the table, and the incarnation of it, that gave them.
  if (
    table.order === undefined &&
    Number.isSafeInteger(slot) &&
    (slot as number) >= 0 &&
    of === table.identity
  )
    return { slot: slot as number }
  throw badarg('cursor')
}
