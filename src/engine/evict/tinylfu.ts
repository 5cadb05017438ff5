/**
 * W-TinyLFU: a row that is new has to be used more often than the one that it would push out.
 *
 * New rows go through a window, an LRU of its own. What the window gives up is a candidate for the main part: it
 * is let in only if its key was seen more often lately than that of the row which the main part would give up.
 * The main part is a segmented LRU: rows that were used there are protected, the others on probation, and those
 * on probation that were not used for longest are cold: the next one of these goes first.
 *
 * How large the window should be depends on the load: recency wants a large one, loops and scans want none. It
 * climbs by two observations, each of which says what a somewhat larger window would have changed:
 * - a key comes back that the window gave up and the main part refused within the last {@link MARGIN} of the
 *   rows: a window larger by that would still have it, so the window grows;
 * - a cold row is used, one of the last {@link MARGIN} of the rows: a main part smaller by that would have lost
 *   it, so the window shrinks.
 * Climbing by whole samples of the hit ratio, as the source does, is slower and takes noise for success: on the
 * traces of bench/hit-ratio it falls behind LRU or behind a fixed window by up to five points.
 *
 * What a part may hold is a share of what all rows weigh, so that bytes bound the window as well as rows do.
 *
 * Cost:   every step O(1), amortised; 21 bytes a row, and up to twice that while its tables have room to grow.
 * Limits: a candidate must be seen more often by two: its last use is counted, the next one of the row which it
 *         is compared with is not. One candidate in {@link LET_IN} that is often used is let in all the same, so
 *         that nobody can keep a row out by making another look popular.
 * Source: Einziger, Friedman, Manes, "TinyLFU", 2017, and "Adaptive Software Cache Management", 2018.
 */
import { SlotLists } from '../store/slot-lists.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import type { Policy, Weigh } from './policy.ts'
import { Rejected } from './rejected.ts'

/** The lists: each row is in one of them, the one not used for longest first. */
const WINDOW = 0
const COLD = 1
const PROBATION = 2
const PROTECTED = 3
const LISTS = [WINDOW, COLD, PROBATION, PROTECTED] as const
/** Which lists give a row up, the first that has one. */
const GIVING = [COLD, PROBATION, PROTECTED, WINDOW] as const
const NOBODY = -1

const FIRST_SHARE = 0.01
const MIN_SHARE = 0.001
const MAX_SHARE = 0.9
/** Share of the rows whose fate tells in which direction to climb. */
const MARGIN = 0.2
/** Rows by which one observation moves the window; among few rows as among this many, lest it jump about. */
const STEP_ROWS = 2
const FEW_ROWS = 64
/** The first observations, one a row, count more, this many times at the beginning: there is some way to go. */
const HASTE = 3
/** Share of the main part that may be protected. */
const PROTECTED_SHARE = 0.6
/** How much more often than the row that would go a candidate must have been seen. */
const LEAD = 2
/** A candidate that was seen this often is let in now and then, whatever it is compared with. */
const OFTEN = 6
const LET_IN = 128

export class TinyLfuPolicy implements Policy {
  readonly #weigh: Weigh
  readonly #random: () => number
  readonly #lists = new SlotLists(LISTS.length)
  readonly #sketch = new FrequencySketch()
  readonly #rejected = new Rejected()
  #hashes = new Int32Array(16)
  #listOf = new Uint8Array(16)
  /** What the rows of each list weigh, and all of them. */
  readonly #weights: [number, number, number, number] = [0, 0, 0, 0]
  #weight = 0
  #rows = 0
  #share = FIRST_SHARE
  #observations = 0

  constructor(weigh: Weigh, random: () => number) {
    this.#weigh = weigh
    this.#random = random
  }

  /** What part of all rows the window may hold. */
  get share(): number {
    return this.#share
  }

  add(slot: number, hash: number): void {
    if (slot >= this.#hashes.length) this.#grow(slot)
    this.#hashes[slot] = hash
    const reach = MARGIN * ++this.#rows
    this.#rejected.fit(reach)
    if (this.#rejected.take(hash, reach)) this.#climb(STEP_ROWS)
    this.#sketch.fit(this.#rows)
    this.#sketch.count(hash)
    // One too many stays: if a row has to go, it is the candidate.
    while (this.#weights[WINDOW] > this.#windowWeight) this.#move(this.#lists.first(WINDOW), PROBATION)
    const weight = this.#weigh(slot)
    this.#weight += weight
    this.#weights[WINDOW] += weight
    this.#listOf[slot] = WINDOW
    this.#lists.append(WINDOW, slot)
  }

  touch(slot: number): void {
    this.#sketch.count(this.#hashes[slot] as number)
    const list = this.#listOf[slot] as number
    if (list === WINDOW || list === PROTECTED) {
      this.#lists.moveToEnd(list, slot)
      return
    }
    if (list === COLD) this.#climb(-STEP_ROWS)
    this.#move(slot, PROTECTED)
    const protectedWeight = (this.#weight - this.#windowWeight) * PROTECTED_SHARE
    while (this.#weights[PROTECTED] > protectedWeight) this.#move(this.#lists.first(PROTECTED), PROBATION)
    this.#chill()
  }

  remove(slot: number): void {
    this.#lists.remove(slot)
    this.#rows--
    this.reweigh(slot, -this.#weigh(slot))
  }

  reweigh(slot: number, by: number): void {
    this.#weights[this.#listOf[slot] as (typeof LISTS)[number]] += by
    this.#weight += by
  }

  victim(spared: number): number {
    const candidate = this.#nextCandidate(spared)
    this.#chill()
    const coldest = this.#coldest(candidate, spared)
    if (coldest === NOBODY) return candidate
    if (candidate === NOBODY || this.#admits(candidate, coldest)) return coldest
    this.#rejected.add(this.#hashes[candidate] as number)
    return candidate
  }

  check(): readonly number[] {
    const found = LISTS.map((list) => this.#lists.check(list))
    LISTS.forEach((list, i) => {
      const slots = found[i] as number[]
      if (slots.some((slot) => this.#listOf[slot] !== list)) throw new Error('tinylfu: a row is in two lists')
      const weight = slots.reduce((sum, slot) => sum + this.#weigh(slot), 0)
      if (weight !== this.#weights[list]) throw new Error(`tinylfu: the weight of list ${list} is wrong`)
    })
    const slots = found.flat()
    if (slots.length !== this.#rows) throw new Error('tinylfu: the number of rows is wrong')
    if (this.#weights.reduce((a, b) => a + b) !== this.#weight)
      throw new Error('tinylfu: the weight is wrong')
    return slots
  }

  get #windowWeight(): number {
    return Math.max(1, Math.floor(this.#weight * this.#share))
  }

  /** The row that a full window gives up, now at the end of probation, or nobody. */
  #nextCandidate(spared: number): number {
    if (this.#weights[WINDOW] < this.#windowWeight) return NOBODY
    const candidate = this.#lists.first(WINDOW)
    if (candidate === spared || candidate === NOBODY) return NOBODY
    this.#move(candidate, PROBATION)
    return candidate
  }

  /** The row to go first but for these two. */
  #coldest(candidate: number, spared: number): number {
    for (const list of GIVING) {
      let slot = this.#lists.first(list)
      while (slot !== NOBODY && (slot === candidate || slot === spared)) slot = this.#lists.after(slot)
      if (slot !== NOBODY) return slot
    }
    return NOBODY
  }

  #admits(candidate: number, coldest: number): boolean {
    const seen = this.#sketch.frequency(this.#hashes[candidate] as number)
    if (seen >= this.#sketch.frequency(this.#hashes[coldest] as number) + LEAD) return true
    return seen >= OFTEN && this.#random() * LET_IN < 1
  }

  #climb(rows: number): void {
    const haste = HASTE - ((HASTE - 1) * this.#observations++) / this.#rows
    const share = this.#share + (rows * Math.max(1, haste)) / Math.max(FEW_ROWS, this.#rows)
    this.#share = Math.min(MAX_SHARE, Math.max(MIN_SHARE, share))
  }

  /** Lets rows of probation be cold until enough are. */
  #chill(): void {
    const weight = MARGIN * this.#weight
    while (this.#weights[COLD] < weight) {
      const slot = this.#lists.first(PROBATION)
      if (slot === NOBODY) return
      this.#move(slot, COLD)
    }
  }

  #move(slot: number, to: (typeof LISTS)[number]): void {
    const weight = this.#weigh(slot)
    this.#weights[this.#listOf[slot] as (typeof LISTS)[number]] -= weight
    this.#weights[to] += weight
    this.#listOf[slot] = to
    this.#lists.moveToEnd(to, slot)
  }

  #grow(slot: number): void {
    const capacity = Math.max(slot + 1, 2 * this.#hashes.length)
    const hashes = new Int32Array(capacity)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const listOf = new Uint8Array(capacity)
    listOf.set(this.#listOf)
    this.#listOf = listOf
  }
}
