/**
 * Every verb, by its name on the wire: whether it writes, the names of its arguments, and what it runs.
 *
 * This is the one list of the tables' verbs; `protocol/verbs` has those beside it that are rules over tables. The
 * protocol takes the numbers of arguments from it, the OpenAPI document its shapes, the typed client its names. An argument whose name ends in `?` may be left out.
 */
import type { Database } from '../database.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { updateCounter, updateElement } from './counters.ts'
import { events, info, resetStatistics, rowInfo, statistics } from './info.ts'
import * as queries from './match.ts'
import * as objects from './objects.ts'
import * as pages from './pages.ts'
import * as timing from './timing.ts'
import * as walks from './traversal.ts'

/** What an argument is; the protocol describes each. */
export type ArgumentName =
  | 'row'
  | 'rows'
  | 'key'
  | 'position'
  | 'update'
  | 'default'
  | 'index'
  | 'on'
  | 'pattern'
  | 'spec'
  | 'query'
  | 'verb'
  | 'limit'
  | 'name'
  | 'cursor'
  | 'item'
  | 'ttl_ms'
  | 'expires_at_ms'
  | 'options'
  | 'insert_options'
  | 'insert_list_options'
  | 'expire_options'
  | 'scan_options'
  | 'tags'
  | 'invalidate_options'
  | 'events_options'

/** Arguments whose number, and the shape of options among them, was checked against the verb. */
export type Arguments = readonly [Term, Term, Term, Term, ...Term[]]

export interface Verb<Name extends string = string> {
  /** A read leaves the tables as they are. */
  readonly mode: 'read' | 'write'
  /** Only for administrators, whatever it does. Default: for whoever may do what its mode says. */
  readonly isForAdmin?: true
  readonly args: readonly (Name | `${Name}?`)[]
  /** The other tables of the process that it works on, told the one it is called on. Default: none. */
  readonly others?: (table: string) => readonly string[]
  run(database: Database, table: string, args: Arguments, nowMs: EpochMs): Term
}

type Args = Verb<ArgumentName>['args']
type OnTable = (table: Table, args: Arguments, nowMs: EpochMs) => Term

/** A verb on one table that exists. Errors: `no_such_table`. */
const onTable =
  (mode: Verb['mode']) =>
  (args: Args, run: OnTable): Verb<ArgumentName> => ({
    mode,
    args,
    run: (database, name, values, nowMs) => run(database.table(name), values, nowMs),
  })
const read = onTable('read')
const write = onTable('write')

/** Options that were left out are none. They were checked against their schema. */
const options = <T>(term: Term | undefined): T => (term ?? {}) as T

export const VERBS = {
  insert: write(['row', 'insert_options?'], (t, a, now) =>
    objects.insert(t, a[0], a[1] as objects.InsertOptions, now),
  ),
  insert_list: write(['rows', 'insert_list_options?'], (t, a, now) =>
    objects.insertList(t, a[0], options(a[1]), now),
  ),
  insert_new: write(['row', 'insert_list_options?'], (t, a, now) =>
    objects.insertNew(t, a[0], options(a[1]), now),
  ),
  insert_new_list: write(['rows', 'insert_list_options?'], (t, a, now) =>
    objects.insertNewList(t, a[0], options(a[1]), now),
  ),
  lookup: read(['key'], (t, a, now) => objects.lookup(t, a[0], now)),
  lookup_element: read(['key', 'position', 'default?'], (t, a, now) =>
    objects.lookupElement(t, a[0], a[1], a[2], now),
  ),
  member: read(['key'], (t, a, now) => objects.member(t, a[0], now)),
  delete: write(['key'], (t, a, now) => objects.deleteKey(t, a[0], now)),
  take: write(['key'], (t, a, now) => objects.take(t, a[0], now)),
  delete_object: write(['row'], (t, a, now) => objects.deleteObject(t, a[0], now)),
  delete_all_objects: write([], (t, _, now) => objects.deleteAllObjects(t, now)),
  update_counter: write(['key', 'update', 'default?'], (t, a, now) =>
    updateCounter(t, a[0], a[1], a[2], now),
  ),
  update_element: write(['key', 'update', 'default?'], (t, a, now) =>
    updateElement(t, a[0], a[1], a[2], now),
  ),

  first: read([], (t, _, now) => walks.first(t, now)),
  last: read([], (t, _, now) => walks.last(t, now)),
  next: read(['key'], (t, a, now) => walks.next(t, a[0], now)),
  prev: read(['key'], (t, a, now) => walks.prev(t, a[0], now)),
  first_lookup: read([], (t, _, now) => walks.firstLookup(t, now)),
  last_lookup: read([], (t, _, now) => walks.lastLookup(t, now)),
  next_lookup: read(['key'], (t, a, now) => walks.nextLookup(t, a[0], now)),
  prev_lookup: read(['key'], (t, a, now) => walks.prevLookup(t, a[0], now)),
  slot: read(['index'], (t, a, now) => walks.slot(t, a[0], now)),
  traverse: read([], (t, _, now) => walks.traverse(t, now)),
  traverse_back: read([], (t, _, now) => walks.traverseBack(t, now)),
  traverse_lookup: read([], (t, _, now) => walks.traverseLookup(t, now)),
  traverse_delete: write([], (t, _, now) => walks.traverseDelete(t, now)),
  safe_fixtable: write(['on'], (t, a) => walks.safeFixtable(t, a[0])),
  tab2list: read([], (t, _, now) => walks.allRows(t, now)),
  foldl: read([], (t, _, now) => walks.allRows(t, now)),
  foldr: read([], (t, _, now) => walks.allRowsBack(t, now)),

  match: read(['pattern'], (t, a, now) => queries.match(t, a[0], now)),
  match_object: read(['pattern'], (t, a, now) => queries.matchObject(t, a[0], now)),
  match_delete: write(['pattern'], (t, a, now) => queries.matchDelete(t, a[0], now)),
  select: read(['spec'], (t, a, now) => queries.select(t, a[0], now)),
  select_reverse: read(['spec'], (t, a, now) => queries.selectReverse(t, a[0], now)),
  select_count: read(['spec'], (t, a, now) => queries.selectCount(t, a[0], now)),
  select_delete: write(['spec'], (t, a, now) => queries.selectDelete(t, a[0], now)),
  select_replace: write(['spec'], (t, a, now) => queries.selectReplace(t, a[0], now)),
  explain: read(['verb', 'query'], (t, a) => queries.explain(t, a[0], a[1])),

  match_chunks: read(['pattern', 'limit'], (t, a, now) => pages.chunks(t, 'match', a[0], a[1], now)),
  match_object_chunks: read(['pattern', 'limit'], (t, a, now) =>
    pages.chunks(t, 'match_object', a[0], a[1], now),
  ),
  select_chunks: read(['spec', 'limit'], (t, a, now) => pages.chunks(t, 'select', a[0], a[1], now)),
  select_reverse_chunks: read(['spec', 'limit'], (t, a, now) =>
    pages.chunks(t, 'select_reverse', a[0], a[1], now),
  ),
  cursor_open: read(['cursor', 'verb', 'query', 'limit'], (t, a, now) =>
    pages.cursorOpen(t, a[0], a[1], a[2], a[3], now),
  ),
  cursor_next: read(['cursor'], (t, a, now) => pages.cursorNext(t, a[0], now)),
  scan: read(['verb', 'query', 'scan_options?'], (t, a, now) =>
    pages.scan(t, a[0], a[1], options(a[2]), now),
  ),

  ttl: read(['key'], (t, a, now) => timing.ttl(t, a[0], now)),
  expire: write(['key', 'ttl_ms', 'expire_options?'], (t, a, now) =>
    timing.expire(t, a[0], a[1] as number, options(a[2]), now),
  ),
  expire_at: write(['key', 'expires_at_ms', 'expire_options?'], (t, a, now) =>
    timing.expireAt(t, a[0], a[1] as number, options(a[2]), now),
  ),
  persist: write(['key'], (t, a, now) => timing.persist(t, a[0], now)),
  touch: read(['key'], (t, a, now) => timing.touch(t, a[0], now)),
  pin: write(['key'], (t, a, now) => objects.pin(t, a[0], true, now)),
  unpin: write(['key'], (t, a, now) => objects.pin(t, a[0], false, now)),
  invalidate_tags: write(['tags', 'invalidate_options?'], (t, a, now) =>
    objects.invalidateTags(t, a[0] as readonly string[], options(a[1]), now),
  ),
  row_info: read(['key'], (t, a, now) => rowInfo(t, a[0], now)),

  stats: read([], (t, _, now) => statistics(t, now)),
  reset_stats: write([], (t) => resetStatistics(t)),
  events: read(['events_options?'], (t, a) => events(t, options(a[0]))),

  info: { mode: 'read', args: ['item?'], run: (database, name, a, now) => info(database, name, a[0], now) },
  new: { mode: 'write', args: ['options?'], run: (database, name, a) => database.create(name, a[0]) },
  rename: { mode: 'write', args: ['name'], run: (database, name, a) => database.rename(name, a[0]) },
  delete_table: { mode: 'write', args: [], run: (database, name) => database.drop(name) },
} satisfies Record<string, Verb<ArgumentName>>

export type VerbName = keyof typeof VERBS
