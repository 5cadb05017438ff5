/**
 * Table: rows under keys, and the few steps that every verb is made of.
 *
 * Owns its rows, their index and their deadlines. Verbs (`verbs/`) ask with `find`, `after`, `row` and the
 * walks, and change with `add`, `replace`, `remove` and `clear`; each change gets a number from the ledger and,
 * while a turn is open, leaves there the way back.
 *
 * Time: a row whose deadline has passed is nowhere to be seen from that moment on, though its memory is
 * given back only by `sweep`. `find`, `after` and the walks skip such rows, and nobody else looks at rows.
 *
 * Cost: `find`, `add`, `replace`, `remove` O(1), on an `ordered_set` O(log n); `clear` O(1) but for its undo.
 */
import { TimerWheel } from './expiry/wheel.ts'
import type { Ledger } from './ledger.ts'
import type { TableOptions } from './options.ts'
import { keyOf, type Row, rowBytes } from './row.ts'
import type { SlotTracker } from './slot-tracker.ts'
import { BagIndex } from './store/bag-index.ts'
import type { BTree } from './store/btree.ts'
import { Ghosts } from './store/ghosts.ts'
import type { KeyIndex } from './store/key-index.ts'
import { newIndex } from './store/new-index.ts'
import { OrderedIndex } from './store/ordered-index.ts'
import { FOREVER, Slots, type Timing } from './store/slots.ts'
import { checkTable } from './table-check.ts'
import type { Term } from './term.ts'
import { type EpochMs, isLive, NEVER } from './time.ts'
import type { Cursor } from './verbs/pages.ts'

/** Sees one row and its slot. Answers whether to go on. It may not change the table. */
export type VisitRow = (slot: number, row: Row) => boolean

/** A row with everything that is kept beside it. */
export interface SlotImage {
  readonly row: Row
  readonly version: number
  /** Orders the rows of a key of a bag; 0 elsewhere. */
  readonly born: number
  readonly timing: Timing
}

/** The parts that `clear` makes anew, and that taking it back puts in place again. */
interface Contents {
  readonly index: KeyIndex
  readonly slots: Slots
  readonly wheel: TimerWheel | undefined
  readonly count: number
  readonly tracker: SlotTracker | undefined
}

export interface TableSettings {
  /** Makes a tracker for new contents, where somebody wants to know what changes in them. Default: none. */
  readonly track?: () => SlotTracker | undefined
  /** The tracker of the first contents, where they are not new. */
  readonly tracker?: SlotTracker | undefined
  readonly identity?: string
  /** Default: no limit. */
  readonly maxVisited?: number
}

export class Table {
  readonly options: TableOptions
  readonly keypos: number
  /** Whether a key may have several rows. */
  readonly isBag: boolean
  /** Tells this table from every other, also from one of its name before a restart. */
  readonly identity: string
  /** Rows that one call may look at before it is refused. */
  readonly maxVisited: number
  #cursors: ReadonlyMap<string, Cursor> = new Map()
  readonly #ledger: Ledger
  readonly #track: () => SlotTracker | undefined
  #tracker: SlotTracker | undefined
  #ghosts = new Ghosts()
  #index: KeyIndex
  #slots = new Slots()
  #wheel: TimerWheel | undefined
  /** The moment for which no dead row holds a slot. */
  #sweptAtMs = NEVER
  /** Rows that hold a slot, those that are due and not yet swept among them. */
  #count = 0

  constructor(options: TableOptions, ledger: Ledger, settings: TableSettings = {}) {
    const { identity = '', maxVisited = Number.POSITIVE_INFINITY, track = () => undefined } = settings
    this.options = options
    this.keypos = options.keypos
    this.isBag = options.type === 'bag' || options.type === 'duplicate_bag'
    this.identity = identity
    this.maxVisited = maxVisited
    this.#ledger = ledger
    this.#track = track
    this.#tracker = settings.tracker ?? track()
    this.#index = newIndex(options)
  }

  /** What keeps track of changes of the contents, if anything does. */
  get tracker(): SlotTracker | undefined {
    return this.#tracker
  }

  /** About how many bytes the rows take. */
  get bytes(): number {
    return this.#slots.totalBytes
  }

  /** The order of the keys, where the table has one. It holds dead rows too: ask {@link isLive}. */
  get order(): BTree | undefined {
    return this.#index instanceof OrderedIndex ? this.#index.tree : undefined
  }

  /** Whether a walk may step on from a removed key. */
  get isFixed(): boolean {
    return this.#ghosts.isFixed
  }

  /** Places in queries that callers left here under names; see `verbs/pages`. */
  get cursors(): ReadonlyMap<string, Cursor> {
    return this.#cursors
  }

  /** Keeps other places. A refused turn takes that back, but it has no number: callers see no change. */
  setCursors(cursors: ReadonlyMap<string, Cursor>): void {
    const before = this.#cursors
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => this.setCursors(before))
    this.#cursors = cursors
  }

  /** The number of rows at a moment. Cost: O(1) where a sweep of that moment found no more, else O(n). */
  size(nowMs: EpochMs): number {
    if (this.#wheel === undefined || this.#sweptAtMs === nowMs) return this.#count
    let size = 0
    this.walk(nowMs, () => {
      size++
      return true
    })
    return size
  }

  /** The row in a slot that `find`, `after` or a walk gave. */
  row(slot: number): Row {
    return this.#slots.row(slot) as Row
  }

  keyAt(slot: number): Term {
    return keyOf(this.row(slot), this.keypos)
  }

  version(slot: number): number {
    return this.#slots.version(slot)
  }

  rowBytes(slot: number): number {
    return this.#slots.bytes(slot)
  }

  timing(slot: number): Timing {
    return this.#slots.timing(slot)
  }

  /** Whether the row in a slot that an index holds is still there. */
  isLive(slot: number, nowMs: EpochMs): boolean {
    return isLive(this.#slots.expiresAtMs(slot), nowMs)
  }

  /** The first slot under `key`, or -1. */
  find(key: Term, nowMs: EpochMs): number {
    return this.#liveFrom(this.#index.head(key), nowMs)
  }

  /** The next slot under the same key, or -1. Always -1 where a key has one row. */
  after(slot: number, nowMs: EpochMs): number {
    return this.isBag ? this.#liveFrom(this.#index.after(slot), nowMs) : -1
  }

  /** The first slot from `slot` on that holds a row, or -1: the order of the unordered types. */
  slotFrom(slot: number, nowMs: EpochMs): number {
    let each = this.#slots.from(slot)
    while (each !== -1 && !this.isLive(each, nowMs)) each = this.#slots.from(each + 1)
    return each
  }

  /** Visits rows in the order of slots until the visitor answers `false`; says whether it never did. */
  walk(nowMs: EpochMs, visit: VisitRow, from = 0): boolean {
    const slots = this.#slots
    const mayExpire = slots.hasDeadlines
    for (let slot = from; slot < slots.end; slot++) {
      const row = slots.row(slot)
      if (row === undefined || (mayExpire && !this.isLive(slot, nowMs))) continue
      if (!visit(slot, row)) return false
    }
    return true
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

  /** Adds a row: after those under its key in a bag, under a free key elsewhere. */
  add(row: Row, nowMs: EpochMs, timing: Timing = FOREVER): void {
    // In a set the key may hold a row that is dead and not yet swept.
    const key = keyOf(row, this.keypos)
    const dead = this.isBag ? -1 : this.#index.head(key)
    if (dead !== -1) {
      this.replace(dead, row, nowMs, timing)
      return
    }
    const place = this.#ghosts.isFixed ? this.#ghosts.revive(key) : -1
    const slot = this.#slots.add(row, rowBytes(row), this.isBag ? -1 : place)
    this.#enter(slot, timing, nowMs, -1, place)
    this.#changed(slot)
    if (this.isBag && this.#tracker !== undefined) this.#slots.setBorn(slot, this.#ledger.seq)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => this.#leave(slot, place !== -1))
  }

  /** Puts another row of the same key in the place of one; the deadline stays unless given. */
  replace(slot: number, row: Row, nowMs: EpochMs, timing?: Timing): void {
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.#slots.replace(slot, row, rowBytes(row))
    if (timing !== undefined) this.#setTiming(slot, timing, nowMs)
    this.#changed(slot)
  }

  /** Moves the deadline of a row. */
  retime(slot: number, timing: Timing, nowMs: EpochMs): void {
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.#setTiming(slot, timing, nowMs)
    this.#changed(slot)
  }

  /** Lets an idling row live on because it was read. No change of the table: it has no number. */
  keepAlive(slot: number, nowMs: EpochMs): void {
    if (!this.#slots.hasDeadlines) return
    const { idleTtlMs, hardExpiresAtMs } = this.#slots.timing(slot)
    if (idleTtlMs === 0) return
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    const expiresAtMs = Math.min(nowMs + idleTtlMs, hardExpiresAtMs) as EpochMs
    this.#setTiming(slot, { expiresAtMs, hardExpiresAtMs, idleTtlMs }, nowMs)
  }

  /** Removes a row. */
  remove(slot: number, nowMs: EpochMs): void {
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#returning(slot, nowMs))
    this.#leave(slot)
    this.#ledger.seq++
    this.#tracker?.mark(slot)
  }

  /** Removes all rows. Cost: O(1), or O(n) while the table is fixed. */
  clear(nowMs: EpochMs): void {
    if (this.#ghosts.isFixed) {
      for (let slot = this.#slots.from(0); slot !== -1; slot = this.#slots.from(slot + 1))
        this.remove(slot, nowMs)
      return
    }
    const before: Contents = {
      index: this.#index,
      slots: this.#slots,
      wheel: this.#wheel,
      count: this.#count,
      tracker: this.#tracker,
    }
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => this.#setContents(before))
    this.#setContents({
      index: newIndex(this.options),
      slots: new Slots(),
      wheel: undefined,
      count: 0,
      tracker: this.#track(),
    })
    this.#ledger.seq++
  }

  /** The state of a slot as it is journaled, or `undefined` for an empty one. */
  image(slot: number): SlotImage | undefined {
    const row = this.#slots.row(slot)
    if (row === undefined) return undefined
    return { row, version: this.version(slot), born: this.#slots.born(slot), timing: this.timing(slot) }
  }

  /** Puts a row back into the slot it had, when the table is rebuilt. It is found after {@link finishRestore}. */
  restore(slot: number, { row, version, born, timing }: SlotImage, nowMs: EpochMs): void {
    this.#slots.add(row, rowBytes(row), slot)
    if (born !== 0) this.#slots.setBorn(slot, born)
    this.#slots.setVersion(slot, version)
    if (timing !== FOREVER) this.#setTiming(slot, timing, nowMs)
  }

  /** Lets the restored rows be found; the rows of a key of a bag come in the order in which they were `born`. */
  finishRestore(): void {
    const slots = this.#slots.finishRestore()
    if (this.isBag) slots.sort((a, b) => this.#slots.born(a) - this.#slots.born(b))
    for (const slot of slots) this.#index.add(this.keyAt(slot), slot, -1, -1)
    this.#count = slots.length
  }

  /** Keeps the places of removed keys from now on, so that a walk can step on from one. */
  fix(): void {
    const ghosts = this.#ghosts
    ghosts.fix()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => ghosts.unfix())
  }

  /** Ends one fixation, if there is one. */
  unfix(): void {
    const ghosts = this.#ghosts
    if (!ghosts.isFixed) return
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => this.#refix(ghosts))
    if (!ghosts.unfix()) return
    this.#ghosts = new Ghosts()
    for (const place of ghosts.places) this.#places.release(place)
  }

  /** When to `sweep` next: at most 64 ms after the first deadline, and `NEVER` when there is none. */
  nextDueMs(): EpochMs {
    return this.#wheel === undefined ? NEVER : this.#wheel.nextDueMs()
  }

  /**
   * Gives the memory of rows that are due back, looking at no more than `limit`; says whether more may be due.
   *
   * Outside of turns only. It changes nothing that anybody can see, so it has no number and no way back.
   */
  sweep(nowMs: EpochMs, limit: number): boolean {
    const hasMore = this.#wheel?.advance(nowMs, limit, (slot) => this.#leave(slot)) ?? false
    this.#sweptAtMs = hasMore ? NEVER : nowMs
    return hasMore
  }

  /** Throws when the parts of the table do not agree: for tests. Cost: O(n). */
  check(): void {
    checkTable({
      index: this.#index,
      slots: this.#slots,
      wheel: this.#wheel,
      count: this.#count,
      keypos: this.keypos,
      isBag: this.isBag,
      keptPlaces: this.#ghosts.places,
    })
  }

  /** Gives a row that was written its number, and tells whoever keeps track of changes. */
  #changed(slot: number): void {
    this.#slots.setVersion(slot, ++this.#ledger.seq)
    this.#tracker?.mark(slot)
  }

  #liveFrom(slot: number, nowMs: EpochMs): number {
    while (slot !== -1 && !this.isLive(slot, nowMs)) slot = this.#index.after(slot)
    return slot
  }

  /** Lets a row that is in its slot be found, before the slot `before` of its key or, with -1, after all. */
  #enter(slot: number, timing: Timing, nowMs: EpochMs, before: number, place: number): void {
    this.#index.add(this.keyAt(slot), slot, before, place)
    this.#count++
    if (timing !== FOREVER) this.#setTiming(slot, timing, nowMs)
  }

  /** Takes a row out of its slot, the index and the wheel; the place of its key is kept under a fixation. */
  #leave(slot: number, keepsPlace = this.#ghosts.isFixed): void {
    const key = this.keyAt(slot)
    const place = this.#index.remove(key, slot)
    this.#wheel?.cancel(slot)
    this.#slots.remove(slot)
    this.#count--
    if (this.isBag) this.#slots.release(slot)
    const free = place !== -1 && keepsPlace ? this.#ghosts.add(key, place) : place
    if (free !== -1) this.#places.release(free)
  }

  /** Takes the end of a fixation back. */
  #refix(ghosts: Ghosts): void {
    ghosts.fix()
    if (this.#ghosts === ghosts) return
    this.#ghosts = ghosts
    for (const place of ghosts.places.toReversed()) this.#places.retake(place)
  }

  get #bag(): BagIndex | undefined {
    return this.#index instanceof BagIndex ? this.#index : undefined
  }

  /** Who gives places to keys. */
  get #places(): BagIndex | Slots {
    return this.#bag ?? this.#slots
  }

  /** How to put a row back that is about to be removed. */
  #returning(slot: number, nowMs: EpochMs): () => void {
    const [row, bytes, version, timing] = this.#stateOf(slot)
    const born = this.#slots.born(slot)
    const before = this.isBag ? this.#index.after(slot) : -1
    return () => {
      const place = this.#ghosts.isFixed ? this.#ghosts.revive(keyOf(row, this.keypos)) : -1
      this.#slots.add(row, bytes, slot)
      this.#enter(slot, timing, nowMs, before, place)
      this.#slots.setVersion(slot, version)
      if (born !== 0) this.#slots.setBorn(slot, born)
    }
  }

  /** How to undo what is about to be done to a row in its place. */
  #restoring(slot: number, nowMs: EpochMs): () => void {
    const [row, bytes, version, timing] = this.#stateOf(slot)
    return () => {
      this.#slots.replace(slot, row, bytes)
      this.#setTiming(slot, timing, nowMs)
      this.#slots.setVersion(slot, version)
    }
  }

  #stateOf(slot: number): [Row, number, number, Timing] {
    return [this.row(slot), this.rowBytes(slot), this.version(slot), this.timing(slot)]
  }

  #setContents({ index, slots, wheel, count, tracker }: Contents): void {
    this.#index = index
    this.#slots = slots
    this.#wheel = wheel
    this.#count = count
    this.#tracker = tracker
  }

  #setTiming(slot: number, timing: Timing, nowMs: EpochMs): void {
    this.#slots.setTiming(slot, timing)
    if (this.#wheel === undefined) {
      if (timing.expiresAtMs === NEVER) return
      const slots = this.#slots
      this.#wheel = new TimerWheel((each) => slots.expiresAtMs(each), nowMs)
    }
    this.#wheel.schedule(slot, timing.expiresAtMs)
    if (!isLive(timing.expiresAtMs, nowMs)) this.#sweptAtMs = NEVER
  }
}
