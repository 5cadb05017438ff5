/** Tally: what a process counts of the calls of its life. Codes are a closed list, so it stays small. */
import type { Reply } from '../protocol/reply.ts'

export class Tally {
  calls = 0
  operations = 0
  readonly #refused = new Map<string, number>()

  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused)
  }

  /** Counts a call of so many operations when it is answered, and hands the answer on. */
  count<T>(operations: number, reply: Reply<T>): Reply<T> {
    this.calls++
    this.operations += operations
    if (!reply.ok) this.#refused.set(reply.error.code, (this.#refused.get(reply.error.code) ?? 0) + 1)
    return reply
  }
}
