/**
 * Every verb, by its name on the wire: whether it writes, the names of its arguments, and what it runs.
 *
 * This is the one list. The protocol takes the numbers of arguments from it, the OpenAPI document its
 * shapes, the typed client its names. An argument whose name ends in `?` may be left out.
 */
import type { Database } from '../database.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'
import { updateCounter } from './counters.ts'
import { info } from './info.ts'
import {
  deleteKey,
  type InsertOptions,
  insert,
  insertList,
  insertNew,
  insertNewList,
  lookup,
  member,
  tab2list,
  take,
} from './objects.ts'

/** What an argument is; the protocol describes each. */
export type ArgumentName =
  | 'row'
  | 'rows'
  | 'key'
  | 'update'
  | 'default'
  | 'item'
  | 'options'
  | 'insert_options'

/** Arguments whose number was checked against the verb. */
export type Arguments = readonly [Term, Term, Term?]

export interface Verb {
  /** A read leaves the tables as they are. */
  readonly mode: 'read' | 'write'
  readonly args: readonly (ArgumentName | `${ArgumentName}?`)[]
  run(database: Database, table: string, args: Arguments): Term
}

type TableVerb = (table: Table, args: Arguments) => Term

/** A verb on one table that exists. Errors: `no_such_table`. */
const onTable = (mode: Verb['mode'], args: Verb['args'], run: TableVerb): Verb => ({
  mode,
  args,
  run: (database, name, values) => run(database.table(name), values),
})

export const VERBS = {
  insert: onTable('write', ['row', 'insert_options?'], (t, a) => insert(t, a[0], a[1] as InsertOptions)),
  insert_list: onTable('write', ['rows'], (t, a) => insertList(t, a[0])),
  insert_new: onTable('write', ['row'], (t, a) => insertNew(t, a[0])),
  insert_new_list: onTable('write', ['rows'], (t, a) => insertNewList(t, a[0])),
  lookup: onTable('read', ['key'], (t, a) => lookup(t, a[0])),
  member: onTable('read', ['key'], (t, a) => member(t, a[0])),
  delete: onTable('write', ['key'], (t, a) => deleteKey(t, a[0])),
  take: onTable('write', ['key'], (t, a) => take(t, a[0])),
  update_counter: onTable('write', ['key', 'update', 'default?'], (t, a) =>
    updateCounter(t, a[0], a[1], a[2]),
  ),
  tab2list: onTable('read', [], tab2list),
  info: { mode: 'read', args: ['item?'], run: (database, name, a) => info(database, name, a[0]) },
  new: { mode: 'write', args: ['options?'], run: (database, name, a) => database.create(name, a[0]) },
  delete_table: { mode: 'write', args: [], run: (database, name) => database.drop(name) },
} satisfies Record<string, Verb>

export type VerbName = keyof typeof VERBS

export const isVerbName = (name: string): name is VerbName => Object.hasOwn(VERBS, name)
