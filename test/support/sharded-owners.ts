/** A process over several shards, each an owner over records in memory, as the router calls them. */
import { EtsError } from '../../src/engine/error.ts'
import type { OwnerParts } from '../../src/process/owner.ts'
import { Ownership } from '../../src/process/ownership.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import type { Placement } from '../../src/protocol/placement.ts'
import { type ShardMap, shardMapOf, shardName, shardOf } from '../../src/protocol/shard-map.ts'
import { slotOf } from '../../src/protocol/slots.ts'
import type { CallOptions } from '../../src/protocol/tables.ts'
import type { CallOwner } from '../../src/router/owners.ts'
import { ShardedTables } from '../../src/router/sharded-tables.ts'
import { TestOwner } from './an-owner.ts'

/** How many shards most tests have, and a key of each of them. */
export const SHARDS = 3
const shardOfKey = (key: string | number): number => shardOf(shardMapOf(SHARDS), slotOf(key))
export const KEYS = Array.from({ length: SHARDS }, (_, shard) => {
  for (let i = 0; ; i++) if (shardOfKey(`k${i}`) === shard) return `k${i}`
}) as [string, string, string]

interface Seat {
  readonly owner: TestOwner
  readonly ownership: Ownership
}

export class ShardedOwners {
  readonly #seats = new Map<string, Seat>()
  readonly #tables: ShardedTables
  /** Shards that answer `restarting`. */
  readonly down = new Set<number>()
  /** How many calls each shard had. */
  readonly calls: number[] = []
  placement: Placement
  readonly #parts: Partial<OwnerParts>

  /** `parts` as of a {@link TestOwner}. */
  constructor(shards: number, parts: Partial<OwnerParts> = {}) {
    this.#parts = parts
    this.placement = { map: shardMapOf(shards) }
    this.#tables = new ShardedTables(this.#call)
  }

  async run(table: string, op: string, ...args: unknown[]): Promise<unknown> {
    return (await this.batch([{ table, op, args }])).values[0]
  }

  batch(
    operations: Parameters<typeof checkOperations>[0],
    options: CallOptions = {},
  ): ReturnType<ShardedTables['run']> {
    const all = { ...options, untilMs: Number.POSITIVE_INFINITY, timeoutMs: 1000 }
    return this.#tables.run('p', this.placement, checkOperations(operations), all)
  }

  /** Lets time pass on every shard that was called. */
  async pass(ms: number): Promise<void> {
    for (const { owner } of this.#seats.values()) await owner.pass(ms)
  }

  /** What one shard holds, past the router. */
  owner(shard: number): TestOwner {
    return this.#seat('p', shard).owner
  }

  /** The same, called by the present map as a step of a transfer does. Errors: `moved`. */
  async admitted(shard: number): Promise<TestOwner> {
    const { owner, ownership } = this.#seat('p', shard)
    await ownership.admit(this.placement.map)
    return owner
  }

  readonly #call: CallOwner = async (
    { process, shard, placement: { map } },
    operations,
    { idempotencyKey },
  ) => {
    this.calls[shard] = (this.calls[shard] ?? 0) + 1
    if (this.down.has(shard)) throw new EtsError('restarting', { retryAfterMs: 1 })
    const { owner, ownership } = this.#seat(process, shard)
    await ownership.admit(map)
    ownership.check(operations, (table) => owner.owner.keyposOf(table))
    // What crosses is a copy, as between objects.
    const copy = structuredClone(operations)
    return structuredClone(await owner.call(copy, idempotencyKey === undefined ? {} : { idempotencyKey }))
  }

  #seat(process: string, shard: number): Seat {
    const name = shardName(process, shard)
    const existing = this.#seats.get(name)
    if (existing !== undefined) return existing
    const owner = new TestOwner(undefined, this.#parts)
    const ownership = new Ownership({
      name,
      kept: undefined,
      keep: () => {},
      join: async (map: ShardMap) => this.#seat(process, 0).ownership.admit(map),
      hasChanged: () => owner.owner.seq > 0,
    })
    const seat = { owner, ownership }
    this.#seats.set(name, seat)
    return seat
  }
}
