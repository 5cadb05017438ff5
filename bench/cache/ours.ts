/** The engine as a cache: a table with a bound, a policy, a deadline on every row, and statistics. */
import { get as getEntry } from '../../src/cache/reading.ts'
import { put as putEntry, remove as removeEntry } from '../../src/cache/writing.ts'
import { Database } from '../../src/engine/database.ts'
import { Ledger } from '../../src/engine/ledger.ts'
import { DEFAULT_OPTIONS, type Eviction, type TableOptions } from '../../src/engine/options.ts'
import { Table } from '../../src/engine/table.ts'
import type { Term, TermObject } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { deleteKey, insert, lookup } from '../../src/engine/verbs/objects.ts'
import type { Contender, Work } from './contender.ts'
import { TTL_MS } from './lru.ts'

const NOW = 1_800_000_000_000 as EpochMs
const TTL = { ttlMs: TTL_MS }

const optionsOf = (maxRows: number, eviction: Eviction): TableOptions => ({
  ...DEFAULT_OPTIONS,
  maxRows,
  eviction,
  statistics: true,
})

function put(table: Table, { keys, values }: Work): number {
  for (let i = 0; i < keys.length; i++) insert(table, [keys[i] as Term, values[i] as number], TTL, NOW)
  return sweptSize(table)
}

/** Its owner sweeps a table before each turn; one that was not counts its rows, and no other contender does. */
function sweptSize(table: Table): number {
  table.sweep(NOW, 1)
  return table.size(NOW)
}

function get(table: Table, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const row = lookup(table, keys[i] as Term, NOW)[0]
    if (row !== undefined) sum += row[1] as number
  }
  return sum
}

function churn(table: Table, { keys, values }: Work): number {
  let hits = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as Term
    if (lookup(table, key, NOW).length > 0) hits++
    else insert(table, [key, values[i] as number], TTL, NOW)
  }
  return hits
}

function deleteAll(table: Table, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) deleteKey(table, keys[i] as Term, NOW)
  return sweptSize(table)
}

/** The verbs of tables. */
export const tableWith = (eviction: Eviction): Contender<Table> => ({
  name: `table, ${eviction}`,
  isLru: eviction === 'lru',
  open: (entries) => new Table(optionsOf(entries, eviction), new Ledger()),
  run: { put, overwrite: put, get, churn, delete: deleteAll },
})

const NAME = 'c'

function putEntries(database: Database, { keys, values }: Work): number {
  for (let i = 0; i < keys.length; i++)
    putEntry(database, NAME, keys[i] as Term, values[i] as number, TTL, NOW)
  return sweptSize(database.table(NAME))
}

function getEntries(database: Database, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const { value } = getEntry(database, NAME, keys[i] as Term, {}, NOW) as TermObject
    if (value !== undefined) sum += value as number
  }
  return sum
}

function churnEntries(database: Database, { keys, values }: Work): number {
  let hits = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as Term
    if ('value' in (getEntry(database, NAME, key, {}, NOW) as TermObject)) hits++
    else putEntry(database, NAME, key, values[i] as number, TTL, NOW)
  }
  return hits
}

function deleteEntries(database: Database, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) removeEntry(database, NAME, keys[i] as Term, undefined, NOW)
  return sweptSize(database.table(NAME))
}

/** The verbs of caches. */
export const cacheWith = (eviction: Eviction): Contender<Database> => ({
  name: `cache, ${eviction}`,
  isLru: eviction === 'lru',
  open(entries) {
    const database = new Database()
    database.create(NAME, optionsOf(entries, eviction) as unknown as Term)
    return database
  },
  run: {
    put: putEntries,
    overwrite: putEntries,
    get: getEntries,
    churn: churnEntries,
    delete: deleteEntries,
  },
})
