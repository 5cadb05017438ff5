/**
 * Room for bodies: how much of them an isolate holds while they are read, from all its callers together.
 *
 * A body takes the room that it announces before any of it is read, or, where it announces nothing, what has come of it:
 * many small ones come that way from clients that stream. What was read goes on as operations, which the router bounds.
 *
 * A request that the runtime ends does not come back to give its room back: after a while it is taken for lost.
 */
import { EtsError } from '../engine/error.ts'
import { MAX_BODIES_BYTES } from '../protocol/limits.ts'

/** Longer than anybody may wait for an answer. */
const LOST_AFTER_MS = 120_000
/** As long as a body takes from far away. */
const RETRY_AFTER_MS = 1_000

interface Held {
  bytes: number
  readonly sinceMs: number
}

/** Takes room for that many bytes more. Errors: `overloaded` where there is none. */
export type TakeRoom = (bytes: number) => void

export class BodyRoom {
  readonly #clock: () => number
  readonly #held = new Set<Held>()
  #bytes = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** What `read` gives; the room that it takes comes back when it ends, whether it succeeds or not. */
  async during<T>(read: (take: TakeRoom) => Promise<T>): Promise<T> {
    const held: Held = { bytes: 0, sinceMs: this.#clock() }
    this.#held.add(held)
    try {
      return await read((bytes) => this.#take(held, bytes))
    } finally {
      this.#leave(held)
    }
  }

  #take(held: Held, bytes: number): void {
    if (this.#bytes + bytes > MAX_BODIES_BYTES) this.#forgetLost()
    if (this.#bytes + bytes > MAX_BODIES_BYTES || !this.#held.has(held)) {
      throw new EtsError('overloaded', { retryAfterMs: RETRY_AFTER_MS })
    }
    held.bytes += bytes
    this.#bytes += bytes
  }

  #forgetLost(): void {
    const nowMs = this.#clock()
    for (const held of this.#held) if (nowMs - held.sinceMs >= LOST_AFTER_MS) this.#leave(held)
  }

  #leave(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes
  }
}
