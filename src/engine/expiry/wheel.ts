/**
 * Timer wheel: which rows are due at a moment, without looking at the others.
 *
 * Owns the set of slots that have a deadline. It hands slots back; the table decides what to drop. The
 * deadlines themselves are the table's: the wheel reads one when a row's turn comes.
 *
 * Four levels of 64 buckets. A bucket of the finest level spans one tick of 64 ms; on the next levels 4 s,
 * 4 min and 4.7 h. A row waits in the finest level that reaches its deadline, and when its bucket comes
 * round it is due, or is placed again in a finer one. The reach is 12 days: a row with a later deadline waits
 * in the last bucket and is placed again from there.
 *
 * A bucket that comes round is joined, whole, to the list of pending rows, and these are then examined one
 * by one. Between any two of them the wheel is in order, so work can stop anywhere and go on later.
 *
 * Cost:   schedule and cancel O(1), without allocation; advance O(256 + rows examined), and a row is
 *         examined about once a level in its life; nextDueMs O(256 + rows looked at, a thousand at most).
 * Limits: ticks are found by division: bitwise operators are 32-bit, epoch milliseconds are not.
 * Source: Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", 1997.
 */

import { SlotLists } from '../store/slot-lists.ts'
import { type EpochMs, isLive, NEVER } from '../time.ts'

/** The deadline of the row in `slot`. Asked about scheduled slots only. */
export type DeadlineOf = (slot: number) => EpochMs

const TICK_MS = 64
const LEVELS = 4
const BUCKETS = 64

/** Rows of a coarse bucket that are looked at for the first deadline: some microseconds. More are worth a wake-up. */
const LOOKED_AT = 256

/** The list behind those of the buckets. */
const PENDING = LEVELS * BUCKETS

export class TimerWheel {
  readonly #deadlineOf: DeadlineOf
  readonly #lists = new SlotLists(PENDING + 1)
  #size = 0
  /** The present, in ticks since the epoch. Every placement is relative to it. */
  #tick: number
  /** Rows that are due from here on do not wait in the finest level. */
  #farMs: number
  /** No row in the bucket of the present tick is due before this moment. */
  #presentDueMs = NEVER

  /** `nowMs` is where the wheel starts. */
  constructor(deadlineOf: DeadlineOf, nowMs: EpochMs) {
    this.#deadlineOf = deadlineOf
    this.#tick = tickOf(nowMs)
    this.#farMs = farFrom(this.#tick)
  }

  /** How many slots are scheduled. */
  get size(): number {
    return this.#size
  }

  /**
   * Lets `slot` come due at `expiresAtMs`, in place of any deadline that it had. `NEVER` cancels.
   *
   * A deadline that only moves later, or to `NEVER`, need not be scheduled anew: when the row's turn comes,
   * `deadlineOf` tells where it belongs. One that moves earlier must be.
   */
  schedule(slot: number, expiresAtMs: EpochMs): void {
    if (this.#lists.remove(slot)) this.#size--
    if (expiresAtMs === NEVER) return
    this.#place(slot, expiresAtMs)
    this.#size++
  }

  /**
   * As `schedule`, of a slot that was scheduled for `fromMs`, unless that is `NEVER`.
   *
   * A far deadline that moves later leaves the row where it is, at the price of a wake-up: rows of caches are written
   * again and again, and to move one touches its neighbours in two lists, each elsewhere in memory.
   */
  reschedule(slot: number, fromMs: EpochMs, expiresAtMs: EpochMs): void {
    const staysThere = fromMs >= this.#farMs && expiresAtMs >= fromMs && expiresAtMs !== NEVER
    if (!staysThere) this.schedule(slot, expiresAtMs)
  }

  /** Forgets `slot`. Returns whether it was scheduled. */
  cancel(slot: number): boolean {
    const wasScheduled = this.#lists.remove(slot)
    if (wasScheduled) this.#size--
    return wasScheduled
  }

  clear(): void {
    this.#lists.clear()
    this.#size = 0
    this.#presentDueMs = NEVER
  }

  /**
   * Goes to `nowMs` and visits rows that are due, each forgotten before its visit.
   *
   * Shape:  at most `limit` rows are examined, due or not. Answers whether some are left to examine: call
   *         again, now or later. On `false`, every row with a deadline at or before `nowMs` has been visited;
   *         no other row ever is.
   * Order:  none. The visitor may schedule and cancel any slot; what it makes due comes with the next call.
   * Cost:   O(limit), however far `nowMs` is from the last call. A clock that goes back by a tick or more
   *         makes every row pending, so that none waits for the clock to catch up.
   */
  advance(nowMs: EpochMs, limit: number, visit: (slot: number) => void): boolean {
    this.#turnTo(nowMs)
    for (let examined = 0; examined < limit; examined++) {
      const slot = this.#lists.first(PENDING)
      if (slot < 0) return false
      this.#lists.remove(slot)
      const expiresAtMs = this.#deadlineOf(slot)
      if (expiresAtMs !== NEVER && isLive(expiresAtMs, nowMs)) {
        this.#place(slot, expiresAtMs)
      } else {
        this.#size--
        if (expiresAtMs !== NEVER) visit(slot)
      }
    }
    return !this.#lists.isEmpty(PENDING)
  }

  /** A row that is due, which stays scheduled, or -1. Cost: as `advance` with that `limit`. */
  firstDue(nowMs: EpochMs, limit: number): number {
    this.#turnTo(nowMs)
    for (let examined = 0; examined < limit; examined++) {
      const slot = this.#lists.first(PENDING)
      if (slot < 0) return -1
      const expiresAtMs = this.#deadlineOf(slot)
      if (!isLive(expiresAtMs, nowMs)) return slot
      this.#lists.remove(slot)
      if (expiresAtMs === NEVER) this.#size--
      else this.#place(slot, expiresAtMs)
    }
    return -1
  }

  /**
   * When to call `advance` next; `NEVER` when nothing is scheduled. A moment in the past means at once.
   *
   * Promise: at most 64 ms after the first deadline, and never idle: an `advance` at that moment visits rows,
   * or places many rows again, finer. A row among few costs its visit alone, and a wake-up for every 12 days.
   * (After a cancel there may be one that finds nothing.)
   */
  nextDueMs(): EpochMs {
    if (this.#size === 0) return NEVER
    if (!this.#lists.isEmpty(PENDING)) return (this.#tick * TICK_MS) as EpochMs
    const isPresentEmpty = this.#lists.isEmpty(bucketOf(0, this.#tick))
    let dueMs: number = isPresentEmpty ? NEVER : (tickOf(this.#presentDueMs) + 1) * TICK_MS
    let widthMs = TICK_MS
    let present = this.#tick
    for (let level = 0; level < LEVELS; level++) {
      const tick = present + this.#ticksToNext(level, present)
      // Rows of the finest level are all due at the end of their tick.
      if (level === 0) dueMs = Math.min(dueMs, (tick + 1) * widthMs)
      else if (tick * widthMs < dueMs) dueMs = Math.min(dueMs, this.#firstDueMs(level, tick, widthMs))
      widthMs *= BUCKETS
      present = coarser(present)
    }
    return dueMs as EpochMs
  }

  /** Throws when a row could be missed: for tests. Cost: O(n). */
  check(): void {
    let present = this.#tick
    let found = this.#lists.check(PENDING).length
    for (let level = 0; level < LEVELS; level++) {
      for (let tick = present; tick < present + BUCKETS; tick++) {
        const slots = this.#lists.check(bucketOf(level, tick))
        if (slots.length > 0 && level > 0 && tick === present)
          throw new Error('wheel: a bucket was left behind')
        for (const slot of slots) this.#checkRow(slot, level, tick)
        found += slots.length
      }
      present = coarser(present)
    }
    if (found !== this.#size) throw new Error(`wheel: ${found} rows found, ${this.#size} scheduled`)
  }

  /** How many ticks of `level` ahead of the present one the first row waits; `Infinity` when none does. */
  #ticksToNext(level: number, present: number): number {
    const first = level * BUCKETS
    const index = bucketOf(level, present) - first
    for (let ahead = 1; ahead < BUCKETS; ahead++) {
      if (!this.#lists.isEmpty(first + ((index + ahead) % BUCKETS))) return ahead
    }
    return Number.POSITIVE_INFINITY
  }

  /** The first deadline of a coarse bucket, or its start where it has too many rows to look at. */
  #firstDueMs(level: number, tick: number, widthMs: number): number {
    const startMs = tick * widthMs
    // Those that wait for more than the reach of the wheel are placed again then.
    let firstMs = startMs + widthMs
    let slot = this.#lists.first(bucketOf(level, tick))
    for (let seen = 0; slot !== -1; seen++) {
      if (seen === LOOKED_AT) return startMs
      firstMs = Math.min(firstMs, this.#deadlineOf(slot))
      slot = this.#lists.after(slot)
    }
    return Math.max(firstMs, startMs)
  }

  #checkRow(slot: number, level: number, tick: number): void {
    const deadlineMs = this.#deadlineOf(slot)
    let dueTick = Math.max(tickOf(deadlineMs), this.#tick)
    for (let i = 0; i < level; i++) dueTick = coarser(dueTick)
    if (tick > dueTick) throw new Error(`wheel: slot ${slot} waits beyond its deadline`)
    if (level === 0 && tick === this.#tick && deadlineMs < this.#presentDueMs) {
      throw new Error(`wheel: slot ${slot} is due before anything should be`)
    }
  }

  /** Appends a slot that is in no list to the bucket where it waits for its deadline. */
  #place(slot: number, expiresAtMs: EpochMs): void {
    let present = this.#tick
    let tick = Math.max(tickOf(expiresAtMs), present)
    if (tick === present && expiresAtMs < this.#presentDueMs) this.#presentDueMs = expiresAtMs
    let level = 0
    while (tick - present >= BUCKETS && level < LEVELS - 1) {
      tick = coarser(tick)
      present = coarser(present)
      level++
    }
    this.#lists.append(bucketOf(level, Math.min(tick, present + BUCKETS - 1)), slot)
  }

  /** Makes `nowMs` the present, and every row that may be due by then pending. */
  #turnTo(nowMs: EpochMs): void {
    const tick = tickOf(nowMs)
    if (tick === this.#tick && isLive(this.#presentDueMs, nowMs)) return
    // What a bucket stands for depends on the present: when that goes back, all rows are placed anew.
    let from = tick < this.#tick ? Number.NEGATIVE_INFINITY : this.#tick
    let to = tick
    for (let level = 0; level < LEVELS; level++) {
      for (let passed = Math.max(from, to - BUCKETS + 1); passed <= to; passed++) {
        this.#lists.moveAll(bucketOf(level, passed), PENDING)
      }
      from = coarser(from)
      to = coarser(to)
    }
    this.#tick = tick
    this.#farMs = farFrom(tick)
    this.#presentDueMs = NEVER
  }
}

const farFrom = (tick: number): number => (tick + BUCKETS) * TICK_MS

const tickOf = (timeMs: EpochMs): number => Math.floor(timeMs / TICK_MS)

/** The tick of the next level that a tick is part of. */
const coarser = (tick: number): number => Math.floor(tick / BUCKETS)

/** The list of a tick of a level. Spelt without `%`, which calls out of line for numbers above 32 bits. */
const bucketOf = (level: number, tick: number): number => (level - coarser(tick)) * BUCKETS + tick
