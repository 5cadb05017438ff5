/**
 * Room for bodies: how much of them an isolate holds while they are read, from all its callers together.
 *
 * A body takes the room that it announces, or that of the longest where it says nothing, before any of it is read. What
 * was read goes on as operations, which the router bounds.
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
  readonly bytes: number
  readonly sinceMs: number
}

export class BodyRoom {
  readonly #clock: () => number
  readonly #held = new Set<Held>()
  #bytes = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** What `read` gives, with room for that many bytes meanwhile. Errors: `overloaded`, before anything is read. */
  async during<T>(bytes: number, read: () => Promise<T>): Promise<T> {
    if (this.#bytes + bytes > MAX_BODIES_BYTES) this.#forgetLost()
    if (this.#bytes + bytes > MAX_BODIES_BYTES) {
      throw new EtsError('overloaded', { retryAfterMs: RETRY_AFTER_MS })
    }
    const held: Held = { bytes, sinceMs: this.#clock() }
    this.#held.add(held)
    this.#bytes += bytes
    try {
      return await read()
    } finally {
      this.#leave(held)
    }
  }

  #forgetLost(): void {
    const nowMs = this.#clock()
    for (const held of this.#held) if (nowMs - held.sinceMs >= LOST_AFTER_MS) this.#leave(held)
  }

  #leave(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes
  }
}
