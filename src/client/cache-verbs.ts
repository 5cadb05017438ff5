/**
 * The verbs of caches as typed methods, written once for caches that answer at once and for batches.
 *
 * `docs/caching.md` says what each does. Those that read one value answer `undefined` for a miss and for what is
 * known not to be there; `getEntry` tells the two apart.
 */
import type { CacheVerbName } from '../cache/verbs.ts'
import type { TableOptions } from '../engine/options.ts'
import type { EventsOptions } from '../engine/verbs/info.ts'
import type { InvalidateOptions } from '../engine/verbs/objects.ts'
import type { ExpireOptions } from '../engine/verbs/timing.ts'
import type {
  CacheStats,
  Cursor,
  EntryInfo,
  EntryOptions,
  Found,
  Hit,
  IncrOptions,
  Loaded,
  LoadOptions,
  Miss,
  PrefixOptions,
  PutOptions,
} from './cache-shapes.ts'
import { type Call, timeoutWith } from './call.ts'
import type { Given, When } from './given.ts'
import type { RemovalEvents } from './shapes.ts'

/** The tables' own verbs that a cache uses as they are. */
type TableVerb = 'info' | 'touch' | 'delete_all_objects' | 'delete_table'

export abstract class CacheVerbs<Value, Key, At extends When> {
  /** The name of the cache, and of its table. */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** Gives one operation out: to be run, or to be put into a batch. */
  protected abstract give<T>(call: Call<T>): Given<At, T>

  #call<T>(
    op: CacheVerbName | TableVerb,
    args: readonly unknown[],
    read = (value: unknown) => value as T,
  ): Given<At, T> {
    const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)
    return this.give({ table: this.name, op, args: given, read })
  }

  /** Size, leases that are out, and how loads went. Errors: `no_such_table`. */
  stats(): Given<At, CacheStats> {
    return this.#call('cache_stats', [])
  }

  /** Counts from zero again. */
  resetStats(): Given<At, true> {
    return this.#call('cache_reset_stats', [])
  }

  /**
   * Entries that expired, were evicted or invalidated since `after`, the cursor of the answer before; with `waitMs` the
   * call waits for the first. Errors: `badarg`/`options` where the cache was made without `events`; `no_such_table`.
   */
  events(options?: EventsOptions): Given<At, RemovalEvents> {
    const call = { table: this.name, op: 'events', args: options === undefined ? [] : [options] }
    const timeoutMs = timeoutWith(options?.waitMs ?? 0)
    return this.give({ ...call, timeoutMs, read: (answer) => answer as RemovalEvents })
  }

  /** The value under a key, if there is a fresh one. */
  get(key: Key): Given<At, Value | undefined> {
    return this.#call('cache_get', [key], readValue<Value>)
  }

  /** The values under keys, in their order. */
  getMany(keys: readonly Key[]): Given<At, (Value | undefined)[]> {
    return this.#call('cache_get_many', [keys], (found) => (found as Found<Value>[]).map(readValue<Value>))
  }

  /** The value with its version, or why there is none; with `stale` also one that is no longer fresh. */
  getEntry(key: Key, stale?: 'while_revalidate' | 'if_error'): Given<At, Found<Value>> {
    return this.#call('cache_get', [key, stale === undefined ? undefined : { stale }])
  }

  /** What is under a key, as it is kept, stale or not. Neither deadlines nor eviction nor statistics take notice. */
  peek(key: Key): Given<At, (EntryInfo & { readonly value: unknown }) | Miss> {
    return this.#call('cache_peek', [key])
  }

  /** What is known of the entry under a key, without its value; as unnoticed as `peek`. */
  info(key: Key): Given<At, EntryInfo | Miss> {
    return this.#call('cache_info', [key])
  }

  /** Whether there is a fresh entry. Does not count as a read. */
  has(key: Key): Given<At, boolean> {
    return this.#call('cache_has', [key])
  }

  /** Counts as a read, without a value: an entry with an idle time lives on. Says whether there is one. */
  touch(key: Key): Given<At, boolean> {
    return this.#call('touch', [key])
  }

  /** Stores a value and gives its version, or `undefined` where the condition is not met. Errors: `version_conflict`. */
  put(key: Key, value: Value, options?: PutOptions): Given<At, number | undefined> {
    return this.#call(
      'cache_put',
      [key, value, options],
      (version) => (version as number | null) ?? undefined,
    )
  }

  /** Remembers that there is nothing under a key. */
  putNegative(key: Key, options?: PutOptions): Given<At, number | undefined> {
    const negative = { ...options, negative: true }
    return this.#call(
      'cache_put',
      [key, null, negative],
      (version) => (version as number | null) ?? undefined,
    )
  }

  /** Stores values in one turn, each under the same options; says how many were stored. */
  putMany(
    entries: Iterable<readonly [Key, Value]>,
    options?: Omit<PutOptions, 'ifVersion' | 'ifMatch'>,
  ): Given<At, number> {
    return this.#call('cache_put_many', [[...entries], options])
  }

  /** Removes an entry, with `ifVersion` only that version of it; says whether there was one. Errors: `version_conflict`. */
  delete(key: Key, ifVersion?: number): Given<At, boolean> {
    return this.#call('cache_delete', [key, ifVersion])
  }

  /** Removes entries in one turn; says how many there were. */
  deleteMany(keys: readonly Key[]): Given<At, number> {
    return this.#call('cache_delete_many', [keys])
  }

  /** Removes an entry and gives its value. */
  take(key: Key): Given<At, Value | undefined> {
    return this.#call('cache_take', [key], readValue<Value>)
  }

  /** Adds to a counter and gives what it is then. Errors: `badarg`/`counter_value`. */
  incr(key: Key, by = 1, options?: IncrOptions): Given<At, number> {
    return this.#call('cache_incr', [key, by, options])
  }

  /** Takes from a counter and gives what it is then. */
  decr(key: Key, by = 1, options?: IncrOptions): Given<At, number> {
    return this.#call('cache_incr', [key, -by, options])
  }

  /**
   * Takes away every entry that carries one of some tags, or with `soft` lets it be stale; says whether there was one.
   * One turn, and O(1) a tag, however many entries carry it.
   */
  invalidate(tags: string | readonly string[], options?: InvalidateOptions): Given<At, boolean> {
    return this.#call('cache_invalidate', [typeof tags === 'string' ? [tags] : tags, options])
  }

  /** Milliseconds that an entry stays fresh: `null` without a deadline, -1 where there is none that is fresh. */
  ttl(key: Key): Given<At, number | null> {
    return this.#call('cache_ttl', [key])
  }

  /** Lets an entry be fresh for `ttlMs` from now; says whether that moved its deadline. */
  expire(key: Key, ttlMs: number, options?: ExpireOptions): Given<At, boolean> {
    return this.#call('cache_expire', [key, ttlMs, options])
  }

  /** Lets an entry be fresh until a moment, in milliseconds since 1970; a past one ends it. */
  expireAt(key: Key, expiresAtMs: number, options?: ExpireOptions): Given<At, boolean> {
    return this.#call('cache_expire_at', [key, expiresAtMs, options])
  }

  /** Lets an entry stay until it is removed; says whether it had a deadline. */
  persist(key: Key): Given<At, boolean> {
    return this.#call('cache_persist', [key])
  }

  /** A slice of the keys that begin with a prefix, and the cursor of the next. */
  keysPage(prefix: string, options?: PrefixOptions): Given<At, { keys: string[]; cursor: Cursor }> {
    return this.#call('cache_keys', [prefix, options])
  }

  /** Removes a slice of the entries whose keys begin with a prefix. */
  deletePrefixPage(prefix: string, options?: PrefixOptions): Given<At, { deleted: number; cursor: Cursor }> {
    return this.#call('cache_delete_prefix', [prefix, options])
  }

  /** Number of entries, stale ones among them; 0 of a cache that is not there. */
  size(): Given<At, number> {
    return this.#call('info', ['size'], (size) => (size as number | null) ?? 0)
  }

  /** Removes every entry. Errors: `no_such_table`. */
  clear(): Given<At, true> {
    return this.#call('delete_all_objects', [])
  }

  /** Creates the cache, where its first put is not to do so with the usual options. Errors: `table_exists`. */
  create(options?: Partial<TableOptions>): Given<At, string> {
    return this.#call('cache_new', [options])
  }

  /** Drops the cache. Errors: `no_such_table`. */
  drop(): Given<At, true> {
    return this.#call('delete_table', [])
  }

  /** What there is under a key, or the lease to load it; `getOrLoad` does all that follows. */
  load(key: Key, options?: Omit<LoadOptions, 'waitMs'>): Given<At, Loaded<Value>> {
    return this.#call('cache_load', [key, options])
  }

  /** Stores what was loaded under a lease, and gives its version. Errors: `gone` where the lease no longer counts. */
  fill(key: Key, lease: string, value: Value, options?: EntryOptions): Given<At, number> {
    return this.#call('cache_fill', [key, lease, value, options])
  }

  /** Gives a lease back, as loading failed; says what may be used instead. Errors: `gone`. */
  fail(key: Key, lease: string, options?: { readonly backoffMs?: number }): Given<At, Found<Value>> {
    return this.#call('cache_fail', [key, lease, options])
  }
}

const readValue = <Value>(found: unknown): Value | undefined => (found as Partial<Hit<Value>>).value
