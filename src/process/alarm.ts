/**
 * Alarm: the one moment at which a process wants to be woken though nobody calls.
 *
 * The platform keeps one alarm an object, and setting it is a written row: it is set only when it has to ring
 * earlier than it would. One whose reason has gone by then rings once, for nothing, and is not set again. An alarm
 * in the past may never ring (it does happen): it is set anew when somebody looks.
 */
import { type EpochMs, NEVER } from '../engine/time.ts'

/** An alarm that is late by this much is taken to be stuck; a healthy one is late by some milliseconds. */
const STUCK_AFTER_MS = 2_000

/**
 * As far ahead as it is set. The platform refuses one after the year 2189, which would end the process; what is due later than
 * in a year is waited for anew then.
 */
const LONGEST_WAIT_MS = 365 * 24 * 60 * 60 * 1000

export class Alarm {
  readonly #set: (atMs: EpochMs) => void
  /** When the platform will ring, as far as is known here. */
  #armedMs: EpochMs = NEVER

  constructor(set: (atMs: EpochMs) => void) {
    this.#set = set
  }

  get armedMs(): EpochMs {
    return this.#armedMs
  }

  /** Lets it ring at `atMs` at the latest. Cost: a comparison, unless it has to ring earlier than it would. */
  want(atMs: EpochMs, nowMs: EpochMs): void {
    const isStuck = this.#armedMs < nowMs - STUCK_AFTER_MS
    const soonMs = atMs === NEVER ? NEVER : Math.min(atMs, nowMs + LONGEST_WAIT_MS)
    if (soonMs >= this.#armedMs && !isStuck) return
    this.#armedMs = Math.max(Math.min(soonMs, this.#armedMs), nowMs) as EpochMs
    this.#set(this.#armedMs)
  }

  /** Takes over what the platform kept from an earlier life of the process, unless it was set in this one. */
  adopt(armedMs: EpochMs): void {
    if (this.#armedMs === NEVER) this.#armedMs = armedMs
  }

  /** It has rung, and is not set any more. */
  rang(): void {
    this.#armedMs = NEVER
  }
}
