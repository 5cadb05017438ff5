/**
 * Ownership: which keys an owner has among the shards of its process.
 *
 * An owner keeps the map of shards with which its process began. Without one it is the only shard, as soon as
 * anything was ever changed in it. A call by another map, and a key of another shard, are refused.
 *
 * Cost: nothing for a process of one shard; else a hash of each key.
 */
import type { Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import { localName } from '../protocol/names.ts'
import { isSameMap, type ShardMap, SINGLE, shardOf, shardOfName } from '../protocol/shard-map.ts'
import { makesCache, slotsOf } from '../protocol/spread.ts'

export interface OwnershipParts {
  /** The name of the object, among those of all tenants. */
  readonly name: string
  /** The map that was kept, if one was. */
  readonly kept: ShardMap | undefined
  readonly keep: (map: ShardMap) => void
  /** Asks the first shard to begin with this map. Errors: `moved` when it began with another. */
  readonly join: (map: ShardMap) => Promise<void>
  /** Whether the owner ever changed. */
  readonly hasChanged: () => boolean
}

export class Ownership {
  readonly #parts: OwnershipParts
  readonly #process: string
  readonly #shard: number
  #map: ShardMap | undefined

  constructor(parts: OwnershipParts) {
    this.#parts = parts
    this.#map = parts.kept
    const { process, shard } = shardOfName(parts.name)
    this.#process = localName(process)
    this.#shard = shard
  }

  /** Takes the map of a call for the owner's own, if it has none. Undefined when that needs nobody else. Errors: `moved`. */
  admit(map: ShardMap = SINGLE): Promise<void> | undefined {
    const own = this.#map ?? (this.#parts.hasChanged() ? SINGLE : undefined)
    if (own !== undefined) {
      if (!isSameMap(own, map)) throw this.#moved(own, map)
    } else if (this.#shard >= map.shards) {
      throw this.#moved(SINGLE, map)
    } else if (map.shards > 1) {
      if (this.#shard > 0) return this.#parts.join(map).then(() => this.#begin(map))
      this.#begin(map)
    }
    return undefined
  }

  /** Errors: `moved` for operations on keys of another shard; `no_such_table` for what would make a cache on this one alone. */
  check(operations: readonly Operation[], keyposOf: (table: string) => number | undefined): void {
    const map = this.#map
    if (map === undefined) return
    for (const operation of operations) {
      const keypos = keyposOf(operation.table)
      if (keypos !== undefined) this.#checkSlots(map, slotsOf(operation, keypos) ?? [])
      // Made here alone the others would not have it.
      else if (makesCache(operation)) throw new EtsError('no_such_table', { table: operation.table })
    }
  }

  #begin(map: ShardMap): void {
    // Two calls may have asked; both have the same map, or the first shard had refused one of them.
    this.#map = map
    this.#parts.keep(map)
  }

  #checkSlots(map: ShardMap, slots: readonly number[]): void {
    if (slots.every((slot) => shardOf(map, slot) === this.#shard)) return
    throw new EtsError('moved', {
      process: this.#process,
      shards: map.shards,
      message: 'a key of this call belongs to another shard',
    })
  }

  #moved(own: ShardMap, map: ShardMap): EtsError {
    return new EtsError('moved', {
      process: this.#process,
      shards: own.shards,
      message:
        `the process ${this.#process} has ${shards(own)} and was called as one of ${shards(map)}; ` +
        'set PROCESSES back, or copy its tables to another name (docs/sharding.md)',
    })
  }
}

const shards = ({ shards: count }: ShardMap): string => (count === 1 ? 'one shard' : `${count} shards`)
