/**
 * Merging: what the shards of a process answer, put together as one table would answer.
 *
 * Of an `ordered_set` in the order of keys, of other types one shard after the other, which is an order as good
 * as any. Where an answer does not show the keys of its rows, they are asked for in the same turn.
 *
 * Cost: O(n log shards), as each shard's answer is in order.
 */
import { compareTerms, type Term, type TermObject } from '../engine/term.ts'
import { END_OF_TABLE } from '../engine/verbs/traversal.ts'
import type { Operation } from '../protocol/operation.ts'
import { mergeStatistics } from './merge-statistics.ts'
import type { Shape } from './shapes.ts'

/** The answers of one shard to the operations of a reading. */
export type Part = readonly Term[]

/** How a read is made of every shard: what each is asked in one turn, and what the answers come to. */
export interface Reading {
  readonly operations: readonly Operation[]
  merge(parts: readonly Part[]): Term
}

export interface Keyed {
  readonly key: Term
  readonly value: Term
}

export type Direction = 'up' | 'down'

export const inOrder =
  (direction: Direction) =>
  (a: { readonly key: Term }, b: { readonly key: Term }): number =>
    direction === 'up' ? compareTerms(a.key, b.key) : compareTerms(b.key, a.key)

/** The reading of a verb that goes to all shards. */
export function readingOf(operation: Operation, shape: Shape): Reading {
  const { op, args } = operation
  switch (op) {
    case 'info':
      return alone(operation, (infos) => mergeInfo(infos, args[0]))
    case 'stats':
    case 'cache_stats':
      return alone(operation, (reports) => mergeStatistics(reports as readonly TermObject[]))
    case 'select_count':
      return alone(operation, (counts) => sum(counts))
    case 'tab2list':
    case 'foldl':
    case 'match_object':
      return list(operation, shape, 'up', elementAt(shape))
    case 'foldr':
      return list(operation, shape, 'down', elementAt(shape))
    case 'traverse':
      return list(operation, shape, 'up', (key) => key)
    case 'traverse_back':
      return list(operation, shape, 'down', (key) => key)
    case 'traverse_lookup':
      return list(operation, shape, 'up', (entry) => (entry as readonly Term[])[0] as Term)
    case 'match':
    case 'select':
      return listBesideKeys(operation, shape, 'up')
    case 'select_reverse':
      return listBesideKeys(operation, shape, 'down')
    case 'match_chunks':
    case 'match_object_chunks':
    case 'select_chunks':
    case 'select_reverse_chunks':
      return chunks(operation, shape)
    default:
      throw new Error(`nobody said how ${op} is read of every shard`)
  }
}

const alone = (operation: Operation, merge: (values: readonly Term[]) => Term): Reading => ({
  operations: [operation],
  merge: (parts) => merge(parts.map(([value]) => value as Term)),
})

const elementAt =
  ({ keypos }: Shape) =>
  (row: Term): Term =>
    (row as readonly Term[])[keypos - 1] as Term

/** A list whose elements show their keys. */
function list(
  operation: Operation,
  shape: Shape,
  direction: Direction,
  keyOf: (value: Term) => Term,
): Reading {
  return alone(operation, (lists) => {
    const values = (lists as readonly (readonly Term[])[]).flat()
    if (!shape.isOrdered) return values
    return mergeKeyed(
      values.map((value) => ({ key: keyOf(value), value })),
      direction,
    )
  })
}

/** A list whose elements do not show their keys, beside the list of them. */
function listBesideKeys(operation: Operation, shape: Shape, direction: Direction): Reading {
  if (!shape.isOrdered) return list(operation, shape, direction, (value) => value)
  const { table, op, args } = operation
  const keys: Operation = { table, op: keysVerbOf(op), args: [keysSpecOf(op, args[0] as Term, shape)] }
  return {
    operations: [operation, keys],
    merge: (parts) =>
      mergeKeyed(
        parts.flatMap(([values, of]) => paired(values, of)),
        direction,
      ),
  }
}

const mergeKeyed = (rows: readonly Keyed[], direction: Direction): Term[] =>
  rows.toSorted(inOrder(direction)).map(({ value }) => value)

/** Values beside their keys, as far as both go. */
export function paired(values: Term | undefined, keys: Term | undefined): Keyed[] {
  const of = keys as readonly Term[]
  return (values as readonly Term[]).slice(0, of.length).map((value, i) => ({ key: of[i] as Term, value }))
}

/** The verb that gives the keys in the order in which `op` gives its values. */
export const keysVerbOf = (op: string): 'select' | 'select_reverse' =>
  op === 'select_reverse' ? 'select_reverse' : 'select'

/** The specification that takes the rows which a query takes, and gives their keys. */
export function keysSpecOf(op: string, query: Term, { keypos }: Shape): Term {
  const body = [['element', keypos, '$_']]
  if (op === 'match' || op === 'match_object') return [[query, [], body]]
  // What is no specification is refused where it stands itself, before this.
  if (!Array.isArray(query)) return []
  return query.map((clause: Term) => (Array.isArray(clause) ? [...clause.slice(0, 2), body] : clause))
}

/** All pages: those of the whole, cut anew, as the pages of shards end where the shards do. */
function chunks(operation: Operation, shape: Shape): Reading {
  const {
    table,
    op,
    args: [query, limit],
  } = operation
  // The owner says what is wrong with it, or with the query before it.
  if (!Number.isInteger(limit) || (limit as number) < 1) return alone(operation, ([value]) => value as Term)
  const whole = readingOf({ table, op: WHOLE[op] as Operation['op'], args: [query as Term] }, shape)
  const size = limit as number
  return {
    operations: whole.operations,
    merge(parts) {
      const values = whole.merge(parts) as readonly Term[]
      const pages: Term[] = []
      for (let from = 0; from < values.length; from += size) pages.push(values.slice(from, from + size))
      return pages
    },
  }
}
const WHOLE: Readonly<Record<string, Operation['op']>> = {
  match_chunks: 'match',
  match_object_chunks: 'match_object',
  select_chunks: 'select',
  select_reverse_chunks: 'select_reverse',
}

export const sum = (counts: readonly Term[]): number =>
  counts.reduce<number>((all, each) => all + (each as number), 0)

/** Sizes are summed; a table that one shard does not have was not made completely, or is being dropped. */
function mergeInfo(infos: readonly Term[], item: Term | undefined): Term {
  if (infos.includes(null)) return null
  if (item !== undefined) return mergeItem(item as string, infos)
  const first = infos[0] as TermObject
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      mergeItem(
        name,
        infos.map((info) => (info as TermObject)[name] as Term),
      ),
    ]),
  )
}

function mergeItem(item: string, values: readonly Term[]): Term {
  if (item === 'size' || item === 'bytes' || item === 'incarnation') return sum(values)
  if (item === 'fixed') return values.includes(true)
  return values[0] as Term
}

/** The nearest of what the shards of an `ordered_set` answered to a step. */
export function nearest(op: string, values: readonly Term[]): Term {
  const isLookup = op.endsWith('_lookup')
  const found = values
    .filter((value) => value !== END_OF_TABLE)
    .map((value) => ({ key: isLookup ? ((value as readonly Term[])[0] as Term) : value, value }))
  const direction = op.startsWith('last') || op.startsWith('prev') ? 'down' : 'up'
  return found.sort(inOrder(direction))[0]?.value ?? END_OF_TABLE
}
