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
import type { SweepWatcher, VisitRow } from './contents-watch.ts'
import { Residents } from './evict/residents.ts'
import { Deadlines } from './expiry/deadlines.ts'
import type { TableOptions } from './options.ts'
import type { Random } from './random.ts'
import { keyOf, type Row, rowBytes } from './row.ts'
import { type Marks, type SlotImage, UNMARKED } from './slot-image.ts'
import { Snapshots } from './snapshots.ts'
import { BagIndex } from './store/bag-index.ts'
import type { BTree } from './store/btree.ts'
import { hashOf } from './store/key-hash.ts'
import type { KeyIndex } from './store/key-index.ts'
import { newIndex } from './store/new-index.ts'
import { OrderedIndex } from './store/ordered-index.ts'
import { Places } from './store/places.ts'
import { SetIndex } from './store/set-index.ts'
import { type Idling, Slots, type Timing } from './store/slots.ts'
import { TagIndex, type TagState } from './tags/tag-index.ts'
import type { Term } from './term.ts'
import { type EpochMs, isLive, NEVER } from './time.ts'

/** Rows that are looked at for one that is gone when room is needed. */
const GONE_LOOKS = 16

export class Contents {
  readonly slots: Slots
  /** What rows weigh, and which of them may be given up. */
  readonly residents: Residents
  readonly deadlines: Deadlines
  readonly places: Places
  /** The order of the keys, where there is one. It holds dead rows too: ask `isLive`. */
  readonly order: BTree | undefined
  readonly snapshots = new Snapshots()
  readonly #keypos: number
  readonly #index: KeyIndex
  readonly #bag: BagIndex | undefined
  readonly #set: SetIndex | undefined
  readonly #hashSeed: number
  #tags: TagIndex | undefined
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
    this.#set = this.#index instanceof SetIndex ? this.#index : undefined
    this.places = new Places(this.slots, this.#bag)
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
    return this.deadlines.isSwept(nowMs) && !(this.#tags?.mayHoldGone ?? false)
  }

  /** The number of rows that hold memory, those that are due and not yet swept among them. */
  get held(): number {
    return this.#count
  }

  /** About how much memory the rows take, with all that is kept of them. */
  get bytes(): number {
    return this.residents.bytes(this.#count, this.deadlines.size) + (this.#tags?.bytes ?? 0)
  }

  keyAt(slot: number): Term {
    return this.slots.key(slot) as Term
  }

  /** The tags of rows, from the first row with a tag on. */
  get tags(): TagIndex | undefined {
    return this.#tags
  }

  /** Whether the row in a slot that an index holds is still there. */
  isLive(slot: number, nowMs: EpochMs): boolean {
    return (
      isLive(this.slots.expiresAtMs(slot), nowMs) && (this.#tags === undefined || !this.#tags.isGone(slot))
    )
  }

  /** Whether a row that is held may be dead: not where no row ever had a deadline or a tag. */
  get mayHoldDead(): boolean {
    return this.slots.hasDeadlines || this.#tags !== undefined
  }

  /** The hash of a key: of the one that was asked for last without computing it again. */
  hashOf(key: Term): number {
    return this.#set === undefined ? hashOf(key, this.#hashSeed) : this.#set.hashOf(key)
  }

  /** The first slot under `key`, dead or not, or -1. */
  head(key: Term): number {
    return this.#index.head(key)
  }

  /** As {@link head}, for who has as good as always asked for the same key just before. */
  headAgain(key: Term): number {
    return this.#set === undefined ? this.#index.head(key) : this.#set.headAgain(key)
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
    const { slots, mayHoldDead } = this
    for (let slot = from; slot < slots.end; slot++) {
      if (slots.key(slot) === undefined || (mayHoldDead && !this.isLive(slot, nowMs))) continue
      if (!visit(slot, slots.row(slot) as Row)) return false
    }
    return true
  }

  /** The place that `key` has, or had when it was removed under a fixation, or -1. */
  placeOf(key: Term, nowMs: EpochMs): number {
    const { places } = this
    const slot = places.isFixed ? this.#index.head(key) : this.find(key, nowMs)
    if (slot !== -1) return places.at(slot)
    return places.isFixed ? places.keptFor(key) : -1
  }

  /** The first slot of the first key from a place on, or -1: the order of keys of the unordered types. */
  keyFrom(place: number, nowMs: EpochMs): number {
    const { places } = this
    if (this.#bag === undefined) return this.slotFrom(place, nowMs)
    for (let each = place; each < places.end; each++) {
      const slot = this.#liveFrom(places.headAt(each), nowMs)
      if (slot !== -1) return slot
    }
    return -1
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
    const place = this.places.revive(keyOf(row, this.#keypos))
    const slot = this.slots.add(row, bytes, this.#bag === undefined ? place : -1)
    this.#enter(slot, timing, marks, nowMs, -1, place)
    return { slot, wasGhost: place !== -1 }
  }

  /** Puts another row of the same key in the place of one. */
  replace(slot: number, row: Row, bytes: number): void {
    const before = this.residents.bytesAt(slot)
    this.slots.replace(slot, row, bytes)
    this.#tags?.setOwnStale(slot, undefined)
    this.residents.reweigh(slot, this.residents.bytesAt(slot) - before)
  }

  setMarks(slot: number, marks: Marks): void {
    this.#setTags(slot, marks)
    if (marks.isPinned === this.slots.isPinned(slot)) return
    this.residents.leave(slot)
    this.slots.setPinned(slot, marks.isPinned)
    this.residents.enter(slot, this.hashOf(this.keyAt(slot)))
  }

  marks(slot: number): Marks {
    const isPinned = this.slots.isPinned(slot)
    const tags = this.#tags?.names(slot) ?? UNMARKED.tags
    return { isPinned, tags, staleSinceMs: this.#tags?.staleSinceMs(slot) }
  }

  /** Takes a row out. The place of its key is kept under a fixation. */
  remove(slot: number, keepsPlace = this.places.isFixed): void {
    const key = this.keyAt(slot)
    this.residents.leave(slot)
    this.#tags?.remove(slot)
    const place = this.#index.remove(key, slot)
    this.deadlines.cancel(slot)
    this.slots.remove(slot)
    this.#count--
    if (this.#bag !== undefined) this.slots.release(slot)
    if (place !== -1) this.places.leave(key, place, keepsPlace)
  }

  /** Puts a row back into the slot it had, before the slot `before` of its key or, with -1, behind all. */
  putBack(slot: number, image: SlotImage, before: number, nowMs: EpochMs): void {
    const place = this.places.revive(keyOf(image.row, this.#keypos))
    // The slot of a key that kept its place was never free; to look for it would take long.
    if (place === -1 || this.#bag !== undefined) this.slots.retake(slot)
    this.slots.add(image.row, rowBytes(image.row), slot)
    this.#enter(slot, image.timing, image, nowMs, before, place)
    this.#setBeside(slot, image)
    this.#tags?.recheck(slot)
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
      ...this.marks(slot),
    }
  }

  /** Puts a row into the slot it had, when the table is rebuilt. It is found after {@link finishRestore}. */
  restore(slot: number, image: SlotImage, nowMs: EpochMs): void {
    this.slots.add(image.row, rowBytes(image.row), slot)
    if (image.timing !== NEVER) this.setTiming(slot, image.timing, nowMs)
    if (image.isPinned) this.slots.setPinned(slot, true)
    this.#setTags(slot, image)
    this.#setBeside(slot, image)
  }

  /** Takes over from a journal what it knows of a tag. */
  restoreTag(place: number, name: string, state: TagState): void {
    this.#tagIndex().restore(place, name, state)
  }

  /**
   * Lets the restored rows be found; the rows of a key of a bag come in the order in which they were `born`. Of two under a
   * key elsewhere the last that was written stays, as the other had ended by the clock of before. Returns the slots that went.
   */
  finishRestore(): readonly number[] {
    const taken = this.slots.finishRestore()
    if (this.#bag !== undefined) taken.sort((a, b) => this.slots.born(a) - this.slots.born(b))
    this.#set?.reserve(taken.length)
    const dropped: number[] = []
    for (const slot of taken) {
      const key = this.keyAt(slot)
      const other = this.#bag === undefined ? this.#index.head(key) : -1
      const isOlder = other !== -1 && this.slots.version(slot) < this.slots.version(other)
      if (other !== -1) dropped.push(isOlder ? slot : other)
      if (isOlder) {
        this.#tags?.remove(slot)
        this.deadlines.cancel(slot)
        this.slots.remove(slot)
        this.slots.release(slot)
        continue
      }
      if (other !== -1) this.remove(other)
      this.#index.add(key, slot, -1, -1)
      this.residents.enter(slot, this.#hashOf(key))
      this.#count++
    }
    this.#tags?.finishRestore()
    return dropped
  }

  setTiming(slot: number, timing: Timing, nowMs: EpochMs): void {
    this.deadlines.set(slot, timing, nowMs)
  }

  /** Moves the deadline of an idling row because it was read; says whether that is worth keeping. */
  keepAlive(slot: number, timing: Idling, nowMs: EpochMs): boolean {
    if (timing.expiresAtMs >= this.slots.expiresAtMs(slot))
      return this.slots.keepAlive(slot, timing.expiresAtMs)
    // The clock went back: only a deadline that moves later finds its place by itself.
    this.setTiming(slot, timing, nowMs)
    return true
  }

  /** A row that has ended or was taken away and holds its slot, or -1 where a short look finds none. */
  firstGone(nowMs: EpochMs): number {
    const ended = this.deadlines.firstEnded(nowMs)
    return ended !== -1 || this.#tags === undefined ? ended : this.#tags.firstGone(GONE_LOOKS)
  }

  /** Takes rows out that are due or gone, looking at about `limit`; says whether there may be more. */
  sweep(nowMs: EpochMs, limit: number, watcher: SweepWatcher): boolean {
    const isMoreDue = this.deadlines.sweep(nowMs, limit, (slot) => {
      watcher.reclaims(slot, 'expired', nowMs)
      this.remove(slot)
    })
    if (this.#tags === undefined || !this.#tags.wantsSweep) return isMoreDue
    const remove = (slot: number): void => {
      this.snapshots.keep(slot, nowMs)
      watcher.reclaims(slot, 'invalidated', nowMs)
      this.remove(slot)
    }
    return this.#tags.sweep(limit, remove, (place) => watcher.forgets(place)) || isMoreDue
  }

  /** Whether a sweep has something to do at once, whatever the deadlines are. */
  get wantsSweep(): boolean {
    return this.#tags?.wantsSweep ?? false
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
      keptPlaces: this.places.kept,
      residents: this.residents,
      tags: this.#tags,
    })
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
    this.#setTags(slot, marks)
    this.residents.enter(slot, this.#hashOf(key))
    if (timing !== NEVER) this.setTiming(slot, timing, nowMs)
  }

  #setTags(slot: number, { tags, staleSinceMs }: Marks): void {
    if (this.#tags === undefined && tags.length === 0 && staleSinceMs === undefined) return
    const index = this.#tagIndex()
    index.set(slot, tags)
    index.setOwnStale(slot, staleSinceMs)
  }

  #tagIndex(): TagIndex {
    this.#tags ??= new TagIndex(this.slots)
    return this.#tags
  }

  /** The hash of a key that the index was just given; 0 where nobody wants it. */
  #hashOf(key: Term): number {
    if (!this.residents.wantsHashes) return 0
    return this.#set === undefined ? hashOf(key, this.#hashSeed) : this.#set.lastHash
  }

  #setBeside(slot: number, { version, born }: SlotImage): void {
    this.slots.setVersion(slot, version)
    if (born !== 0) this.slots.setBorn(slot, born)
  }
}
