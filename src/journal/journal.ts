/**
 * Journal: keeps tables on disk at the price of about one written row for a group of turns.
 *
 * `append` writes one log record with the state of every slot that changed since the last one. `checkpoint`
 * writes dirty pages, the longest dirty first, a few at a time, while turns go on in between; what pages hold
 * the log no longer needs, and new records are written over it. Memory is rebuilt by `recover`.
 *
 * A log record holds states, not operations: reading it needs no clock, no eviction and no match specification,
 * a counter that was raised a thousand times is written once, and applying a record twice does no harm.
 *
 * Cost:   append O(changed slots), one row written; a checkpoint step one row a page. The log is let grow to
 *         the size of the pages, so that checkpoints write each byte about once more.
 * Limits: the log is at most {@link MAX_LOG_LENGTH}, which bounds the memory that `recover` needs.
 */
import type { TableOptions } from '../engine/options.ts'
import { SlotTracker } from '../engine/slot-tracker.ts'
import { type PageTable, pageOf, SLOTS_PER_PAGE } from './page-table.ts'
import { encode, type Image, type LogRecord } from './record.ts'
import type { PageName, RecordStore } from './record-store.ts'

/** A table as the journal sees it. */
export interface JournaledTable {
  readonly name: string
  readonly options: TableOptions
  /** Absent for a table that is not journaled. */
  readonly tracker: SlotTracker | undefined
  image(slot: number): Image
}

/** Below this the log is left alone: rewriting pages would cost more rows than it saves at the next start. */
const MIN_LOG_LENGTH = 1_000_000
/** Some two seconds of reading at the next start. */
const MAX_LOG_LENGTH = 32_000_000

export interface JournalState {
  readonly incarnation: number
  readonly nextContents: number
  /** The number of the last log record. */
  readonly number: number
  /** The log records that are needed: their numbers, places and lengths, in order. */
  readonly log: readonly { readonly number: number; readonly place: number; readonly length: number }[]
  readonly freePlaces: readonly number[]
  readonly placeCount: number
  readonly pages: PageTable
  /** Pages of contents that are no more. */
  readonly garbage: readonly PageName[]
}

export class Journal {
  readonly #store: RecordStore
  readonly #incarnation: number
  readonly #pages: PageTable
  #nextContents: number
  #number: number
  /** The records that are needed, the oldest first. */
  readonly #log: { number: number; place: number; length: number }[]
  #logLength = 0
  readonly #freePlaces: number[]
  #placeCount: number
  #garbage: PageName[]

  /** Goes on from what `recover` found. */
  constructor(store: RecordStore, state: JournalState) {
    this.#store = store
    this.#incarnation = state.incarnation
    this.#nextContents = state.nextContents
    this.#number = state.number
    this.#log = [...state.log]
    for (const { length } of state.log) this.#logLength += length
    this.#freePlaces = [...state.freePlaces]
    this.#placeCount = state.placeCount
    this.#pages = state.pages
    this.#garbage = [...state.garbage]
  }

  /** A tracker for new contents of a table, or none where the table is not journaled. */
  track({ journal }: TableOptions): SlotTracker | undefined {
    return journal === 'none' ? undefined : new SlotTracker(this.#nextContents++)
  }

  /** The id that the next new contents get: it grows when a journaled table is created or cleared. */
  get nextContents(): number {
    return this.#nextContents
  }

  /** Whether there is something that a checkpoint should do by and by. */
  get wantsCheckpoint(): boolean {
    const bound = Math.min(Math.max(MIN_LOG_LENGTH, this.#pages.totalLength), MAX_LOG_LENGTH)
    return this.#garbage.length > 0 || this.#logLength > bound
  }

  /** Characters of the records that a restart would have to read. */
  get length(): { readonly log: number; readonly pages: number } {
    return { log: this.#logLength, pages: this.#pages.totalLength }
  }

  /**
   * Writes the tables of the process: their names, options and contents.
   *
   * Errors: whatever the storage throws; the caller then discards its memory.
   */
  putCatalog(tables: readonly JournaledTable[], seq: number): void {
    const kept = new Set(tables.map(({ tracker }) => tracker?.contents))
    for (const contents of this.#pages.contents()) {
      if (!kept.has(contents)) this.#garbage.push(...this.#pages.drop(contents))
    }
    const entries = tables.map(({ name, options, tracker }) => ({
      name,
      options,
      contents: tracker?.contents ?? 0,
    }))
    this.#store.putCatalog(
      encode({ incarnation: this.#incarnation, seq, nextContents: this.#nextContents, tables: entries }),
    )
  }

  /**
   * Appends what changed in `tables` since the last call, as one record. Nothing where nothing changed.
   *
   * Errors: whatever the storage throws; memory is then ahead of the journal, and the caller discards it.
   */
  append(tables: readonly JournaledTable[], seq: number): void {
    const changes: (readonly [number, Image[]])[] = []
    const number = this.#number + 1
    for (const table of tables) {
      const { tracker } = table
      if (tracker === undefined || !tracker.hasChanges) continue
      const images: Image[] = []
      for (const slot of tracker.take()) {
        images.push(table.image(slot))
        this.#pages.markDirty({ contents: tracker.contents, page: pageOf(slot) }, number)
      }
      changes.push([tracker.contents, images])
    }
    if (changes.length === 0) return
    const record: LogRecord = {
      number,
      previous: this.#log.at(-1)?.number ?? this.#number,
      oldest: this.#log[0]?.number ?? number,
      seq,
      tables: changes,
    }
    const stored = encode(record)
    const place = this.#freePlaces.pop() ?? this.#placeCount++
    this.#store.putLog({ place, number, record: stored })
    this.#number = number
    this.#log.push({ number, place, length: stored.text.length })
    this.#logLength += stored.text.length
  }

  /**
   * Writes a few dirty pages, or deletes a few that are no longer needed. Everything must be appended before.
   *
   * Shape:  does a piece of about `length` characters, then says whether there is more to do.
   * Errors: as `append`.
   */
  checkpoint(tables: readonly JournaledTable[], length: number): boolean {
    for (const name of this.#garbage.splice(0, DELETED_PER_STEP)) this.#store.deletePage(name)
    for (let written = 0; written < length && this.wantsCheckpoint; ) {
      const page = this.checkpointOldest(tables)
      if (page === 0) break
      written += page
    }
    return this.wantsCheckpoint
  }

  /** Writes the page that has been dirty for longest; returns the length of its record, 0 when none is dirty. */
  checkpointOldest(tables: readonly JournaledTable[]): number {
    const page = this.#pages.oldestDirty
    if (page === undefined) return 0
    const length = this.#writePage(
      page,
      tables.find(({ tracker }) => tracker?.contents === page.contents),
    )
    this.#truncate()
    return length
  }

  #writePage(name: PageName, table: JournaledTable | undefined): number {
    if (table === undefined) throw new Error('a page is dirty whose contents no table has')
    const images: Image[] = []
    const first = name.page * SLOTS_PER_PAGE
    for (let slot = first; slot < first + SLOTS_PER_PAGE; slot++) {
      const image = table.image(slot)
      if (image.length > 1) images.push(image)
    }
    const record = encode({ asOf: this.#number, images })
    this.#store.putPage({ contents: name.contents, page: name.page }, record)
    this.#pages.markWritten(name, record.text.length)
    return record.text.length
  }

  /** Lets the places of records before the oldest dirty page be written over. */
  #truncate(): void {
    const needed = this.#pages.oldestDirty?.since ?? this.#number + 1
    while (this.#log.length > 0 && (this.#log[0]?.number as number) < needed) {
      const { place, length } = this.#log.shift() as { place: number; length: number }
      this.#freePlaces.push(place)
      this.#logLength -= length
    }
  }
}

/** Rows deleted in one step: a few hundred take well under a millisecond. */
const DELETED_PER_STEP = 200
