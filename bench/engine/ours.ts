/** The engine as a contender: its verbs on a `Table`, without a deadline and, as `ours, ttl`, with one a row. */
import { Ledger } from '../../src/engine/ledger.ts'
import { DEFAULT_OPTIONS } from '../../src/engine/options.ts'
import { Table } from '../../src/engine/table.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { updateCounter } from '../../src/engine/verbs/counters.ts'
import { select, selectCount } from '../../src/engine/verbs/match.ts'
import { deleteKey, insert, lookup } from '../../src/engine/verbs/objects.ts'
import { next } from '../../src/engine/verbs/traversal.ts'
import { localContender, type Passes, type Setting, type Work } from './contender.ts'
import { digestOf, keyOf, RANGE_ROWS, roomOf } from './keys.ts'

const NOW = 1_800_000_000_000 as EpochMs
/** Half an hour, as a session or a cache entry has. */
const TTL = { ttlMs: 1_800_000 }

const open = ({ type }: Setting): Table => new Table({ ...DEFAULT_OPTIONS, type }, new Ledger())

function insertAll(table: Table, { keys, numbers }: Work): number {
  for (let i = 0; i < keys.length; i++) insert(table, [keys[i] as Term, numbers[i] as number], undefined, NOW)
  return table.size(NOW)
}

function replaceAll(table: Table, { keys, numbers }: Work): number {
  for (let i = 0; i < keys.length; i++)
    insert(table, [keys[i] as Term, (numbers[i] as number) + 1], undefined, NOW)
  return table.size(NOW)
}

function insertAllWithTtl(table: Table, { keys, numbers }: Work): number {
  for (let i = 0; i < keys.length; i++) insert(table, [keys[i] as Term, numbers[i] as number], TTL, NOW)
  return sweptSize(table)
}

/** Its owner sweeps a table before each turn; one that was not counts its rows, and no other contender does. */
function sweptSize(table: Table): number {
  table.sweep(NOW, 1)
  return table.size(NOW)
}

function replaceAllWithTtl(table: Table, { keys, numbers }: Work): number {
  for (let i = 0; i < keys.length; i++) insert(table, [keys[i] as Term, (numbers[i] as number) + 1], TTL, NOW)
  return sweptSize(table)
}

function lookUpAll(table: Table, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const [row] = lookup(table, keys[i] as Term, NOW) as readonly [readonly [Term, number]]
    sum += row[1]
  }
  return sum
}

function countAll(table: Table, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    sum += updateCounter(table, keys[i] as Term, [2, 1], undefined, NOW) as number
  }
  return sum
}

const countLarge = (table: Table, { setting: { size } }: Work): number =>
  selectCount(table, [[['$1', '$2'], [['>', '$2', size / 2]], [true]]], NOW)

function deleteAll(table: Table, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) deleteKey(table, keys[i] as Term, NOW)
  return sweptSize(table)
}

function stepFromAll(table: Table, { keys, setting: { kind } }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const key = next(table, keys[i] as Term, NOW)
    if (key !== '$end_of_table') sum += digestOf(kind, key)
  }
  return sum
}

function readRanges(table: Table, { numbers, setting }: Work): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) {
    const rows = select(table, rangeSpec(setting, numbers[i] as number), NOW) as unknown as readonly [
      Term,
      number,
    ][]
    for (const row of rows) sum += row[1]
  }
  return sum
}

function rangeSpec({ kind }: Setting, number: number): Term {
  if (kind === 'tuple') return [[[[roomOf(number), '_'], '_'], [], ['$_']]]
  const guards = [
    ['>=', '$1', keyOf(kind, number)],
    ['=<', '$1', keyOf(kind, number + RANGE_ROWS - 1)],
  ]
  return [[['$1', '_'], guards, ['$_']]]
}

const SET: Passes<Table> = {
  insert: insertAll,
  replace: replaceAll,
  lookup: lookUpAll,
  updateCounter: countAll,
  selectCount: countLarge,
  delete: deleteAll,
}
const ORDERED_SET: Passes<Table> = {
  insert: insertAll,
  lookup: lookUpAll,
  next: stepFromAll,
  range: readRanges,
}

export const ours = localContender('ours', { set: SET, ordered_set: ORDERED_SET }, open)

export const oursWithTtl = localContender(
  'ours, ttl',
  { set: { ...SET, insert: insertAllWithTtl, replace: replaceAllWithTtl } },
  open,
)
