/**
 * Caches over several shards that nobody created by name: made on every shard when the first entry is to be written.
 *
 * A shard makes none by itself; it refuses the write (`no_such_table`), which is sent again when the cache is there. As of a
 * table the first shard comes last: with it the cache is there. What an unfinished call leaves is completed by the next; a
 * write that is refused after this leaves an empty cache.
 *
 * Cost: a call to every shard and one call more, for the first write to a cache.
 */
import type { Operation } from '../protocol/operation.ts'
import { makesCache } from '../protocol/spread.ts'
import type { OnShard } from './every-shard.ts'
import { isMissingTable } from './failure.ts'

/** Whether operations were refused for a cache that one of them would have made. */
export const isUnmade = (error: unknown, operations: readonly Operation[]): boolean =>
  isMissingTable(error) &&
  operations.some((each) => makesCache(each) && each.table === (error.details as { table?: string }).table)

/** Makes the caches that operations would make where they are not there. Errors: those of the write that makes one. */
export async function makeOnEvery(
  operations: readonly Operation[],
  shards: number,
  onShard: OnShard,
): Promise<void> {
  const tables = new Set(operations.filter(makesCache).map(({ table }) => table))
  const make = Array.from(tables, (table): Operation => ({ table, op: 'cache_make', args: [] }))
  await Promise.all(Array.from({ length: shards - 1 }, (_, i) => onShard(i + 1, make)))
  await onShard(0, make)
}
