/**
 * Keys of a cache over several shards: the entries under many of them, and those with a prefix, listed and removed in slices.
 *
 * In an `ordered_set` every shard gives a slice behind the same key, and the keys are put in their order as in a scan.
 * Else the shards are gone through one by one, and so they are by what removes keys, whose order does not show.
 */
import type { Term, TermObject } from '../engine/term.ts'
import type { Operation } from '../protocol/operation.ts'
import type { Reading } from './merge.ts'
import { byShard, type ReadShard, shareOf, stretchesUpTo } from './scan-shards.ts'

const DEFAULT_LIMIT = 1000

interface SliceOptions {
  readonly limit?: number
  readonly cursor?: TermObject | null
}

interface Keys {
  readonly keys: readonly Term[]
  readonly cursor: TermObject | null
}

/** A slice of the keys of an ordered cache. Errors: `badarg`/`cursor`. */
export function orderedKeys({ table, op, args }: Operation, shards: number): Reading {
  const [prefix, given] = args
  const { limit = DEFAULT_LIMIT, cursor = null } = (given ?? {}) as SliceOptions
  return {
    operations: [{ table, op, args: [prefix as Term, { limit: shareOf(limit, shards), cursor }] }],
    merge(parts) {
      const stretches = parts.map(([slice]) => {
        const { keys, cursor: next } = slice as unknown as Keys
        return { rows: keys.map((key) => ({ key, value: key })), reached: next?.key }
      })
      const { rows, cursor: next } = stretchesUpTo(stretches, limit, 'up')
      return { keys: rows, cursor: next }
    },
  }
}

/** A slice of one shard, and of the next where the one before has nothing left. */
export async function sliceByShard(
  { table, op, args }: Operation,
  shards: number,
  read: ReadShard,
): Promise<Term> {
  const [prefix, given] = args
  const { cursor = null, ...options } = (given ?? {}) as SliceOptions
  const { answer, next } = await byShard(cursor, shards, isEmpty, (shard, inner) =>
    read(shard, { table, op, args: [prefix as Term, { ...options, cursor: inner }] }),
  )
  return { ...answer, cursor: next }
}

/** Whether an operation asks for entries of several shards. */
export const isOfSeveral = ({ op, args: [keys] }: Operation, shardOfKey: (key: Term) => number): boolean =>
  op === 'cache_get_many' && new Set((keys as readonly Term[]).map(shardOfKey)).size > 1

/** The entries under a list of keys, in its order, each as its shard has it at a moment of its own. */
export async function manyByShard(
  { table, op, args }: Operation,
  shardOfKey: (key: Term) => number,
  read: ReadShard,
): Promise<Term> {
  const [keys, ...options] = args as readonly [readonly Term[], ...Term[]]
  const places = Map.groupBy(keys.keys(), (place) => shardOfKey(keys[place] as Term))
  const values = new Array<Term>(keys.length)
  const readPart = async ([shard, of]: [number, number[]]): Promise<void> => {
    const part = of.map((place) => keys[place] as Term)
    const found = (await read(shard, { table, op, args: [part, ...options] })) as readonly Term[]
    for (const [i, place] of of.entries()) values[place] = found[i] as Term
  }
  await Promise.all([...places].map(readPart))
  return values
}

/**
 * Whether to go on at once. Not from one slice that removes to the next of the same shard: they would be two requests
 * under one idempotency key.
 */
const isEmpty = ({ keys, deleted, cursor }: TermObject): boolean =>
  (keys as readonly Term[] | undefined)?.length === 0 || (deleted === 0 && cursor === null)
