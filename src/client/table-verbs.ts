/**
 * Every verb of ETS as a typed method, written once for tables that answer at once and for batches.
 *
 * Names are those of the wire in camelCase, but `create` for `new` and `scanPage` for `scan`. Answers are too, but
 * `undefined` for a walk beyond the last key and a missing table. `docs/tables.md` has more on each verb.
 */
import type { MatchSpec } from '../engine/match/builder.ts'
import type { Plan } from '../engine/match/plan.ts'
import type { Term } from '../engine/term.ts'
import type { EventsOptions } from '../engine/verbs/info.ts'
import type { InsertListOptions, InsertOptions, InvalidateOptions } from '../engine/verbs/objects.ts'
import type { VerbName } from '../engine/verbs/registry.ts'
import type { ExpireOptions } from '../engine/verbs/timing.ts'
import { type Call, timeoutWith } from './call.ts'
import type { Given, When } from './given.ts'
import type { CounterUpdate, ElementAt, ElementUpdate, Position, RowOf } from './row-types.ts'
import type {
  CreateArguments,
  Entry,
  Found,
  Page,
  PagedVerb,
  Pattern,
  QueryOf,
  RemovalEvents,
  RowInfo,
  ScanOptions,
  TableInfo,
  TableStats,
} from './shapes.ts'

const END_OF_TABLE = '$end_of_table'

export abstract class TableVerbs<
  Row extends RowOf<Row>,
  Keypos extends number,
  At extends When,
  Key = ElementAt<Row, Keypos>,
> {
  /** The name of the table. */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** Gives one operation out: to be run, or to be put into a batch. */
  protected abstract give<T>(call: Call<T>): Given<At, T>

  /** A call of `op`. Arguments that were left out are at the end, and `undefined`. */
  #call<T>(op: VerbName, args: readonly unknown[], read = (value: unknown) => value as T): Given<At, T> {
    const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)
    return this.give({ table: this.name, op, args: given, read })
  }

  /** As `#call`, of a verb that answers `$end_of_table` beyond the last. */
  #step<T>(op: VerbName, args: readonly unknown[]): Given<At, T | undefined> {
    return this.#call(op, args, (value) => (value === END_OF_TABLE ? undefined : (value as T)))
  }

  /** Stores a row; in a bag beside what is under its key. */
  insert(row: Row, options?: InsertOptions): Given<At, true> {
    return this.#call('insert', [row, options])
  }

  /** Stores every row of a list, or none. */
  insertList(rows: readonly Row[], options?: InsertListOptions): Given<At, true> {
    return this.#call('insert_list', [rows, options])
  }

  /** Stores a row unless its key is taken; says whether it did. */
  insertNew(row: Row, options?: InsertListOptions): Given<At, boolean> {
    return this.#call('insert_new', [row, options])
  }

  /** Stores every row of a list unless one of their keys is taken; says whether it did. */
  insertNewList(rows: readonly Row[], options?: InsertListOptions): Given<At, boolean> {
    return this.#call('insert_new_list', [rows, options])
  }

  /** The rows under a key, in the order they came. */
  lookup(key: Key): Given<At, Row[]> {
    return this.#call('lookup', [key])
  }

  /** One element of the row under a key of a `set` or `ordered_set`. Errors: `badarg`/`key` without a `fallback`. */
  lookupElement<Place extends Position<Row>, Fallback = never>(
    key: Key,
    position: Place,
    fallback?: Fallback,
  ): Given<At, ElementAt<Row, Place> | Fallback> {
    return this.#call('lookup_element', [key, position, fallback])
  }

  /** As `lookupElement`, of a `bag` or `duplicate_bag`: one element of each row under the key. */
  lookupElements<Place extends Position<Row>, Fallback = never>(
    key: Key,
    position: Place,
    fallback?: Fallback,
  ): Given<At, ElementAt<Row, Place>[] | Fallback> {
    return this.#call('lookup_element', [key, position, fallback])
  }

  /** Whether there is a row under a key. */
  member(key: Key): Given<At, boolean> {
    return this.#call('member', [key])
  }

  /** Removes the rows under a key; `true` whether or not there were any. */
  delete(key: Key): Given<At, true> {
    return this.#call('delete', [key])
  }

  /** Removes the rows under a key and gives them. */
  take(key: Key): Given<At, Row[]> {
    return this.#call('take', [key])
  }

  /** Removes every row that equals `row`; `true` whether or not there were any. */
  deleteObject(row: Row): Given<At, true> {
    return this.#call('delete_object', [row])
  }

  /** Removes every row. */
  deleteAllObjects(): Given<At, true> {
    return this.#call('delete_all_objects', [])
  }

  /**
   * Adds to integers of a row and gives the new values. `fallback` stands in for a missing row.
   *
   * Errors: `badarg` with `key` where there is no row, `counter_value`, `position`, and others.
   */
  updateCounter(key: Key, update: number | CounterUpdate<Row>, fallback?: Row): Given<At, number>
  updateCounter(key: Key, updates: readonly CounterUpdate<Row>[], fallback?: Row): Given<At, number[]>
  updateCounter(key: Key, update: unknown, fallback?: Row): Given<At, number | number[]> {
    return this.#call('update_counter', [key, update, fallback])
  }

  /** Sets elements of a row; says whether there is one. `fallback` stands in for a missing row. */
  updateElement(
    key: Key,
    update: ElementUpdate<Row> | readonly ElementUpdate<Row>[],
    fallback?: Row,
  ): Given<At, boolean> {
    return this.#call('update_element', [key, update, fallback])
  }

  /** The first key; `undefined` of an empty table. */
  first(): Given<At, Key | undefined> {
    return this.#step('first', [])
  }

  last(): Given<At, Key | undefined> {
    return this.#step('last', [])
  }

  /** The key after another; `undefined` after the last. */
  next(key: Key): Given<At, Key | undefined> {
    return this.#step('next', [key])
  }

  prev(key: Key): Given<At, Key | undefined> {
    return this.#step('prev', [key])
  }

  /** As `first`, with the rows under the key. */
  firstLookup(): Given<At, Entry<Key, Row> | undefined> {
    return this.#step('first_lookup', [])
  }

  lastLookup(): Given<At, Entry<Key, Row> | undefined> {
    return this.#step('last_lookup', [])
  }

  nextLookup(key: Key): Given<At, Entry<Key, Row> | undefined> {
    return this.#step('next_lookup', [key])
  }

  prevLookup(key: Key): Given<At, Entry<Key, Row> | undefined> {
    return this.#step('prev_lookup', [key])
  }

  /** The row at a place of an `ordered_set`, counted from 0, in a list; `undefined` just beyond the last. */
  slot(index: number): Given<At, Row[] | undefined> {
    return this.#step('slot', [index])
  }

  /** All keys. */
  traverse(): Given<At, Key[]> {
    return this.#call('traverse', [])
  }

  /** All keys, from the last back. */
  traverseBack(): Given<At, Key[]> {
    return this.#call('traverse_back', [])
  }

  /** All keys with their rows. */
  traverseLookup(): Given<At, Entry<Key, Row>[]> {
    return this.#call('traverse_lookup', [])
  }

  /** Removes key after key, and gives the keys. */
  traverseDelete(): Given<At, Key[]> {
    return this.#call('traverse_delete', [])
  }

  /** Begins or ends a fixation, under which a walk may step on from a removed key. */
  safeFixtable(on: boolean): Given<At, true> {
    return this.#call('safe_fixtable', [on])
  }

  /** All rows. */
  tab2list(): Given<At, Row[]> {
    return this.#call('tab2list', [])
  }

  /** All rows, in the order in which a fold from the left meets them. */
  foldl(): Given<At, Row[]> {
    return this.#call('foldl', [])
  }

  foldr(): Given<At, Row[]> {
    return this.#call('foldr', [])
  }

  /** For each row that matches, the values of the pattern's variables by their numbers. */
  match<Bound extends readonly unknown[] = Term[]>(pattern: Pattern): Given<At, Bound[]> {
    return this.#call('match', [pattern])
  }

  /** The rows that match. */
  matchObject(pattern: Pattern): Given<At, Row[]> {
    return this.#call('match_object', [pattern])
  }

  /** Removes the rows that match. */
  matchDelete(pattern: Pattern): Given<At, true> {
    return this.#call('match_delete', [pattern])
  }

  /** What the specification gives for each row that one of its clauses takes. */
  select<T = Term>(spec: MatchSpec): Given<At, T[]> {
    return this.#call('select', [spec])
  }

  /** As `select`, of an `ordered_set` from the last key back. */
  selectReverse<T = Term>(spec: MatchSpec): Given<At, T[]> {
    return this.#call('select_reverse', [spec])
  }

  /** The number of rows for which the specification gives `true`. */
  selectCount(spec: MatchSpec): Given<At, number> {
    return this.#call('select_count', [spec])
  }

  /** Removes the rows for which the specification gives `true`; says how many. */
  selectDelete(spec: MatchSpec): Given<At, number> {
    return this.#call('select_delete', [spec])
  }

  /** Puts what the specification gives in the place of each row that it takes; says how many. */
  selectReplace(spec: MatchSpec): Given<At, number> {
    return this.#call('select_replace', [spec])
  }

  /** What a query would look at. */
  explain(verb: `${'match' | 'select'}${string}`, query: Pattern | MatchSpec): Given<At, Plan> {
    return this.#call('explain', [verb, query])
  }

  matchChunks<Bound extends readonly unknown[] = Term[]>(
    pattern: Pattern,
    limit: number,
  ): Given<At, Bound[][]> {
    return this.#call('match_chunks', [pattern, limit])
  }

  matchObjectChunks(pattern: Pattern, limit: number): Given<At, Row[][]> {
    return this.#call('match_object_chunks', [pattern, limit])
  }

  selectChunks<T = Term>(spec: MatchSpec, limit: number): Given<At, T[][]> {
    return this.#call('select_chunks', [spec, limit])
  }

  selectReverseChunks<T = Term>(spec: MatchSpec, limit: number): Given<At, T[][]> {
    return this.#call('select_reverse_chunks', [spec, limit])
  }

  /** The first page of a query on an `ordered_set`, its place kept in the table; `undefined` if there is none. */
  cursorOpen<Verb extends PagedVerb>(
    cursor: string,
    verb: Verb,
    query: QueryOf<Verb>,
    limit: number,
  ): Given<At, Found<Row>[Verb][] | undefined> {
    return this.#step('cursor_open', [cursor, verb, query, limit])
  }

  /** The next page of an open cursor; `undefined` after the last, and ever after. */
  cursorNext<T = Term>(cursor: string): Given<At, T[] | undefined> {
    return this.#step('cursor_next', [cursor])
  }

  /** One page of a query, and the cursor for the next. */
  scanPage<Verb extends PagedVerb>(
    verb: Verb,
    query: QueryOf<Verb>,
    options?: ScanOptions,
  ): Given<At, Page<Found<Row>[Verb]>> {
    return this.#call('scan', [verb, query, options])
  }

  /** Milliseconds that the first row under a key has left: `null` without a deadline, -1 without a row. */
  ttl(key: Key): Given<At, number | null> {
    return this.#call('ttl', [key])
  }

  /** Lets the rows under a key end in `ttlMs`; says whether a deadline moved. */
  expire(key: Key, ttlMs: number, options?: ExpireOptions): Given<At, boolean> {
    return this.#call('expire', [key, ttlMs, options])
  }

  /** Lets the rows under a key end at a moment, in milliseconds since 1970; says whether a deadline moved. */
  expireAt(key: Key, expiresAtMs: number, options?: ExpireOptions): Given<At, boolean> {
    return this.#call('expire_at', [key, expiresAtMs, options])
  }

  /** Takes the deadline away from the rows under a key; says whether there was one. */
  persist(key: Key): Given<At, boolean> {
    return this.#call('persist', [key])
  }

  /** Keeps the rows under a key from being evicted; says whether there is one. */
  pin(key: Key): Given<At, boolean> {
    return this.#call('pin', [key])
  }

  /** Lets the rows under a key be evicted again; says whether there is one. */
  unpin(key: Key): Given<At, boolean> {
    return this.#call('unpin', [key])
  }

  /** Takes away all rows that carry one of the tags, or with `soft` lets them be stale. */
  invalidateTags(tags: readonly string[], options?: InvalidateOptions): Given<At, true> {
    return this.#call('invalidate_tags', [tags, options])
  }

  /** Counts as a read of the rows under a key; says whether there is one. */
  touch(key: Key): Given<At, boolean> {
    return this.#call('touch', [key])
  }

  /** How large the table is and, where that is counted, what happened to its rows. */
  stats(): Given<At, TableStats> {
    return this.#call('stats', [])
  }

  /** Counts from zero again. */
  resetStats(): Given<At, true> {
    return this.#call('reset_stats', [])
  }

  /** Rows that expired, were evicted or taken away. Errors: `badarg`/`options` where the table was made without `events`. */
  events(options?: EventsOptions): Given<At, RemovalEvents> {
    const call = { table: this.name, op: 'events', args: options === undefined ? [] : [options] }
    const timeoutMs = timeoutWith(options?.waitMs ?? 0)
    return this.give({ ...call, timeoutMs, read: (answer) => answer as RemovalEvents })
  }

  /** Version, size and deadline of each row under a key. */
  rowInfo(key: Key): Given<At, RowInfo[]> {
    return this.#call('row_info', [key])
  }

  /** Options and size of the table, or one item of them; `undefined` where there is no such table. */
  info(): Given<At, TableInfo | undefined>
  info<Item extends keyof TableInfo>(item: Item): Given<At, TableInfo[Item] | undefined>
  info(item?: keyof TableInfo): Given<At, unknown> {
    return this.#call('info', [item], (value) => value ?? undefined)
  }

  /** Creates the table. Errors: `table_exists`. */
  create(...[options]: CreateArguments<Keypos>): Given<At, string> {
    return this.#call('new', [options])
  }

  /** Gives the table another name, and answers it. This object goes on naming the old one. */
  rename(name: string): Given<At, string> {
    return this.#call('rename', [name])
  }

  /** Drops the table and its rows. */
  deleteTable(): Given<At, true> {
    return this.#call('delete_table', [])
  }
}
