/**
 * Tables: the one interface that is spoken everywhere, in process, over a Durable Object and over HTTP.
 */
import type { Term } from '../engine/term.ts'
import type { Caller } from './caller.ts'
import type { RawOperation } from './operation.ts'

export interface Tables {
  /**
   * Runs operations on the tables of one process in order, all or none, in one turn of their owner.
   *
   * Shape:  one value an operation, in their order.
   * Errors: every refusal is an `EtsError`. After one, nothing has changed; after any other failure of a
   *         call that writes it is unknown whether it took effect.
   */
  run(operations: readonly RawOperation[], options?: CallOptions): Promise<Answer>
}

export interface CallOptions {
  /**
   * Names the call, so that it takes effect once however often it is sent: the owner remembers what it answered
   * for an hour. 1–128 characters `[A-Za-z0-9_-]`.
   */
  readonly idempotencyKey?: string
  /** Who calls: its tenant's tables are meant, and their access modes are asked. Default: nobody is asked. */
  readonly caller?: Caller
  /**
   * How long the caller waits, in milliseconds. No work begins when that has passed, and the answer is
   * `deadline_exceeded` then; it is unknown whether a call that had begun took effect. Default: 5 s, at most a minute.
   */
  readonly timeoutMs?: number
}

export interface Answer {
  readonly values: readonly Term[]
  /** The number of the last change of the process, seen at the end of the turn. */
  readonly seq: number
  /** How many times the process has started: a new one means that memory was rebuilt. */
  readonly incarnation: number
  /** The call had been made before under its idempotency key, and this is what it was answered then. */
  readonly replayed?: true
  /** How many calls went to the owner together, this one among them; absent where it went by itself. */
  readonly together?: number
}
