/** Owners as the router sees them: one call to one shard, whatever is between. */
import type { Caller } from '../protocol/caller.ts'
import type { Operation } from '../protocol/operation.ts'
import type { Placement } from '../protocol/placement.ts'
import type { Answer } from '../protocol/tables.ts'

/** One shard of a process of the caller's tenant. */
export interface Shard {
  readonly process: string
  readonly shard: number
  readonly placement: Placement
}

/** The options of a call, checked, its deadline on the clock of the router. */
export interface OwnerCallOptions {
  readonly idempotencyKey?: string
  readonly caller?: Caller
  /** The moment behind which nobody waits for the answer. */
  readonly untilMs: number
  /** The span that the caller gave, for the refusal. */
  readonly timeoutMs: number
}

/** Runs operations on one shard in one turn. Errors: refusals, as `Tables.run`. */
export type CallOwner = (
  shard: Shard,
  operations: readonly Operation[],
  options: OwnerCallOptions,
) => Promise<Answer>
