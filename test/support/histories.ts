/** Random histories of one table: rows, keys, steps and moments, made so that they meet often. */
import fc from 'fast-check'
import type { TableOptions } from '../../src/engine/options.ts'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import type { VerbName } from '../../src/engine/verbs/registry.ts'
import { type NaiveRow, same } from './naive-table.ts'

/** The keys of all histories, in term order. */
export const KEYS: readonly Term[] = [
  ...[-1, 0, 2.5, false, null, true],
  ...[[], [2], [1, 1], [1, 'x']],
  ...[{}, { a: 1 }, { b: 0 }],
  ...['', '__proto__', 'a', 'b', '\uFFFD', '😀'],
]

export type TypedOptions = Pick<TableOptions, 'type' | 'keypos'>

/** The key at its position, the value at the other. */
export const rowOf = (key: Term, value: Term, keypos: number): NaiveRow =>
  keypos === 1 ? [key, value] : [value, key]

const rankOf = (key: Term): number => KEYS.findIndex((each) => same(each, key))

/** How a step finds its moment: some time after the last one, or beside a deadline that is to come. */
type Pace = { readonly byMs: number } | { readonly deadline: number; readonly offsetMs: -1 | 0 | 1 }

/** A step that the naive table knows by its verb. */
export interface CallStep {
  readonly kind: 'call'
  readonly op: VerbName
  readonly args: readonly Term[]
}

/** A step with a query, which the naive table knows as a function. */
export interface QueryStep {
  readonly kind: 'query'
  readonly op: VerbName
  readonly query: Query
}

export interface Query {
  readonly head: Term
  /** None where the verb takes a pattern alone. */
  readonly guards: readonly Term[]
  readonly accepts: (row: NaiveRow) => boolean
}

export type Step = { readonly pace: Pace } & (CallStep | QueryStep)

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const spanMs = oneOf(1, 2, 10, 64, 100, 5_000)

const pace: fc.Arbitrary<Pace> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ byMs: 0 }) },
  { weight: 1, arbitrary: spanMs.map((byMs) => ({ byMs })) },
  {
    weight: 2,
    arbitrary: fc.record({ deadline: fc.nat(3), offsetMs: oneOf(-1 as const, 0 as const, 1 as const) }),
  },
)

/** The moment of a step: never before the last one. */
export function momentOf(pace: Pace, nowMs: number, deadlines: readonly number[]): number {
  if ('byMs' in pace) return nowMs + pace.byMs
  const deadline = deadlines[pace.deadline % Math.max(1, deadlines.length)] ?? nowMs
  return Math.max(nowMs, deadline + pace.offsetMs)
}

/** Few keys for a history, so that they collide. */
const KEY_SETS: readonly (readonly Term[])[] = [
  [-1, 0, null, [2], '', 'a'],
  [[], [1, 1], [1, 'x'], {}, { a: 1 }, { b: 0 }],
  [2.5, false, true, '__proto__', '\uFFFD', '😀'],
  ['a', 'b'],
]

export const timing = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc
      .record(
        { ttlMs: spanMs, expiresAtMs: fc.integer({ min: 0, max: 6_000 }), idleTtlMs: spanMs },
        { requiredKeys: [] },
      )
      .map((each) => each as Term),
  },
) as fc.Arbitrary<Term>

/** A table of any type, with the key first or second, and what is done to it. */
export function histories(): fc.Arbitrary<readonly [TypedOptions, readonly Step[]]> {
  // Built beforehand: to chain them from the options would build them again for every history.
  const each = TABLE_TYPES.flatMap((type) =>
    [1, 2].flatMap((keypos) =>
      KEY_SETS.map((keys) => fc.tuple(fc.constant({ type, keypos }), historiesOf({ type, keypos }, keys))),
    ),
  )
  return fc.oneof(...each)
}

function historiesOf({ keypos }: TypedOptions, keys: readonly Term[]): fc.Arbitrary<Step[]> {
  const key = oneOf(...keys)
  const value: fc.Arbitrary<Term> = fc.oneof(
    { weight: 5, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.constant('text') },
  )
  const row = fc.tuple(key, value).map(([k, v]) => rowOf(k, v, keypos))
  const rows = fc.array(row, { maxLength: 4 })
  const position = fc.oneof(
    { weight: 4, arbitrary: fc.constant(3 - keypos) },
    { weight: 1, arbitrary: fc.nat(3) },
  )
  const condition = oneOf<Term>(
    {},
    {},
    { condition: 'NX' },
    { condition: 'XX' },
    { condition: 'GT' },
    { condition: 'LT' },
  )

  const call = (op: VerbName, ...args: fc.Arbitrary<Term>[]): fc.Arbitrary<CallStep> =>
    fc.tuple(...args).map((given) => ({ kind: 'call', op, args: given }))
  const often = (op: VerbName, ...args: fc.Arbitrary<Term>[]) => ({ weight: 4, arbitrary: call(op, ...args) })
  const calls = fc.oneof(
    often('insert', row),
    often('insert', row, timing),
    often('insert_list', rows, timing),
    call('insert_new', row, timing),
    call('insert_new_list', rows, timing),
    often('lookup', key),
    call('lookup_element', key, position),
    call('lookup_element', key, position, value),
    call('member', key),
    call('delete', key),
    call('take', key),
    often('delete_object', row),
    call('delete_all_objects'),
    call('traverse_delete'),
    call('update_counter', key, fc.tuple(position, fc.nat(2))),
    call('update_counter', key, fc.tuple(position, fc.nat(2)), row),
    call('update_element', key, fc.tuple(position, value)),
    call('update_element', key, fc.tuple(position, value), row),
    often('expire', key, spanMs, condition),
    call('expire_at', key, fc.nat(6_000), condition),
    call('persist', key),
    call('touch', key),
    call('safe_fixtable', fc.boolean()),
  )
  const queries = fc.oneof(
    fc.tuple(oneOf(...MATCHES), patternOf(key, keypos)),
    fc.tuple(oneOf(...SELECTS), fc.oneof(patternOf(key, keypos), guardOf(key, keypos))),
  )
  const query = queries.map(([op, each]): QueryStep => ({ kind: 'query', op, query: each }))
  const step = fc.oneof({ weight: 5, arbitrary: calls }, { weight: 1, arbitrary: query })
  return fc.array(
    fc.tuple(pace, step).map(([when, what]): Step => ({ pace: when, ...what })),
    { minLength: 1, maxLength: 40, size: 'max' },
  )
}

const MATCHES = [
  ...(['match_delete', 'match_delete', 'match', 'match_object'] as const),
  ...(['match_chunks', 'match_object_chunks'] as const),
]
const SELECTS = [
  ...(['select_delete', 'select_replace', 'select_count', 'select', 'select_reverse'] as const),
  ...(['select_chunks', 'select_reverse_chunks'] as const),
]

/** Patterns that take all rows, those of a value, those of a key. */
function patternOf(key: fc.Arbitrary<Term>, keypos: number): fc.Arbitrary<Query> {
  return fc.oneof(
    fc.constant({ head: rowOf('_', '_', keypos), guards: [], accepts: () => true }),
    fc.nat(3).map((value) => ({
      head: rowOf('_', value, keypos),
      guards: [],
      accepts: (row: NaiveRow) => row[2 - keypos] === value,
    })),
    // An object in a pattern matches larger ones too, so keys that are objects are asked for by guards.
    key.filter(isNoObject).map((wanted) => ({
      head: rowOf(constant(wanted), '_', keypos),
      guards: [],
      accepts: (row: NaiveRow) => same(row[keypos - 1], wanted),
    })),
  )
}

/** Guards that bound the key from one side or both. */
function guardOf(key: fc.Arbitrary<Term>, keypos: number): fc.Arbitrary<Query> {
  const rank = (row: NaiveRow): number => rankOf(row[keypos - 1] as Term)
  const head = rowOf('$1', '_', keypos)
  return fc.oneof(
    key.map((least) => ({
      head,
      guards: [['>=', '$1', constant(least)]],
      accepts: (row: NaiveRow) => rank(row) >= rankOf(least),
    })),
    key.map((bound) => ({
      head,
      guards: [['<', '$1', constant(bound)]],
      accepts: (row: NaiveRow) => rank(row) < rankOf(bound),
    })),
    key.map((wanted) => ({
      head,
      guards: [['=:=', '$1', constant(wanted)]],
      accepts: (row: NaiveRow) => rank(row) === rankOf(wanted),
    })),
  )
}

const constant = (term: Term): Term => ({ const: term })
const isNoObject = (term: Term): boolean => typeof term !== 'object' || term === null || Array.isArray(term)
