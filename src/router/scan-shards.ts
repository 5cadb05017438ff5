/**
 * One page of a scan over all shards of a process.
 *
 * Of an `ordered_set` every shard gives a page behind the same key. They are merged up to the key behind which the
 * first of them has yet to look; so rows come in the order of keys, and a row that stays is met once, whatever
 * changes between the pages. Of other types the shards are gone through one by one.
 */
import { badarg } from '../engine/error.ts'
import type { Term, TermObject } from '../engine/term.ts'
import type { Operation } from '../protocol/operation.ts'
import {
  type Direction,
  inOrder,
  type Keyed,
  keysSpecOf,
  keysVerbOf,
  type Part,
  paired,
  type Reading,
} from './merge.ts'
import type { Shape } from './shapes.ts'

const DEFAULT_LIMIT = 100
/** Of so many pages each brings its share and as much again: keys are spread evenly, but not exactly. */
const SPARE = 2

interface ScanOptions {
  readonly limit?: number
  readonly cursor?: TermObject | null
}

/** The reading of a page of an `ordered_set`. Errors: `badarg`/`cursor`. */
export function orderedScan({ table, op, args }: Operation, shape: Shape, shards: number): Reading {
  const [verb, query] = args as readonly [string, Term]
  const { limit = DEFAULT_LIMIT, cursor = null } = (args[2] ?? {}) as ScanOptions
  const behind = cursor === null ? undefined : cursor.key
  if (cursor !== null && behind === undefined) throw badarg('cursor')
  const options: Term = { limit: shareOf(limit, shards), cursor }
  const direction: Direction = verb === 'select_reverse' ? 'down' : 'up'
  const keys: Operation = { table, op, args: [keysVerbOf(verb), keysSpecOf(verb, query, shape), options] }
  return {
    operations: [{ table, op, args: [verb, query, options] }, keys],
    merge: (parts) => ({
      ...stretchesUpTo(
        parts.map((part) => stretchOf(part, direction)),
        limit,
        direction,
      ),
    }),
  }
}

/** How much of a page to ask each shard for. */
export const shareOf = (limit: number, shards: number): number =>
  Math.min(limit, Math.ceil((limit * SPARE) / shards))

/** What one shard has of a stretch of keys, and the key as far as which it has looked, if not to the end. */
export interface Stretch {
  readonly rows: readonly Keyed[]
  readonly reached: Term | undefined
}

interface Page {
  readonly rows: readonly Term[]
  readonly cursor: TermObject | null
}

function stretchOf([values, keys]: Part, direction: Direction): Stretch {
  const [valuesPage, keysPage] = [values, keys] as unknown as readonly [Page, Page]
  const rows = paired(valuesPage.rows as Term[], keysPage.rows as Term[])
  // Two pages of the same rows, one with longer values: it may have ended earlier.
  const ends = [valuesPage, keysPage].flatMap(({ cursor }) =>
    cursor === null ? [] : [{ key: cursor.key as Term }],
  )
  return { rows, reached: ends.sort(inOrder(direction))[0]?.key }
}

/** A page of what all shards have, up to the key behind which the first of them has yet to look. */
export function stretchesUpTo(stretches: readonly Stretch[], limit: number, direction: Direction): Page {
  const order = inOrder(direction)
  const [nearest] = stretches
    .flatMap(({ reached }) => (reached === undefined ? [] : [{ key: reached }]))
    .sort(order)
  const sorted = stretches.flatMap(({ rows }) => rows).sort(order)
  const within = nearest === undefined ? sorted : sorted.filter((row) => order(row, nearest) <= 0)
  const page = within.slice(0, limit)
  const last = page.length < within.length ? page.at(-1) : nearest
  return { rows: page.map(({ value }) => value), cursor: last === undefined ? null : { key: last.key } }
}

/** Runs an operation on one shard and gives its value. */
export type ReadShard = (shard: number, operation: Operation) => Promise<Term>

/** A page of tables of other types. */
export async function unorderedScan(
  { table, op, args }: Operation,
  shards: number,
  read: ReadShard,
): Promise<Term> {
  const [verb, query] = args as readonly [Term, Term]
  const { cursor = null, ...options } = (args[2] ?? {}) as ScanOptions
  const isEmpty = ({ rows }: TermObject): boolean => (rows as readonly Term[]).length === 0
  const { answer, next } = await byShard(cursor, shards, isEmpty, (shard, inner) =>
    read(shard, { table, op, args: [verb, query, { ...options, cursor: inner }] }),
  )
  return { ...answer, cursor: next }
}

/**
 * Goes on from shard to shard, behind a cursor of an earlier call, until one has something.
 *
 * Shape: what that shard answered, and the cursor behind it. Errors: `badarg`/`cursor`.
 */
export async function byShard(
  cursor: TermObject | null,
  shards: number,
  isEmpty: (answer: TermObject) => boolean,
  read: (shard: number, inner: TermObject | null) => Promise<Term>,
): Promise<{ readonly answer: TermObject; readonly next: TermObject | null }> {
  let { shard, inner } = placeOf(cursor, shards)
  for (;;) {
    const answer = (await read(shard, inner)) as TermObject
    inner = answer.cursor as TermObject | null
    if (inner === null) shard++
    const next = shard === shards ? null : { shard, cursor: inner }
    if (next === null || !isEmpty(answer)) return { answer, next }
  }
}

function placeOf(cursor: TermObject | null, shards: number): { shard: number; inner: TermObject | null } {
  if (cursor === null) return { shard: 0, inner: null }
  const { shard, cursor: inner } = cursor
  const isShard = Number.isInteger(shard) && (shard as number) >= 0 && (shard as number) < shards
  if (!isShard || typeof inner !== 'object' || Array.isArray(inner)) throw badarg('cursor')
  return { shard: shard as number, inner: inner as TermObject | null }
}
