/**
 * Committer: puts turns on disk in groups, as large as they happen to be and never waiting to grow.
 *
 * The first turn is appended at once; those that come while the disk is still busy with it are appended
 * together when it is done. So a lone caller pays nothing for the grouping, and sixty-four callers share one
 * written row. Replies need not wait for the disk themselves: the platform's output gate holds them back until
 * what was written before them is durable. They wait here only until their turn is written.
 *
 * Errors: when `append` throws, memory is ahead of the disk: `fail` is called and must end the process.
 */
export interface CommitterParts {
  /** Writes everything that changed since the last call, synchronously. */
  readonly append: () => void
  /** Resolves when everything written is on disk. */
  readonly durable: () => Promise<void>
  /** Ends the process. */
  readonly fail: (cause: unknown) => void
}

export class Committer {
  readonly #parts: CommitterParts
  /** The disk is busy until then. */
  #busy: Promise<void> | undefined
  /** The group that is appended when the disk is free again. */
  #next: Promise<void> | undefined

  constructor(parts: CommitterParts) {
    this.#parts = parts
  }

  /** Turns that are done but not written yet: what reads must wait for, so that nobody sees what may be lost. */
  get pending(): Promise<void> | undefined {
    return this.#next
  }

  /** Has the turns so far written. Undefined when they are, else resolves when they will be. */
  commit(): Promise<void> | undefined {
    if (this.#next !== undefined) return this.#next
    if (this.#busy === undefined) {
      this.#append()
      return undefined
    }
    this.#next = this.#busy.then(() => {
      this.#next = undefined
      this.#append()
    })
    return this.#next
  }

  #append(): void {
    try {
      this.#parts.append()
    } catch (cause) {
      this.#parts.fail(cause)
      throw cause
    }
    const busy = this.#parts.durable()
    this.#busy = busy
    busy.then(
      () => {
        if (this.#busy === busy) this.#busy = undefined
      },
      (cause) => this.#parts.fail(cause),
    )
  }
}
