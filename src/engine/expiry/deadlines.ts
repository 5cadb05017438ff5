/**
 * Deadlines: when the rows of a table end, and which have ended and still hold their slots.
 *
 * Owns the timer wheel, which exists from the first row with a deadline on.
 */
import { endOf, type Slots, type Timing } from '../store/slots.ts'
import { type EpochMs, isLive, NEVER } from '../time.ts'
import { TimerWheel } from './wheel.ts'

/** Rows that are looked at for one that is due when room is needed. */
const DUE_LOOKS = 16

export class Deadlines {
  readonly #slots: Slots
  #wheel: TimerWheel | undefined
  /** No sweep is due before this moment: a row may have ended up to a tick of the wheel before. */
  #soonestMs = NEVER
  /** The moment for which no dead row holds a slot. */
  #sweptAtMs = NEVER

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** How many rows have one. */
  get size(): number {
    return this.#wheel?.size ?? 0
  }

  /** Whether every row that has ended by then is known to be gone. */
  isSwept(nowMs: EpochMs): boolean {
    return this.#wheel === undefined || this.#sweptAtMs === nowMs
  }

  set(slot: number, timing: Timing, nowMs: EpochMs): void {
    const slots = this.#slots
    const beforeMs = slots.expiresAtMs(slot)
    const expiresAtMs = endOf(timing)
    slots.setTiming(slot, timing)
    if (this.#wheel === undefined) {
      if (expiresAtMs === NEVER) return
      this.#wheel = new TimerWheel((each) => slots.expiresAtMs(each), nowMs)
    }
    this.#wheel.reschedule(slot, beforeMs, expiresAtMs)
    if (expiresAtMs < this.#soonestMs) this.#soonestMs = expiresAtMs
    if (!isLive(expiresAtMs, nowMs)) this.#sweptAtMs = NEVER
  }

  /** The row in a slot goes. */
  cancel(slot: number): void {
    this.#wheel?.cancel(slot)
  }

  /** When to `sweep` next: at most 64 ms after the first deadline, and `NEVER` when there is none. */
  nextDueMs(): EpochMs {
    this.#soonestMs = this.#wheel === undefined ? NEVER : this.#wheel.nextDueMs()
    return this.#soonestMs
  }

  /** No `sweep` is due before this moment: at worst too early, and without looking. */
  get soonestMs(): EpochMs {
    return this.#soonestMs
  }

  /** A row that has ended, or -1 where a short look finds none. */
  firstEnded(nowMs: EpochMs): number {
    return this.#wheel?.firstDue(nowMs, DUE_LOOKS) ?? -1
  }

  /** Has rows removed that are due, looking at no more than `limit`; says whether more may be due. */
  sweep(nowMs: EpochMs, limit: number, remove: (slot: number) => void): boolean {
    const hasMore = this.#wheel?.advance(nowMs, limit, remove) ?? false
    this.#sweptAtMs = hasMore ? NEVER : nowMs
    return hasMore
  }

  /** Throws when wheel and slots do not agree, for tests. Cost: O(n). */
  check(): void {
    const slots = this.#slots
    let count = 0
    for (let slot = slots.from(0); slot !== -1; slot = slots.from(slot + 1)) {
      if (slots.expiresAtMs(slot) !== NEVER) count++
    }
    if (this.size !== count) throw new Error('deadlines: wheel and slots differ in their number')
    this.#wheel?.check()
  }
}
