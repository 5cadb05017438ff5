/**
 * Table: contents and the changes that are made to them, each numbered and, within a turn, undoable.
 *
 * Verbs (`verbs/`) ask with `find`, `after`, `row` and the walks, and change with `put`, `add`, `replace`,
 * `retime`, `remove` and `clear`. Each change gets a number from the ledger, is marked for whoever keeps track
 * of changes and, while a turn is open, leaves the way back.
 *
 * A table with bounds makes room before it takes a row: rows that ended go first, then those that its policy gives
 * up, which is a change like any other; where neither helps, the row is refused.
 *
 * Cost: a change is O(1), on an `ordered_set` O(log n), and so is each row that it pushes out; `clear` is O(1) but
 *       under a fixation.
 */
import { Allowance, UNBOUNDED } from './allowance.ts'
import { Contents } from './contents.ts'
import type { SweepWatcher } from './contents-watch.ts'
import { makeRoom, type RoomParts, rowsWithoutWeighing } from './evict/make-room.ts'
import type { Ledger } from './ledger.ts'
import { TAG_PLACES } from './limits.ts'
import { ObservedTable } from './observed-table.ts'
import type { TableOptions } from './options.ts'
import { type Random, seededRandom } from './random.ts'
import { keyOf, type Row, rowBytes } from './row.ts'
import { type Marks, type SlotImage, UNMARKED } from './slot-image.ts'
import type { SlotTracker } from './slot-tracker.ts'
import { Snapshot } from './snapshot.ts'
import { Observer } from './stats/observer.ts'
import { RemovalLog } from './stats/removal-log.ts'
import { COUNT, type Counted } from './stats/statistics.ts'
import type { Cause } from './stats/tombstones.ts'
import { DEFAULT_HASH_SEED } from './store/set-index.ts'
import type { Timing } from './store/slots.ts'
import { tagOf } from './table-reads.ts'
import type { RemovalListener, TableSettings } from './table-settings.ts'
import { type EpochMs, isLive, NEVER } from './time.ts'
import type { Cursor } from './verbs/pages.ts'

const NOBODY = -1
const NO_TAGS: readonly string[] = []

export class Table extends ObservedTable {
  readonly options: TableOptions
  readonly keypos: number
  /** Whether a key may have several rows. */
  readonly isBag: boolean
  /** Tells this table from every other, also from one of its name before a restart that lost its rows. */
  readonly identity: string
  readonly random: Random
  /** Whether a row ends though nothing was said of that. */
  readonly hasDefaultTiming: boolean
  readonly #room: RoomParts
  /** See `rowsWithoutWeighing`. */
  readonly #easyRows: number
  readonly #removed: RemovalListener | undefined
  readonly #ledger: Ledger
  readonly #hashSeed: number
  readonly #track: () => SlotTracker | undefined
  #tracker: SlotTracker | undefined
  readonly #sweepWatcher: SweepWatcher = {
    // That a row was taken away is forgotten when no row carries its tag: it must not come back with a journal. Nor must one
    // that was told of, of a table whose rows come back for a while after they ended, for that alone.
    reclaims: (slot, cause, nowMs) => {
      this.#tell(slot, cause, nowMs)
      if (cause === 'invalidated' || this.removals !== undefined) this.#tracker?.mark(slot)
    },
    forgets: (place) => this.#tracker?.mark(TAG_PLACES + place),
  }
  #cursors: ReadonlyMap<string, Cursor> = new Map()

  constructor(options: TableOptions, ledger: Ledger, settings: TableSettings = {}) {
    const random = settings.random ?? seededRandom(1)
    const hashSeed = settings.hashSeed ?? DEFAULT_HASH_SEED
    const observer = options.statistics ? new Observer() : undefined
    const allowance = settings.allowance ?? new Allowance(UNBOUNDED)
    const removals = options.events ? new RemovalLog(settings.life ?? 'life') : undefined
    super(new Contents(options, hashSeed, random), allowance, observer, removals)
    this.options = options
    this.keypos = options.keypos
    this.isBag = options.type === 'bag' || options.type === 'duplicate_bag'
    this.identity = settings.identity ?? ''
    this.random = random
    this.#removed = settings.removed
    this.hasDefaultTiming = options.defaultTtlMs !== null || options.maxTtlMs !== null
    this.#room = this.#roomParts()
    this.#easyRows = rowsWithoutWeighing(options)
    this.#ledger = ledger
    this.#hashSeed = hashSeed
    this.#track = settings.track ?? (() => undefined)
    this.#tracker = settings.tracker ?? this.#track()
  }

  /** What keeps track of changes of the contents, if anything does. */
  get tracker(): SlotTracker | undefined {
    return this.#tracker
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

  /** Puts a row in the place of the one under its key, or adds it. Not for bags. */
  put(row: Row, nowMs: EpochMs, timing: Timing = NEVER, marks: Marks = UNMARKED): void {
    const { contents } = this
    const slot = contents.head(keyOf(row, this.keypos))
    if (slot === -1) this.#add(row, nowMs, timing, marks)
    else if (contents.isLive(slot, nowMs)) this.replace(slot, row, nowMs, timing, marks)
    else this.#putOverDead(slot, row, nowMs, timing, marks)
  }

  /** Adds a row: behind those under its key in a bag, under a free key elsewhere. */
  add(row: Row, nowMs: EpochMs, timing: Timing = NEVER, marks: Marks = UNMARKED): void {
    if (this.isBag) this.#add(row, nowMs, timing, marks)
    else this.put(row, nowMs, timing, marks)
  }

  /** Puts another row of the same key in the place of one; deadline and marks stay unless given. */
  replace(slot: number, row: Row, nowMs: EpochMs, timing?: Timing, marks?: Marks): void {
    const contents = this.contents
    const bytes = rowBytes(row)
    if (contents.held > this.#easyRows) makeRoom(this.#room, row, bytes, marks?.tags ?? NO_TAGS, slot, nowMs)
    contents.snapshots.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs, COUNT.updates))
    this.observer?.count(COUNT.updates, nowMs)
    contents.replace(slot, row, bytes)
    if (timing !== undefined) contents.setTiming(slot, timing, nowMs)
    if (marks !== undefined) contents.setMarks(slot, marks)
    contents.residents.touch(slot)
    this.#changed(slot)
    this.allowance.write(bytes)
  }

  /** Says of a row what was not said when it was written. */
  mark(slot: number, marks: Marks, nowMs: EpochMs): void {
    this.contents.snapshots.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.contents.setMarks(slot, marks)
    this.#changed(slot)
  }

  /** Puts a number in the place of another at `position` of a row: as `replace`, without making a row. */
  setNumber(slot: number, position: number, number: number, nowMs: EpochMs): void {
    this.contents.snapshots.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs, COUNT.updates))
    this.observer?.count(COUNT.updates, nowMs)
    this.contents.slots.setNumber(slot, position, number)
    this.contents.tags?.setOwnStale(slot, undefined)
    this.contents.residents.touch(slot)
    this.#changed(slot)
    this.allowance.write(this.rowBytes(slot))
  }

  /** Moves the deadline of a row. */
  retime(slot: number, timing: Timing, nowMs: EpochMs): void {
    this.contents.snapshots.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    this.contents.setTiming(slot, timing, nowMs)
    // Its number will be new, though what it says is not.
    this.contents.tags?.setOwnStale(slot, this.contents.tags.staleSinceMs(slot))
    this.#changed(slot)
  }

  /**
   * Takes away all rows that carry one of these tags, or lets them be stale; says how many of the tags rows carried.
   *
   * Cost: O(1) a tag.
   */
  invalidate(names: ReadonlySet<string>, isSoft: boolean, nowMs: EpochMs): number {
    const { tags } = this.contents
    if (tags === undefined) return 0
    const found = Array.from(names, (name) => tags.find(name)).filter((tag) => tag !== undefined)
    if (found.length === 0) return 0
    const seq = ++this.#ledger.seq
    for (const tag of found) {
      const { goneSeq, goneAtMs, staleSeq, staleAtMs } = tag
      const state = isSoft
        ? { goneSeq, goneAtMs, staleSeq: seq, staleAtMs: nowMs }
        : { goneSeq: seq, goneAtMs: nowMs, staleSeq, staleAtMs }
      const before = tags.invalidate(tag, state)
      this.#tracker?.mark(TAG_PLACES + tag.place)
      if (this.#ledger.isOpen) this.#ledger.onRollBack(() => tags.invalidate(tag, before))
    }
    return found.length
  }

  /**
   * Notes that a row was read: it is longer until it is evicted, and an idling row lives on. No change of the table: it
   * has no number, and only now and then is it told to whoever keeps track of changes.
   */
  noteRead(slot: number, nowMs: EpochMs): void {
    this.contents.residents.touch(slot)
    const { slots } = this.contents
    const timing = slots.idleTtlMs(slot) === 0 ? NEVER : slots.timing(slot)
    if (typeof timing === 'number') return
    const { idleTtlMs, hardExpiresAtMs } = timing
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#restoring(slot, nowMs))
    const expiresAtMs = Math.min(nowMs + idleTtlMs, hardExpiresAtMs) as EpochMs
    const isWorthKeeping = this.contents.keepAlive(slot, { expiresAtMs, hardExpiresAtMs, idleTtlMs }, nowMs)
    if (isWorthKeeping) this.#tracker?.mark(slot)
  }

  /** As {@link noteRead}, of a row that was asked for by its key: statistics count it. */
  noteHit(slot: number, nowMs: EpochMs): void {
    this.observer?.hit(this.keyAt(slot), nowMs)
    this.noteRead(slot, nowMs)
  }

  /** Counts from zero again. */
  resetStatistics(): void {
    const observer = this.observer
    if (observer === undefined) return
    const takeBack = observer.reset()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(takeBack)
  }

  /** Removes a row. */
  remove(slot: number, nowMs: EpochMs): void {
    this.#take(slot, 'deleted', nowMs)
    this.#ledger.seq++
  }

  /** Removes all rows. Cost: O(1), or O(n) while the table is fixed; then `too_large` as for a query. */
  clear(nowMs: EpochMs): void {
    if (this.isFixed) {
      const { slots, held } = this.contents
      this.allowance.visit(held)
      for (let slot = slots.from(0); slot !== -1; slot = slots.from(slot + 1)) this.remove(slot, nowMs)
      return
    }
    const contents = this.contents
    const tracker = this.#tracker
    const uncount = this.observer?.cleared(contents.held, nowMs)
    if (this.#ledger.isOpen) {
      this.#ledger.onRollBack(() => {
        uncount?.()
        this.contents = contents
        this.#tracker = tracker
      })
    }
    this.contents = new Contents(this.options, this.#hashSeed, this.random)
    this.#tracker = this.#track()
    this.#ledger.seq++
  }

  /** Keeps the places of removed keys from now on, so that a walk can step on from one. */
  fix(): void {
    const contents = this.contents
    contents.places.fix()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => contents.places.unfix())
  }

  /** Ends one fixation, if there is one. */
  unfix(): void {
    if (!this.isFixed) return
    const fixAgain = this.contents.places.unfix()
    if (this.#ledger.isOpen) this.#ledger.onRollBack(fixAgain)
  }

  /**
   * Gives the memory of rows that are due back, looking at no more than `limit`; says whether more may be due.
   *
   * Outside of turns only. It changes nothing that anybody can see, so it has no number and no way back.
   */
  sweep(nowMs: EpochMs, limit: number): boolean {
    return this.contents.sweep(nowMs, limit, this.#sweepWatcher)
  }

  /** The rows as they are now, to be read while turns go on. Outside of turns only. */
  snapshot(): Snapshot {
    return new Snapshot(this.contents, this.#ledger.seq)
  }

  /** Puts a row into the slot it had, when the table is rebuilt. It is found after {@link finishRestore}. */
  restore(slot: number, image: SlotImage, nowMs: EpochMs): void {
    if (slot < TAG_PLACES) this.contents.restore(slot, image, nowMs)
    else this.contents.restoreTag(slot - TAG_PLACES, ...tagOf(image.row))
  }

  finishRestore(): void {
    for (const slot of this.contents.finishRestore()) this.#tracker?.mark(slot)
  }

  /** A dead row that is not yet swept goes first: nothing has to make room for what takes its place. */
  #putOverDead(slot: number, row: Row, nowMs: EpochMs, timing: Timing, marks: Marks): void {
    this.#room.reclaim(slot, nowMs)
    this.#add(row, nowMs, timing, marks)
  }

  #add(row: Row, nowMs: EpochMs, timing: Timing, marks: Marks): void {
    const contents = this.contents
    const bytes = rowBytes(row)
    if (contents.held >= this.#easyRows) makeRoom(this.#room, row, bytes, marks.tags, NOBODY, nowMs)
    const { slot, wasGhost } = contents.add(row, bytes, timing, marks, nowMs)
    this.#changed(slot)
    if (this.isBag && this.#tracker !== undefined) contents.slots.setBorn(slot, this.#ledger.seq)
    this.observer?.count(COUNT.inserts, nowMs)
    if (this.#ledger.isOpen) {
      this.#ledger.onRollBack(() => {
        contents.remove(slot, wasGhost)
        this.observer?.uncount(COUNT.inserts)
      })
    }
    this.allowance.write(bytes)
  }

  /** The table as `makeRoom` needs it. */
  #roomParts(): RoomParts {
    const contents = (): Contents => this.contents
    return {
      get contents() {
        return contents()
      },
      options: this.options,
      allowance: this.allowance,
      evict: (slot, nowMs) => {
        this.#take(slot, 'evicted', nowMs)
        this.#ledger.seq++
      },
      // As in a sweep: that it is gone has no number. Within a turn it must be possible to take that back.
      reclaim: (slot, nowMs) =>
        this.#take(slot, isLive(this.expiresAtMs(slot), nowMs) ? 'invalidated' : 'expired', nowMs),
    }
  }

  /** Takes a row out, in a way that can be taken back. */
  #take(slot: number, cause: Cause, nowMs: EpochMs): void {
    const { contents } = this
    contents.snapshots.keep(slot, nowMs)
    if (this.#ledger.isOpen) this.#ledger.onRollBack(this.#returning(slot, cause, nowMs))
    this.#tell(slot, cause, nowMs)
    contents.remove(slot)
    this.#tracker?.mark(slot)
  }

  /** Tells whoever wants to know of a row that is about to go. */
  #tell(slot: number, cause: Cause, nowMs: EpochMs): void {
    const { contents, observer, removals } = this
    if (observer !== undefined) {
      const tag = this.goneBy(slot, cause)?.name
      const sinceMs = this.goneSinceMs(slot, cause, nowMs)
      observer.removed(contents.hashOf(this.keyAt(slot)), cause, sinceMs, nowMs, tag, contents.held)
    }
    if (removals === undefined || cause === 'deleted') return
    const removal = this.removalOf(slot, cause, nowMs)
    this.#ledger.afterwards(() => {
      removals.add(removal)
      this.#removed?.(this, removal)
    })
  }

  /** Gives a row that was written its number, and tells whoever keeps track of changes. */
  #changed(slot: number): void {
    this.contents.slots.setVersion(slot, ++this.#ledger.seq)
    this.#tracker?.mark(slot)
  }

  /** How to put a row back that is about to be removed. */
  #returning(slot: number, cause: Cause, nowMs: EpochMs): () => void {
    const { contents, observer } = this
    const sinceMs = this.goneSinceMs(slot, cause, nowMs)
    const image = contents.image(slot) as SlotImage
    const staleSinceMs = contents.tags?.ownStaleMs(slot)
    const before = contents.behind(slot)
    return () => {
      contents.putBack(slot, { ...image, staleSinceMs }, before, nowMs)
      observer?.returned(contents.hashOf(keyOf(image.row, this.keypos)), cause, sinceMs, nowMs)
    }
  }

  /** How to undo what is about to be done to a row in its place. */
  #restoring(slot: number, nowMs: EpochMs, counted?: Counted): () => void {
    const contents = this.contents
    const image = contents.image(slot) as SlotImage
    const { row, version, timing } = image
    const staleSinceMs = contents.tags?.ownStaleMs(slot)
    return () => {
      contents.replace(slot, row, rowBytes(row))
      contents.setTiming(slot, timing, nowMs)
      contents.setMarks(slot, { ...image, staleSinceMs })
      contents.slots.setVersion(slot, version)
      contents.tags?.recheck(slot)
      if (counted !== undefined) this.observer?.uncount(counted)
    }
  }
}
