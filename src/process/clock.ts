/**
 * Clock: what a process takes for the present. That of the machine, unless a test has set it: then it stands still
 * until it is set again, also through a restart, so that tests and demonstrations never sleep.
 *
 * Timers of milliseconds (writing behind, checkpoints) go on by the machine's clock; they are not about time but
 * about order.
 */
import type { EpochMs } from '../engine/time.ts'

const KEPT = 'clock'

/** Two thousand years: moments computed from it are safe integers. */
const LATEST_MS = 2 ** 46

export class Clock {
  readonly #kept: SyncKvStorage
  #setMs: number | undefined

  constructor(kept: SyncKvStorage) {
    this.#kept = kept
    this.#setMs = kept.get<number>(KEPT)
  }

  /** Whether a test has set it. */
  get isSet(): boolean {
    return this.#setMs !== undefined
  }

  nowMs(): EpochMs {
    return (this.#setMs ?? Date.now()) as EpochMs
  }

  /** Stands still at a moment from now on. */
  set(nowMs: number): void {
    this.#setMs = Math.min(nowMs, LATEST_MS)
    this.#kept.put(KEPT, this.#setMs)
  }

  /** Is that of the machine again. */
  release(): void {
    this.#setMs = undefined
    this.#kept.delete(KEPT)
  }
}
