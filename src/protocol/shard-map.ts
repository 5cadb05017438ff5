/**
 * Shard maps: which shard of a process owns a slot, and under which name each shard is found.
 *
 * A map is a version and a number. Each shard of a process keeps the map it began with and refuses calls that were
 * sent by another one (`moved`), so no router, however stale, stores a row where others do not look for it.
 */
import { SLOTS } from './slots.ts'

export interface ShardMap {
  /** How slots go to shards; 1 is the only way so far: each shard has a range of them. */
  readonly version: number
  readonly shards: number
}

/** The map of a process that is one shard, as all are unless configured otherwise. */
export const SINGLE: ShardMap = { version: 1, shards: 1 }

export const shardMapOf = (shards: number): ShardMap => (shards === 1 ? SINGLE : { version: 1, shards })

export const isSameMap = (a: ShardMap, b: ShardMap): boolean =>
  a.version === b.version && a.shards === b.shards

/** The shard that owns a slot. */
export const shardOf = ({ shards }: ShardMap, slot: number): number => Math.floor((slot * shards) / SLOTS)

/** `~` is not a letter of names, and may stand in a path as it is. */
const SEPARATOR = '~'

/** The name of the object that is a shard: that of the process for the first one, whatever the number of shards. */
export const shardName = (process: string, shard: number): string =>
  shard === 0 ? process : `${process}${SEPARATOR}${shard}`

/** The process and the number of a shard, by the name of its object. */
export function shardOfName(name: string): { readonly process: string; readonly shard: number } {
  const at = name.indexOf(SEPARATOR)
  return at === -1
    ? { process: name, shard: 0 }
    : { process: name.slice(0, at), shard: Number(name.slice(at + 1)) }
}
