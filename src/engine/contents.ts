/**
 * Contents: the rows that are in a table, where they are, how they are found and when they end.
 *
 * Owns slots, index, timer wheel, eviction policy and the places kept for removed keys, and keeps them in step. It
 * knows nothing of numbers of changes or of taking them back; the table does. Clearing a table gives it new contents.
 *
 * Time: a row whose deadline has passed is nowhere to be seen from that moment on, though its memory is given
 * back only by `sweep`. `find`, `after` and the walks skip such rows, and nobody else looks at rows.
 *
 * Cost: every step O(1), on an `ordered_set` O(log n).
 */
import { checkTable } from './contents-check.ts'
import { Residents } from './evict/residents.ts'
import { Deadlines } from './expiry/deadlines.ts'
import type { TableOptions } from './options.ts'
import type { Random } from './random.ts'
import { keyOf, type Row, rowBytes } from './row.ts'
import type { Snapshot } from './snapshot.ts'
import { BagIndex } from './store/bag-index.ts'
import type { BTree } from './store/btree.ts'
import { Ghosts } from './store/ghosts.ts'
import { hashOf } from './store/key-hash.ts'
import type { KeyIndex } from './store/key-index.ts'
import { newIndex } from './store/new-index.ts'
import { OrderedIndex } from './store/ordered-index.ts'
import { SetIndex } from './store/set-index.ts'
import { FOREVER, Slots, type Timing } from './store/slots.ts'
import type { Term } from './term.ts'
import { type EpochMs, isLive } from './time.ts'

/** Sees one row and its slot. Answers whether to go on. It may not change the table. */
export type VisitRow = (slot: number, row: Row) => boolean

/** A row with everything that is kept beside it. */
export interface SlotImage {
  readonly row: Row
  readonly version: number
  /** Orders the rows of a key of a bag; 0 where nobody asked for it. */
  readonly born: number
  readonly timing: Timing
  readonly isPinned: boolean
}

/** What besides row and deadline is given with a row that is written. */
export interface Marks {
  /** It is not evicted. */
  readonly isPinned: boolean
}

export const UNMARKED: Marks = { isPinned: false }

export class Contents {
  readonly slots: Slots
  /** What rows weigh, and which of them may be given up. */
  readonly residents: Residents
  readonly deadlines: Deadlines
  /** The order of the keys, where there is one. It holds dead rows too: ask `isLive`. */
  readonly order: BTree | undefined
  /** Who reads the rows as they were; as good as always nobody. */
  #snapshots: Set<Snapshot> | undefined
  readonly #keypos: number
  readonly #index: KeyIndex
  readonly #bag: BagIndex | undefined
  /** Who gives places to keys. */
  readonly #places: BagIndex | Slots
  #ghosts = new Ghosts()
  readonly #hashSeed: number
  /** Rows that hold a slot, those that are due and not yet swept among them. */
  #count = 0

  constructor(options: TableOptions, hashSeed: number, random: Random) {
    this.#keypos = options.keypos
    this.#hashSeed = hashSeed | 1
    this.slots = new Slots(options.keypos)
    this.deadlines = new Deadlines(this.slots)
    this.residents = new Residents(options, this.slots, random)
    this.#index = newIndex(options, this.slots, hashSeed)
    this.#bag = this.#index instanceof BagIndex ? this.#index : undefined
    this.#places = this.#bag ?? this.slots
    this.order = this.#index instanceof OrderedIndex ? this.#index.tree : undefined
  }

  /** The number of rows at a moment. Cost: O(1) where a sweep of that moment found no more, else O(n). */
  size(nowMs: EpochMs): number {
    if (this.isCounted(nowMs)) return this.#count
    let size = 0
    this.walk(nowMs, () => {
      size++
      return true
    })
    return size
  }

  /** Whether the number of rows at a moment is known without counting. */
  isCounted(nowMs: EpochMs): boolean {
    return this.deadlines.isSwept(nowMs)
  }

  /** One more than the highest place of a key. */
  get endOfPlaces(): number {
    return this.#bag === undefined ? this.slots.end : this.#bag.endOfPlaces
  }

  /** The number of rows that hold memory, those that are due and not yet swept among them. */
  get held(): number {
    return this.#count
  }

  /** About how much memory the rows take, with all that is kept of them. */
  get bytes(): number {
    return this.residents.bytes(this.#count, this.deadlines.size)
  }

  keyAt(slot: number): Term {
    return this.slots.key(slot) as Term
  }

  /** Whether the row in a slot that an index holds is still there. */
  isLive(slot: number, nowMs: EpochMs): boolean {
    return isLive(this.slots.expiresAtMs(slot), nowMs)
  }

  /** The first slot under `key`, dead or not, or -1. */
  head(key: Term): number {
    return this.#index.head(key)
  }

  /** The first slot under `key`, or -1. */
  find(key: Term, nowMs: EpochMs): number {
    return this.#liveFrom(this.#index.head(key), nowMs)
  }

  /** The next slot under the same key, or -1. Always -1 where a key has one row. */
  after(slot: number, nowMs: EpochMs): number {
    return this.#bag === undefined ? -1 : this.#liveFrom(this.#bag.after(slot), nowMs)
  }

  /** The slot behind `slot` under the same key, dead or not, or -1. */
  behind(slot: number): number {
    return this.#bag === undefined ? -1 : this.#bag.after(slot)
  }

  /** The first slot from `slot` on that holds a row, or -1: the order of the unordered types. */
  slotFrom(slot: number, nowMs: EpochMs): number {
    let each = this.slots.from(slot)
    while (each !== -1 && !this.isLive(each, nowMs)) each = this.slots.from(each + 1)
    return each
  }

  /** Visits rows in the order of slots until the visitor answers `false`; says whether it never did. */
  walk(nowMs: EpochMs, visit: VisitRow, from = 0): boolean {
    const { slots } = this
    const mayExpire = slots.hasDeadlines
    for (let slot = from; slot < slots.end; slot++) {
      if (slots.key(slot) === undefined || (mayExpire && !this.isLive(slot, nowMs))) continue
      if (!visit(slot, slots.row(slot) as Row)) return false
    }
    return true
  }

  /** Whether the places of removed keys are kept. */
  get isFixed(): boolean {
    return this.#ghosts.isFixed
  }

  /** The place that `key` has, or had when it was removed under a fixation, or -1. */
  placeOf(key: Term, nowMs: EpochMs): number {
    const { isFixed } = this.#ghosts
    const slot = isFixed ? this.#index.head(key) : this.find(key, nowMs)
    if (slot !== -1) return this.placeAt(slot)
    return isFixed ? this.#ghosts.place(key) : -1
  }

  /** The place of the key whose row is in a slot. */
  placeAt(slot: number): number {
    return this.#bag === undefined ? slot : this.#bag.placeAt(slot)
  }

  /** The first slot of the key at a place, dead or not, or -1. */
  headAt(place: number): number {
    if (this.#bag !== undefined) return this.#bag.headAt(place)
    return this.slots.key(place) === undefined ? -1 : place
  }

  /** Lets a snapshot know of changes from now on. */
  attach(snapshot: Snapshot): void {
    this.#snapshots ??= new Set()
    this.#snapshots.add(snapshot)
  }

  detach(snapshot: Snapshot): void {
    this.#snapshots?.delete(snapshot)
    if (this.#snapshots?.size === 0) this.#snapshots = undefined
  }

  /** Lets snapshots keep the row in a slot that is about to change or to go. */
  keep(slot: number, nowMs: EpochMs): void {
    if (this.#snapshots === undefined) return
    for (const each of this.#snapshots) each.keep(slot, nowMs)
  }

  /** The first slot of the first key from a place on, or -1: the order of keys of the unordered types. */
  keyFrom(place: number, nowMs: EpochMs): number {
    const bag = this.#bag
    if (bag === undefined) return this.slotFrom(place, nowMs)
    for (let each = place; each < bag.endOfPlaces; each++) {
      const slot = this.#liveFrom(bag.headAt(each), nowMs)
      if (slot !== -1) return slot
    }
    return -1
  }

  fix(): void {
    this.#ghosts.fix()
  }

  /** Ends a fixation. Returns how to take that back. */
  unfix(): () => void {
    const ghosts = this.#ghosts
    if (!ghosts.unfix()) return () => ghosts.fix()
    this.#ghosts = new Ghosts()
    for (const place of ghosts.places) this.#places.release(place)
    return () => {
      ghosts.fix()
      this.#ghosts = ghosts
      for (const place of ghosts.places.toReversed()) this.#places.retake(place)
    }
  }

  /**
   * Adds a row behind those of its key. Returns its slot; `wasGhost` tells that its key had kept its place.
   *
   * `bytes` are those that `rowBytes` counts, which may refuse the row.
   */
  add(
    row: Row,
    bytes: number,
    timing: Timing,
    marks: Marks,
    nowMs: EpochMs,
  ): { slot: number; wasGhost: boolean } {
    const place = this.#revive(keyOf(row, this.#keypos))
    const slot = this.slots.add(row, bytes, this.#bag === undefined ? place : -1)
    this.#enter(slot, timing, marks, nowMs, -1, place)
    return { slot, wasGhost: place !== -1 }
  }

  /** Puts another row of the same key in the place of one. */
  replace(slot: number, row: Row, bytes: number): void {
    const before = this.residents.bytesAt(slot)
    this.slots.replace(slot, row, bytes)
    this.residents.reweigh(slot, this.residents.bytesAt(slot) - before)
  }

  setMarks(slot: number, { isPinned }: Marks): void {
    if (isPinned === this.slots.isPinned(slot)) return
    this.residents.leave(slot)
    this.slots.setPinned(slot, isPinned)
    this.residents.enter(slot, hashOf(this.keyAt(slot), this.#hashSeed))
  }

  marks(slot: number): Marks {
    return this.slots.isPinned(slot) ? { isPinned: true } : UNMARKED
  }

  /** Takes a row out. The place of its key is kept under a fixation. */
  remove(slot: number, keepsPlace = this.#ghosts.isFixed): void {
    const key = this.keyAt(slot)
    this.residents.leave(slot)
    const place = this.#index.remove(key, slot)
    this.deadlines.cancel(slot)
    this.slots.remove(slot)
    this.#count--
    if (this.#bag !== undefined) this.slots.release(slot)
    const free = place !== -1 && keepsPlace ? this.#ghosts.add(key, place) : place
    if (free !== -1) this.#places.release(free)
  }

  /** Puts a row back into the slot it had, before the slot `before` of its key or, with -1, behind all. */
  putBack(slot: number, image: SlotImage, before: number, nowMs: EpochMs): void {
    const place = this.#revive(keyOf(image.row, this.#keypos))
    // The slot of a key that kept its place was never free; to look for it would take long.
    if (place === -1 || this.#bag !== undefined) this.slots.retake(slot)
    this.slots.add(image.row, rowBytes(image.row), slot)
    this.#enter(slot, image.timing, image, nowMs, before, place)
    this.#setBeside(slot, image)
  }

  /** The row in a slot with everything that is kept beside it, or `undefined` for an empty slot. */
  image(slot: number): SlotImage | undefined {
    const { slots } = this
    const row = slots.row(slot)
    if (row === undefined) return undefined
    return {
      row,
      version: slots.version(slot),
      born: slots.born(slot),
      timing: slots.timing(slot),
      isPinned: slots.isPinned(slot),
    }
  }

  /** Puts a row into the slot it had, when the table is rebuilt. It is found after {@link finishRestore}. */
  restore(slot: number, image: SlotImage, nowMs: EpochMs): void {
    this.slots.add(image.row, rowBytes(image.row), slot)
    if (image.timing !== FOREVER) this.setTiming(slot, image.timing, nowMs)
    if (image.isPinned) this.slots.setPinned(slot, true)
    this.#setBeside(slot, image)
  }

  /** Lets the restored rows be found; the rows of a key of a bag come in the order in which they were `born`. */
  finishRestore(): void {
    const taken = this.slots.finishRestore()
    if (this.#bag !== undefined) taken.sort((a, b) => this.slots.born(a) - this.slots.born(b))
    if (this.#index instanceof SetIndex) this.#index.reserve(taken.length)
    for (const slot of taken) {
      const key = this.keyAt(slot)
      this.#index.add(key, slot, -1, -1)
      this.residents.enter(slot, this.#hashOf(key))
    }
    this.#count = taken.length
  }

  setTiming(slot: number, timing: Timing, nowMs: EpochMs): void {
    this.deadlines.set(slot, timing, nowMs)
  }

  /** Moves the deadline of an idling row because it was read; says whether that is worth keeping. */
  keepAlive(slot: number, timing: Timing, nowMs: EpochMs): boolean {
    if (timing.expiresAtMs >= this.slots.expiresAtMs(slot))
      return this.slots.keepAlive(slot, timing.expiresAtMs)
    // The clock went back: only a deadline that moves later finds its place by itself.
    this.setTiming(slot, timing, nowMs)
    return true
  }

  /** Takes rows out that are due, looking at no more than `limit`; says whether more may be due. */
  sweep(nowMs: EpochMs, limit: number): boolean {
    return this.deadlines.sweep(nowMs, limit, (slot) => this.remove(slot))
  }

  /** Throws when the parts do not agree: for tests. Cost: O(n). */
  check(): void {
    checkTable({
      index: this.#index,
      slots: this.slots,
      deadlines: this.deadlines,
      count: this.#count,
      keypos: this.#keypos,
      isBag: this.#bag !== undefined,
      keptPlaces: this.#ghosts.places,
      residents: this.residents,
    })
  }

  #revive(key: Term): number {
    return this.#ghosts.isFixed ? this.#ghosts.revive(key) : -1
  }

  #liveFrom(slot: number, nowMs: EpochMs): number {
    while (slot !== -1 && !this.isLive(slot, nowMs)) slot = this.#index.after(slot)
    return slot
  }

  /** Lets a row that is in its slot be found. */
  #enter(slot: number, timing: Timing, marks: Marks, nowMs: EpochMs, before: number, place: number): void {
    const key = this.keyAt(slot)
    this.#index.add(key, slot, before, place)
    this.#count++
    if (marks.isPinned) this.slots.setPinned(slot, true)
    this.residents.enter(slot, this.#hashOf(key))
    if (timing !== FOREVER) this.setTiming(slot, timing, nowMs)
  }

  /** The hash of a key that the index was just given. */
  #hashOf(key: Term): number {
    const index = this.#index
    return index instanceof SetIndex ? index.lastHash : hashOf(key, this.#hashSeed)
  }

  #setBeside(slot: number, { version, born }: SlotImage): void {
    this.slots.setVersion(slot, version)
    if (born !== 0) this.slots.setBorn(slot, born)
  }
}
