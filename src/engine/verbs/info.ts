/** What a table says of itself. Source: ets:info/1,2. */
import type { Database } from '../database.ts'
import { badarg } from '../error.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'

const ITEMS: Record<string, (table: Table, name: string) => Term> = {
  name: (_, name) => name,
  type: (table) => table.options.type,
  keypos: (table) => table.options.keypos,
  size: (table) => table.size,
  journal: (table) => table.options.journal,
}

/** All items as one object, or the one asked for; `null` when there is no such table. Errors: `badarg`/`item`. */
export function info(database: Database, name: string, item?: Term): Term {
  if (item !== undefined && (typeof item !== 'string' || !Object.hasOwn(ITEMS, item))) throw badarg('item')
  const table = database.find(name)
  if (table === undefined) return null
  if (item !== undefined) return ITEMS[item as string]?.(table, name) ?? null
  return Object.fromEntries(Object.entries(ITEMS).map(([each, read]) => [each, read(table, name)]))
}
