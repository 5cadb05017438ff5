/**
 * Caches over several shards that nobody created by name: made on every shard before the first entry is written.
 *
 * As of a table the first shard comes last: with it the cache is there. What an unfinished call leaves is completed by
 * the next; a write that is refused after this leaves an empty cache.
 *
 * Cost: a call to every shard for the first write to a cache in the life of a Worker's isolate, if there is no cache yet.
 */
import type { Operation } from '../protocol/operation.ts'
import type { OnShard } from './every-shard.ts'

/** The verbs that make a cache when there is none. */
const MAKING: ReadonlySet<string> = new Set(['cache_put', 'cache_put_many', 'cache_incr', 'cache_load'])

/** The caches that operations may make, each once. */
export const cachesMadeBy = (operations: readonly Operation[]): ReadonlySet<string> =>
  new Set(operations.filter(({ op }) => MAKING.has(op)).map(({ table }) => table))

/** Makes a cache where it is not there. Errors: those of the write that makes it. */
export async function makeOnEvery(table: string, shards: number, onShard: OnShard): Promise<void> {
  const make: readonly Operation[] = [{ table, op: 'cache_make', args: [] }]
  await Promise.all(Array.from({ length: shards - 1 }, (_, i) => onShard(i + 1, make)))
  await onShard(0, make)
}
