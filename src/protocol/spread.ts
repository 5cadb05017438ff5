/**
 * Spread: how each verb goes over the shards of a process.
 *
 * The router sends by it, and an owner checks by it that what it was sent is its own.
 */
import type { CacheVerbName } from '../cache/verbs.ts'
import type { Operation } from '../engine/database.ts'
import type { Term } from '../engine/term.ts'
import type { VERBS as TABLE_VERBS } from '../engine/verbs/registry.ts'
import { slotOf } from './slots.ts'

export type Spread =
  /** To the shard of the key, which is the first argument. */
  | 'key'
  /** To the shard of the row's key; the row is the first argument. */
  | 'row'
  /** To the one shard of a list of keys, the first argument. */
  | 'keys'
  /** To the one shard of all keys of a list of rows, the first argument; it takes effect as a whole or not at all. */
  | 'rows'
  /** A read of every shard, whose answers are put together as `router/merge` says. */
  | 'all'
  /** A step from key to key: of an `ordered_set` a read of every shard, else of the key's and those behind it. */
  | 'step'
  /** A write to one shard after the other. It is not atomic: after a failure some have done it. */
  | 'each'
  /** To one shard, and to the next when that has nothing left; of an ordered cache a read of every shard. */
  | 'slice'
  /** What happened on every shard, in one list. */
  | 'events'
  /** To any shard: the answer is the same everywhere. */
  | 'any'
  /** Refused where there are several shards. */
  | 'none'

const TABLE_SPREADS = {
  insert: 'row',
  insert_list: 'rows',
  insert_new: 'row',
  insert_new_list: 'rows',
  lookup: 'key',
  lookup_element: 'key',
  member: 'key',
  delete: 'key',
  take: 'key',
  delete_object: 'row',
  delete_all_objects: 'each',
  update_counter: 'key',
  update_element: 'key',

  first: 'step',
  last: 'step',
  next: 'step',
  prev: 'step',
  first_lookup: 'step',
  last_lookup: 'step',
  next_lookup: 'step',
  prev_lookup: 'step',
  // The position of a key among those of all shards is known to none of them.
  slot: 'none',
  traverse: 'all',
  traverse_back: 'all',
  traverse_lookup: 'all',
  traverse_delete: 'each',
  safe_fixtable: 'each',
  tab2list: 'all',
  foldl: 'all',
  foldr: 'all',

  match: 'all',
  match_object: 'all',
  match_delete: 'each',
  select: 'all',
  select_reverse: 'all',
  select_count: 'all',
  select_delete: 'each',
  select_replace: 'each',
  explain: 'any',

  match_chunks: 'all',
  match_object_chunks: 'all',
  select_chunks: 'all',
  select_reverse_chunks: 'all',
  // A named cursor is kept in the table of one shard; `scan` hands it to the caller.
  cursor_open: 'none',
  cursor_next: 'none',
  scan: 'all',

  ttl: 'key',
  expire: 'key',
  expire_at: 'key',
  persist: 'key',
  pin: 'key',
  unpin: 'key',
  invalidate_tags: 'each',
  touch: 'key',
  row_info: 'key',
  stats: 'all',
  reset_stats: 'each',
  events: 'events',

  info: 'all',
  new: 'each',
  // Between two shards a table would have two names, and trying again would not mend it.
  rename: 'none',
  delete_table: 'each',
} as const satisfies Record<keyof typeof TABLE_VERBS, Spread>

const CACHE_SPREADS = {
  cache_new: 'each',
  cache_stats: 'all',
  cache_reset_stats: 'each',
  cache_invalidate: 'each',
  cache_get: 'key',
  cache_get_many: 'keys',
  cache_entry: 'key',
  cache_info: 'key',
  cache_peek: 'key',
  cache_has: 'key',
  cache_ttl: 'key',
  cache_keys: 'slice',
  cache_delete_prefix: 'slice',
  cache_put: 'key',
  cache_put_many: 'rows',
  cache_incr: 'key',
  cache_expire: 'key',
  cache_expire_at: 'key',
  cache_persist: 'key',
  cache_delete: 'key',
  cache_delete_many: 'keys',
  cache_take: 'key',
  cache_load: 'key',
  cache_fill: 'key',
  cache_fail: 'key',
} as const satisfies Record<CacheVerbName, Spread>

const SPREADS: Readonly<Record<string, Spread>> = { ...TABLE_SPREADS, ...CACHE_SPREADS }

/** Other rules over tables, such as sessions, have owners of their own choice, of one shard each. */
export const spreadOf = ({ op }: Pick<Operation, 'op'>): Spread => SPREADS[op] ?? 'none'

/** Whether an operation makes its cache where there is none; over several shards the router does, on all of them. */
export const makesCache = ({ op, args }: Operation): boolean => MAKING.has(op) && !isOverEntries(op, args)

/** Whether a put is to be over an entry that is there, and so makes no cache. */
function isOverEntries(op: string, args: readonly Term[]): boolean {
  const options = (op === 'cache_put' ? args[2] : op === 'cache_put_many' ? args[1] : undefined) ?? {}
  return (options as { readonly condition?: unknown }).condition === 'XX'
}

const MAKING: ReadonlySet<string> = new Set<CacheVerbName>([
  'cache_put',
  'cache_put_many',
  'cache_incr',
  'cache_load',
])

/** Whether an operation goes to the shard of its keys, and so costs about as much as a look-up. */
export const isKeyed = (operation: Pick<Operation, 'op'>): boolean => KEYED.has(spreadOf(operation))
const KEYED: ReadonlySet<Spread> = new Set(['key', 'keys', 'row', 'rows'])

/**
 * The slots of an operation's keys, or `undefined` for one that goes by none.
 *
 * An argument that every owner refuses, as no row is to be found in it, has no slots.
 */
export function slotsOf(operation: Operation, keypos: number): readonly number[] | undefined {
  const argument = operation.args[0] as Term
  switch (spreadOf(operation)) {
    case 'key':
      return [slotOf(argument)]
    case 'keys':
      return Array.isArray(argument) ? [...new Set(argument.map(slotOf))] : []
    case 'row':
      return slotsOfRows([argument], keypos)
    case 'rows':
      return slotsOfRows(Array.isArray(argument) ? argument : [], keypos)
    default:
      return undefined
  }
}

function slotsOfRows(rows: readonly Term[], keypos: number): readonly number[] {
  const slots = new Set<number>()
  for (const row of rows) {
    const key = Array.isArray(row) ? (row[keypos - 1] as Term | undefined) : undefined
    if (key !== undefined) slots.add(slotOf(key))
  }
  return [...slots]
}
