/** Which table a cache is, and the options it has when nobody says otherwise. */
import type { Database } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Table } from '../engine/table.ts'
import type { Term } from '../engine/term.ts'
import { asCache } from './entry.ts'

/**
 * What who comes for a cache expects: what was cached is still there after the ten seconds in which the platform
 * discards an idle process, no write waits for a disk, and a bound gives up what is used least instead of refusing.
 */
export const CACHE_DEFAULTS: Partial<TableOptions> = {
  type: 'set',
  keypos: 1,
  journal: 'async',
  eviction: 'tinylfu',
  statistics: true,
}

/** The cache to read from, or `undefined` where nothing was ever written. Errors: `badarg`/`table_type`. */
export function findCache(database: Database, name: string): Table | undefined {
  const table = database.find(name)
  return table && asCache(table)
}

/**
 * The cache to write to, made now if there is none.
 *
 * Errors: `badarg`/`table_type`, `too_large`; `no_such_table` where it is configured to be somebody's own: whoever
 *         creates it by name owns it.
 */
export function makeCache(database: Database, name: string): Table {
  const table = database.find(name)
  if (table !== undefined) return asCache(table)
  createCache(database, name)
  const made = database.table(name)
  if (made.options.access !== 'public') throw new EtsError('no_such_table', { table: name })
  return made
}

/** Creates a cache; gives its name. Errors: `table_exists`, `too_large`, `badarg`/`table_type`. */
export function createCache(database: Database, name: string, options: Term = {}): string {
  database.create(name, options, CACHE_DEFAULTS)
  // A configured section may say that tables of this name are of another type.
  asCache(database.table(name))
  return name
}
