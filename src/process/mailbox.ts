/**
 * Mailbox: how much may wait in an owner. What the platform has not delivered yet it keeps itself, and refuses
 * itself; what has had its turn waits here for the disk, and with it the memory of its answers.
 *
 * Refusing comes before any work: a call that is refused has had no turn.
 */
import { lengthOf } from '../engine/allowance.ts'
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import type { Answer } from '../protocol/tables.ts'

/** Answers that wait: a disk that takes 100 ms for a group serves a hundred thousand a second with these. */
const MAX_WAITING = 10_000
/** Characters of them, an eighth of the memory of a process at worst. */
const MAX_WAITING_LENGTH = 8_000_000
/** As long as a slow disk takes for a group. */
const RETRY_AFTER_MS = 200

export class Mailbox {
  #waiting = 0
  #length = 0

  /** Errors: `overloaded`. */
  admit(): void {
    if (this.#waiting < MAX_WAITING && this.#length < MAX_WAITING_LENGTH) return
    throw new EtsError('overloaded', { retryAfterMs: RETRY_AFTER_MS })
  }

  /** Counts answers as waiting until they are written. */
  async hold(answers: readonly Answer[], written: Promise<void>): Promise<void> {
    let length = 0
    for (const { values } of answers) length += lengthOf(values as Term[], MAX_WAITING_LENGTH)
    this.#waiting += answers.length
    this.#length += length
    try {
      await written
    } finally {
      this.#waiting -= answers.length
      this.#length -= length
    }
  }
}
