/**
 * Expiry: gives the memory of rows back that have ended, within the resolution, though nobody calls.
 *
 * Nobody sees a row from its deadline on, so this is about memory and events only: it may run too often, too late
 * or twice. Rows that are due wait for others, so that one alarm serves them all: however many deadlines there are,
 * alarms are set at most every {@link PATIENCE} of the resolution.
 *
 * Cost: a turn O(1) a table; a run O(rows due), in steps of a few milliseconds with callers in between.
 */
import type { Database } from '../engine/database.ts'
import type { Table } from '../engine/table.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import { Alarm } from './alarm.ts'
import { isInternal } from './replies.ts'

/** Remembered replies are nobody's rows: to wake for each of them would cost more than they take. */
const INTERNAL_RESOLUTION_MS = 10 * 60_000

/** The part of the resolution that rows wait; the rest is for a late alarm and the coarseness of the wheel. */
const PATIENCE = 0.75

/**
 * What sweeping many rows takes, callers in between included: where they all end at once, it is begun earlier. In
 * steps, as a patience that shrank with each row would have the alarm set for each.
 */
const SWEEP_MS = { rows: 100_000, takesMs: 66 }

/**
 * An object without calls is discarded after this. An alarm that rings later finds it away, and has to wait until it
 * is rebuilt (bench/journal): it rings earlier for that, and once more when the rows are due. Earlier by thrice what
 * rebuilding takes on a quiet machine, as nobody knows how busy it will be; but not so early that it is away again.
 */
const DISCARDED_AFTER_MS = 10_000
const REBUILD_MS = { rows: 100_000, takesMs: 900, most: 9_000 }

/** Rows of a step of sweeping: a few milliseconds, so that turns wait no longer than that. */
const SWEPT_PER_STEP = 8_000

export interface ExpiryParts {
  readonly clock: () => EpochMs
  /** Has `run` called at a moment, in place of any that was set before, also in the next life. */
  readonly setAlarm: (atMs: EpochMs) => void
  /** Resolves when the calls that have arrived by now have had their turns. */
  readonly moment: () => Promise<void>
  /** How long after its deadline a row may hold memory. */
  readonly expiryResolutionMs: number
}

export class Expiry {
  readonly #database: Database
  readonly #parts: ExpiryParts
  readonly #alarm: Alarm

  constructor(database: Database, parts: ExpiryParts) {
    this.#database = database
    this.#parts = parts
    this.#alarm = new Alarm(parts.setAlarm)
  }

  /** Takes over the alarm that an earlier life of the process has set, or `null`; once, at the start. */
  adopt(alarmMs: EpochMs | null): void {
    this.#alarm.adopt(alarmMs ?? NEVER)
    this.#watchAll()
  }

  /** Sees to it that the rows of a table that was called are given back in time. */
  watch(name: string, nowMs: EpochMs): void {
    const table = this.#database.find(name)
    if (table === undefined || table.soonestMs === NEVER) return
    this.#want(table.soonestMs + this.#patienceMs(name, table), table.held, nowMs)
  }

  /** What the alarm is for. */
  async run(): Promise<void> {
    this.#alarm.rang()
    try {
      while (this.#database.sweep(this.#parts.clock(), SWEPT_PER_STEP)) await this.#parts.moment()
    } finally {
      this.#watchAll()
    }
  }

  #watchAll(): void {
    let atMs: number = NEVER
    let held = 0
    for (const [name, table] of this.#database.tables) {
      atMs = Math.min(atMs, table.nextDueMs() + this.#patienceMs(name, table))
      held += table.held
    }
    this.#want(atMs, held, this.#parts.clock())
  }

  #want(atMs: number, rows: number, nowMs: EpochMs): void {
    const rebuildMs = Math.min(REBUILD_MS.most, REBUILD_MS.takesMs * Math.floor(rows / REBUILD_MS.rows))
    const isAway = atMs - rebuildMs > nowMs + DISCARDED_AFTER_MS
    this.#alarm.want((isAway ? atMs - rebuildMs : atMs) as EpochMs, nowMs)
  }

  #patienceMs(name: string, table: Table): number {
    const resolutionMs = isInternal(name) ? INTERNAL_RESOLUTION_MS : this.#parts.expiryResolutionMs
    const sweepMs = SWEEP_MS.takesMs * Math.floor(table.held / SWEEP_MS.rows)
    return Math.max(0, Math.round(PATIENCE * resolutionMs) - sweepMs)
  }
}
