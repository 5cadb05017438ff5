/**
 * The verbs of caches, by their names on the wire: rules over a table, run in the same turns as those of tables.
 *
 * Those that write make the cache where there is none; to those that read it is empty then.
 */
import type { Term } from '../engine/term.ts'
import type { InvalidateOptions } from '../engine/verbs/objects.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import type { ExpireOptions } from '../engine/verbs/timing.ts'
import { type IncrOptions, incr } from './counter.ts'
import { createCache, makeCache } from './defaults.ts'
import { fenced } from './fence.ts'
import { LEASES } from './leases.ts'
import { type FailOptions, fail, fill, type LoadOptions, load } from './loading.ts'
import { keys, type PrefixOptions, removeByPrefix } from './prefix.ts'
import * as reading from './reading.ts'
import { resetStats, stats } from './stats.ts'
import * as writing from './writing.ts'

/** What an argument is; the protocol describes each. */
export type CacheArgumentName =
  | 'key'
  | 'value'
  | 'keys'
  | 'entries'
  | 'prefix'
  | 'tags'
  | 'by'
  | 'version'
  | 'lease'
  | 'ttl_ms'
  | 'expires_at_ms'
  | 'expire_options'
  | 'invalidate_options'
  | 'cache_options'
  | 'get_options'
  | 'entry_options'
  | 'put_options'
  | 'put_many_options'
  | 'incr_options'
  | 'prefix_options'
  | 'load_options'
  | 'fill_options'
  | 'fail_options'

type CacheVerb = Verb<CacheArgumentName>
type Args = CacheVerb['args']

const read = (args: Args, run: CacheVerb['run']): CacheVerb => ({ mode: 'read', args, run })
const write = (args: Args, run: CacheVerb['run']): CacheVerb => ({ mode: 'write', args, run })
/** A verb that has to do with leases works on the table of leases too. */
const lend = (args: Args, run: CacheVerb['run']): CacheVerb => ({
  ...write(args, run),
  others: () => [LEASES],
})

/** Options that were left out are none. They were checked against their schema. */
const options = <T>(term: Term | undefined): T => (term ?? {}) as T
const list = <T>(term: Term): T => term as unknown as T

/** These end no lease but the one that they are told. */
const LENDING = {
  cache_load: lend(['key', 'load_options?'], (db, name, a, now) =>
    load(db, name, a[0], options<LoadOptions>(a[1]), now),
  ),
  cache_fill: lend(['key', 'lease', 'value', 'fill_options?'], (db, name, a, now) =>
    fill(db, name, a[0], a[1] as string, a[2], options<writing.EntryOptions>(a[3]), now),
  ),
  cache_fail: lend(['key', 'lease', 'fail_options?'], (db, name, a, now) =>
    fail(db, name, a[0], a[1] as string, options<FailOptions>(a[2]), now),
  ),
} satisfies Record<string, CacheVerb>

const PLAIN = {
  cache_new: write(['cache_options?'], (db, name, a) => createCache(db, name, a[0])),

  cache_stats: read([], (db, name, _, now) => stats(db, name, now)),
  cache_reset_stats: write([], (db, name, _, now) => resetStats(db, name, now)),

  cache_get: read(['key', 'get_options?'], (db, name, a, now) =>
    reading.get(db, name, a[0], options<reading.GetOptions>(a[1]), now),
  ),
  cache_get_many: read(['keys', 'get_options?'], (db, name, a, now) =>
    reading.getMany(db, name, list<Term[]>(a[0]), options<reading.GetOptions>(a[1]), now),
  ),
  cache_entry: read(['key', 'entry_options?'], (db, name, a, now) =>
    reading.entry(db, name, a[0], options<reading.EntryOptions>(a[1]), now),
  ),
  cache_info: read(['key'], (db, name, a, now) => reading.info(db, name, a[0], now)),
  cache_peek: read(['key'], (db, name, a, now) => reading.peek(db, name, a[0], now)),
  cache_has: read(['key'], (db, name, a, now) => reading.has(db, name, a[0], now)),
  cache_ttl: read(['key'], (db, name, a, now) => reading.ttl(db, name, a[0], now)),
  cache_keys: read(['prefix', 'prefix_options?'], (db, name, a, now) =>
    keys(db, name, a[0] as string, options<PrefixOptions>(a[1]), now),
  ),

  cache_put: write(['key', 'value', 'put_options?'], (db, name, a, now) =>
    writing.put(db, name, a[0], a[1], options<writing.PutOptions>(a[2]), now),
  ),
  cache_put_many: write(['entries', 'put_many_options?'], (db, name, a, now) =>
    writing.putMany(db, name, list<[Term, Term][]>(a[0]), options<writing.PutOptions>(a[1]), now),
  ),
  cache_incr: write(['key', 'by', 'incr_options?'], (db, name, a, now) =>
    incr(db, name, a[0], a[1] as number, options<IncrOptions>(a[2]), now),
  ),
  cache_expire: write(['key', 'ttl_ms', 'expire_options?'], (db, name, a, now) =>
    writing.expireAt(db, name, a[0], now + (a[1] as number), options<ExpireOptions>(a[2]), now),
  ),
  cache_expire_at: write(['key', 'expires_at_ms', 'expire_options?'], (db, name, a, now) =>
    writing.expireAt(db, name, a[0], a[1] as number, options<ExpireOptions>(a[2]), now),
  ),
  cache_persist: write(['key'], (db, name, a, now) => writing.persist(db, name, a[0], now)),

  cache_delete: write(['key', 'version?'], (db, name, a, now) =>
    writing.remove(db, name, a[0], a[1] as number | undefined, now),
  ),
  cache_delete_many: write(['keys'], (db, name, a, now) =>
    writing.removeMany(db, name, list<Term[]>(a[0]), now),
  ),
  cache_delete_prefix: write(['prefix', 'prefix_options?'], (db, name, a, now) =>
    removeByPrefix(db, name, a[0] as string, options<PrefixOptions>(a[1]), now),
  ),
  cache_invalidate: write(['tags', 'invalidate_options?'], (db, name, a, now) =>
    writing.invalidate(db, name, list<string[]>(a[0]), options<InvalidateOptions>(a[1]), now),
  ),
  cache_take: write(['key'], (db, name, a, now) => writing.take(db, name, a[0], now)),
} satisfies Record<string, CacheVerb>

/**
 * What no request names: a router over several shards has a cache made on each of them before the first entry is stored on one.
 * As the entry would, it makes none that is to be somebody's own.
 */
export const INNER_CACHE_VERBS = {
  cache_make: write([], (db, name) => {
    makeCache(db, name)
    return true
  }),
} satisfies Record<string, CacheVerb>

/** Resetting what was counted is no write of any entry. */
export const CACHE_VERBS = { ...fenced(PLAIN, ['cache_reset_stats']), ...LENDING }

export type CacheVerbName = keyof typeof CACHE_VERBS
