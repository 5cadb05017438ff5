/**
 * Table: contents and the changes that are made to them, each numbered and, within a turn, undoable.
 *
 * Verbs (`verbs/`) ask with `find`, `after`, `row` and the walks, and change with `put`, `add`, `replace`,
 * `retime`, `remove` and `clear`. Each change gets a number from the ledger, is marked for whoever keeps track
 * of changes and, while a turn is open, leaves the way back.
 *
 * Cost: a change is O(1), on an `ordered_set` O(log n); `clear` is O(1) but under a fixation.
 */
import { Allowance, UNBOUNDED } from './allowance.ts'
import { Contents, type SlotImage, type VisitRow } from './contents.ts'
import type { Ledger } from './ledger.ts'
import type { TableOptions } from './options.ts'
import { keyOf, type Row, rowBytes } from './row.ts'
import type { SlotTracker } from './slot-tracker.ts'
import { Snapshot } from './snapshot.ts'
import type { BTree } from './store/btree.ts'
import { DEFAULT_HASH_SEED } from './store/set-index.ts'
import { FOREVER, type Timing } from './store/slots.ts'
import type { Term } from './term.ts'
import type { EpochMs } from './time.ts'
import type { Cursor } from './verbs/pages.ts'

export interface TableSettings {
  /** What the hashes of keys depend on, so that nobody can choose keys that collide. Default: a constant. */
  readonly hashSeed?: number
  /** Makes a tracker for new contents, where somebody wants to know what changes in them. Default: none. */
  readonly track?: () => SlotTracker | undefined
  /** The tracker of the first contents, where they are not new. */
  readonly tracker?: SlotTracker | undefined
  readonly identity?: string
  /** What a turn may do. Default: no limit. */
  readonly allowance?: Allowance
}

export class Table {
  readonly options: TableOptions
  readonly keypos: number
  /** Whether a key may have several rows. */
  readonly isBag: boolean
  /** Tells this table from every other, also from one of its name before a restart that lost its rows. */
  readonly identity: string
  /** What the turn under way may still do. */
  readonly allowance: Allowance
  readonly #ledger: Ledger
  readonly #hashSeed: number
  readonly #track: () => SlotTracker | undefined
  #contents: Contents
  #tracker: SlotTracker | undefined
  #cursors: ReadonlyMap<string, Cursor> = new Map()

  constructor(options: TableOptions, ledger: Ledger, settings: TableSettings = {}) {
    this.options = options
    this.keypos = options.keypos
    this.isBag = options.type === 'bag' || options.type === 'duplicate_bag'
    this.identity = settings.identity ?? ''
    this.allowance = settings.allowance ?? new Allowance(UNBOUNDED)
    this.#ledger = ledger
    this.#hashSeed = settings.hashSeed ?? DEFAULT_HASH_SEED
    this.#track = settings.track ?? (() => undefined)
    this.#tracker = settings.tracker ?? this.#track()
    this.#contents = new Contents(options, this.#hashSeed)
  }

  /** What keeps track of changes of the contents, if anything does. */
  get tracker(): SlotTracker | undefined {
    return this.#tracker
  }

  /** About how many bytes the rows take. */
  get bytes(): number {
    return this.#contents.slots.totalBytes
  }

  /** The order of the keys, where the table has one. It holds dead rows too: ask {@link isLive}. */
  get order(): BTree | undefined {
    return this.#contents.order
  }

  /** Whether a walk may step on from a removed key. */
  get isFixed(): boolean {
    return this.#contents.isFixed
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

  size(nowMs: EpochMs): number {
    const contents = this.#contents
    if (!contents.isCounted(nowMs)) this.allowance.pass(contents.slots.end)
    return contents.size(nowMs)
  }

  /** The row in a slot that `find`, `after` or a walk gave. */
  row(slot: number): Row {
    return this.#contents.slots.row(slot) as Row
  }

  keyAt(slot: number): Term {
    return this.#contents.keyAt(slot)
  }

  version(slot: number): number {
    return this.#contents.slots.version(slot)
  }

  rowBytes(slot: number): number {
    return this.#contents.slots.bytes(slot)
  }

  timing(slot: number): Timing {
    return this.#contents.slots.timing(slot)
  }

  isLive(slot: number, nowMs: EpochMs): boolean {
    return this.#contents.isLive(slot, nowMs)
  }

  find(key: Term, nowMs: EpochMs): number {
    return this.#contents.find(key, nowMs)
  }

  after(slot: number, nowMs: EpochMs): number {
    return this.#contents.after(slot, nowMs)
  }

  walk(nowMs: EpochMs, visit: VisitRow, from = 0): boolean {
    return this.#contents.walk(nowMs, visit, from)
  }

  placeOf(key: Term, nowMs: EpochMs): number {
    return this.#contents.placeOf(key, nowMs)
  }

  placeAt(slot: number): number {
    return this.#contents.placeAt(slot)
  }

  keyFrom(place: number, nowMs: EpochMs): number {
    const contents = this.#contents
    const slot = contents.keyFrom(place, nowMs)
    this.allowance.pass((slot === -1 ? contents.endOfPlaces : contents.placeAt(slot)) - place)
    return slot
  }

  /** The number of rows that hold memory, those that are due and not yet swept among them. */
  get held(): number {
    return this.#contents.held
  }

  /** When to `sweep` next: at most 64 ms after the first deadline, and `NEVER` when there is none. O(256). */
  nextDueMs(): EpochMs {
    return this.#contents.nextDueMs()
  }

  /** No `sweep` is due before this moment. At worst too early, by rows that ended or live on. O(1). */
  get soonestMs(): EpochMs {
    return this.#contents.soonestMs
  }

  /** Puts a row in the place of the one under its key, or adds it. Not for bags. */
  put(row: Row, nowMs: EpochMs, timing: Timing = FOREVER): void {
    // One look-up: the key may hold a row that is dead and not yet swept, which is replaced like any other.
    const slot = this.#contents.head(keyOf(row, this.keypos))
    if (slot === -1) this.#add(row, nowMs, timing)
    else this.replace(slot, row, nowMs, timing)
  }

  /** Adds a row: behind those under its key in a bag, under a free key elsewhere. */
  add(row: Row, nowMs: EpochMs, timing: Timing = FOREVER): void {
    if (this.isBag) this.#add(row, nowMs, timing)
    else this.put(row, nowMs, timing)
  }

  /** Puts another row of the same key in the place of one; the deadline stays unless given. */
  replace(slot: number, row: Row, nowMs: EpochMs, timing?: Timing): void {
    this.#contents.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.#contents.slots.replace(slot, row, rowBytes(row))
    if (timing !== undefined) this.#contents.setTiming(slot, timing, nowMs)
    this.#changed(slot)
    this.allowance.write(this.rowBytes(slot))
  }

  /** The element at `position` (from 1) of a row, or `undefined` beyond its end. */
  element(slot: number, position: number): Term | undefined {
    return this.#contents.slots.element(slot, position)
  }

  /** Puts a number in the place of another at `position` of a row: as `replace`, without making a row. */
  setNumber(slot: number, position: number, number: number, nowMs: EpochMs): void {
    this.#contents.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.#contents.slots.setNumber(slot, position, number)
    this.#changed(slot)
    this.allowance.write(this.rowBytes(slot))
  }

  /** Moves the deadline of a row. */
  retime(slot: number, timing: Timing, nowMs: EpochMs): void {
    this.#contents.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.#contents.setTiming(slot, timing, nowMs)
    this.#changed(slot)
  }

  /**
   * Lets an idling row live on because it was read. No change of the table: it has no number, and only now and then
   * is it told to whoever keeps track of changes.
   */
  keepAlive(slot: number, nowMs: EpochMs): void {
    const { slots } = this.#contents
    if (!slots.hasDeadlines) return
    const { idleTtlMs, hardExpiresAtMs } = slots.timing(slot)
    if (idleTtlMs === 0) return
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    const expiresAtMs = Math.min(nowMs + idleTtlMs, hardExpiresAtMs) as EpochMs
    const isWorthKeeping = this.#contents.keepAlive(slot, { expiresAtMs, hardExpiresAtMs, idleTtlMs }, nowMs)
    if (isWorthKeeping) this.#tracker?.mark(slot)
  }

  /** Removes a row. */
  remove(slot: number, nowMs: EpochMs): void {
    this.#contents.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#returning(slot, nowMs))
    this.#contents.remove(slot)
    this.#ledger.seq++
    this.#tracker?.mark(slot)
  }

  /** Removes all rows. Cost: O(1), or O(n) while the table is fixed; then `too_large` as for a query. */
  clear(nowMs: EpochMs): void {
    if (this.isFixed) {
      const { slots, held } = this.#contents
      this.allowance.visit(held)
      for (let slot = slots.from(0); slot !== -1; slot = slots.from(slot + 1)) this.remove(slot, nowMs)
      return
    }
    const contents = this.#contents
    const tracker = this.#tracker
    if (this.#ledger.isOpen) {
      this.#ledger.onRollBack(() => {
        this.#contents = contents
        this.#tracker = tracker
      })
    }
    this.#contents = new Contents(this.options, this.#hashSeed)
    this.#tracker = this.#track()
    this.#ledger.seq++
  }

  /** Keeps the places of removed keys from now on, so that a walk can step on from one. */
  fix(): void {
    const contents = this.#contents
    contents.fix()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => contents.unfix())
  }

  /** Ends one fixation, if there is one. */
  unfix(): void {
    if (!this.isFixed) return
    const fixAgain = this.#contents.unfix()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(fixAgain)
  }

  /**
   * Gives the memory of rows that are due back, looking at no more than `limit`; says whether more may be due.
   *
   * Outside of turns only. It changes nothing that anybody can see, so it has no number and no way back.
   */
  sweep(nowMs: EpochMs, limit: number): boolean {
    return this.#contents.sweep(nowMs, limit)
  }

  /** The rows as they are now, to be read while turns go on. Outside of turns only. */
  snapshot(): Snapshot {
    return new Snapshot(this.#contents, this.#ledger.seq)
  }

  /** The state of a slot as it is journaled, or `undefined` for an empty one. */
  image(slot: number): SlotImage | undefined {
    return this.#contents.image(slot)
  }

  /** Puts a row into the slot it had, when the table is rebuilt. It is found after {@link finishRestore}. */
  restore(slot: number, image: SlotImage, nowMs: EpochMs): void {
    this.#contents.restore(slot, image, nowMs)
  }

  finishRestore(): void {
    this.#contents.finishRestore()
  }

  /** Throws when the parts of the contents do not agree: for tests. Cost: O(n). */
  check(): void {
    this.#contents.check()
  }

  #add(row: Row, nowMs: EpochMs, timing: Timing): void {
    const contents = this.#contents
    const { slot, wasGhost } = contents.add(row, timing, nowMs)
    this.#changed(slot)
    if (this.isBag && this.#tracker !== undefined) contents.slots.setBorn(slot, this.#ledger.seq)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => contents.remove(slot, wasGhost))
    this.allowance.write(this.rowBytes(slot))
  }

  /** Gives a row that was written its number, and tells whoever keeps track of changes. */
  #changed(slot: number): void {
    this.#contents.slots.setVersion(slot, ++this.#ledger.seq)
    this.#tracker?.mark(slot)
  }

  /** How to put a row back that is about to be removed. */
  #returning(slot: number, nowMs: EpochMs): () => void {
    const contents = this.#contents
    const image = contents.image(slot) as SlotImage
    const before = contents.behind(slot)
    return () => contents.putBack(slot, image, before, nowMs)
  }

  /** How to undo what is about to be done to a row in its place. */
  #restoring(slot: number, nowMs: EpochMs): () => void {
    const contents = this.#contents
    const { row, version, timing } = contents.image(slot) as SlotImage
    return () => {
      contents.slots.replace(slot, row, rowBytes(row))
      contents.setTiming(slot, timing, nowMs)
      contents.slots.setVersion(slot, version)
    }
  }
}
