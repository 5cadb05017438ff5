/**
 * Committer: puts turns on disk in groups, each a written row and a wait for the disk.
 *
 * A lone turn is appended at once. Those that come while the disk is busy with it are a group, and are appended
 * together when it is free. As many as the last group had are likely to come again, those who were just answered:
 * the next group waits for as many, some moments, and goes on waiting while each brings somebody new. So a lone
 * caller pays nothing for the grouping, and sixty-four callers share one row (bench/journal).
 *
 * Replies need not wait for the disk themselves: the platform's output gate holds them back until what was
 * written before them is durable. They wait here only until their turn is written.
 *
 * Errors: when `append` throws, memory is ahead of the disk: `fail` is called and must end the process.
 */
export interface CommitterParts {
  /** Writes everything that changed since the last call, synchronously. */
  readonly append: () => void
  /** Resolves when everything written is on disk. */
  readonly durable: () => Promise<void>
  /** Resolves when the calls that have arrived by now have had their turns. */
  readonly moment: () => Promise<void>
  /** Ends the process. */
  readonly fail: (cause: unknown) => void
}

/** A group waits for no more than so many moments: some milliseconds, about what a disk takes for a write. */
const MAX_MOMENTS = 8

export class Committer {
  readonly #parts: CommitterParts
  /** The disk is busy until then. */
  #busy: Promise<void> | undefined
  /** The group that is gathering. */
  #next: Promise<void> | undefined
  #nextSize = 0
  /** Turns of the last group: as many are likely to come again. */
  #lastSize = 1

  constructor(parts: CommitterParts) {
    this.#parts = parts
  }

  /** Turns that are done but not written yet: what reads must wait for, so that nobody sees what may be lost. */
  get pending(): Promise<void> | undefined {
    return this.#next
  }

  /** Has the turns so far written. Undefined when they are, else resolves when they will be. */
  commit(): Promise<void> | undefined {
    if (this.#next === undefined && this.#busy === undefined && this.#lastSize === 1) {
      this.#append()
      return undefined
    }
    this.#nextSize++
    this.#next ??= this.#gather()
    return this.#next
  }

  /** Appends the group when the disk is free and nobody joins any more. */
  async #gather(): Promise<void> {
    await this.#busy
    for (let moments = 0, size = 0; moments < MAX_MOMENTS; moments++) {
      if (size === this.#nextSize && size >= this.#lastSize) break
      size = this.#nextSize
      await this.#parts.moment()
    }
    this.#lastSize = this.#nextSize
    this.#next = undefined
    this.#nextSize = 0
    this.#append()
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
