/**
 * Reading records back: the catalog, the log and pages, with what is damaged told apart.
 *
 * Errors: `RecordError` with `newer` from each function; damage is not an error but is noted in `damaged`.
 */
import { pageOf } from './page-table.ts'
import {
  type CatalogRecord,
  decode,
  type Image,
  type LogRecord,
  type PageRecord,
  RecordError,
  type StoredRecord,
} from './record.ts'
import type { RecordStore } from './record-store.ts'

/** A record that cannot be read, to be set aside. */
export interface Damaged {
  readonly what: string
  readonly record: StoredRecord
  /** Where it is in the log, if it is of the log. */
  readonly place?: number
}

/** What the log has of a page, the oldest first: states of its slots, and beside each the record it is from. */
export interface LoggedPage {
  readonly images: Image[]
  readonly numbers: number[]
}

/** By page. */
export type LoggedPages = Map<number, LoggedPage>

export interface Log {
  /** The highest number of a record, readable or not. */
  readonly highest: number
  /** The number of the last change that the kept records hold. */
  readonly seq: number
  /** The records that were needed when the last one was written, the oldest first. */
  readonly entries: readonly { readonly number: number; readonly place: number; readonly length: number }[]
  readonly freePlaces: readonly number[]
  /** One more than the highest place. */
  readonly placeCount: number
  /** By contents. */
  readonly pages: ReadonlyMap<number, LoggedPages>
  /** States of slots that were read. */
  readonly changes: number
}

/** The catalog of a process that has never written one. */
export const NO_CATALOG: CatalogRecord = { incarnation: 0, seq: 0, nextContents: 1, tables: [] }

/** Errors: `RecordError`, with `damaged` too: without the catalog nobody knows which pages are needed. */
export function readCatalog(store: RecordStore): CatalogRecord {
  const record = store.readCatalog()
  return record === undefined ? NO_CATALOG : decode(record)
}

/** A page that was never written, or cannot be read. */
export const NO_ROWS: PageRecord = { asOf: 0, images: [] }

export function readPage(record: StoredRecord, what: string, damaged: Damaged[]): PageRecord {
  const page = tryDecode<PageRecord>(record)
  if (page === undefined) damaged.push({ what, record })
  return page ?? NO_ROWS
}

/** The log up to its first damaged or missing record; what comes after is set aside with it. */
export function readLog(store: RecordStore, damaged: Damaged[]): Log {
  const entries = [...store.readLog()]
  const records: Records = new Map(
    entries.map(({ number, record }) => [number, tryDecode<LogRecord>(record)]),
  )
  const newest = newestReadable(records)
  const oldest = newest?.oldest ?? 0
  const end = newest === undefined ? oldest : endOfRun(records, oldest, newest.number)
  const free: number[] = []
  const kept: Log['entries'][number][] = []
  for (const { number, place, record } of entries) {
    if (number >= oldest && number < end) kept.push({ number, place, length: record.text.length })
    else free.push(place)
    if (number >= end) damaged.push({ what: `log record ${number}`, record, place })
  }
  return {
    ...stateOf(kept.map(({ number }) => records.get(number) as LogRecord)),
    highest: entries.at(-1)?.number ?? 0,
    entries: kept,
    freePlaces: free,
    placeCount: entries.reduce((count, { place }) => Math.max(count, place + 1), 0),
  }
}

type Records = ReadonlyMap<number, LogRecord | undefined>

function newestReadable(records: Records): LogRecord | undefined {
  let newest: LogRecord | undefined
  for (const record of records.values()) {
    if (record !== undefined && record.number > (newest?.number ?? 0)) newest = record
  }
  return newest
}

/** The number behind the last record that follows from `oldest` on without a gap. Records come in order. */
function endOfRun(records: Records, oldest: number, newest: number): number {
  let previous: LogRecord | undefined
  for (const [number, record] of records) {
    if (number < oldest) continue
    if (record === undefined) return number
    if (
      previous === undefined ? !isFirst(record, oldest, newest, records) : record.previous !== previous.number
    ) {
      return number
    }
    previous = record
  }
  return newest + 1
}

/** A damaged record behind the newest readable one was written over some that were no longer needed. */
const isFirst = ({ number }: LogRecord, oldest: number, newest: number, records: Records): boolean =>
  number === oldest || [...records.keys()].some((each) => each > newest)

function stateOf(records: readonly LogRecord[]): Pick<Log, 'seq' | 'pages' | 'changes'> {
  const pages = new Map<number, LoggedPages>()
  let changes = 0
  for (const { number, tables } of records) {
    for (const [contents, images] of tables) {
      const ofContents: LoggedPages = pages.get(contents) ?? new Map()
      pages.set(contents, ofContents)
      for (const image of images) note(ofContents, image, number)
      changes += images.length
    }
  }
  return { seq: records.at(-1)?.seq ?? 0, pages, changes }
}

function note(pages: LoggedPages, image: Image, number: number): void {
  const page = pageOf(image[0])
  const logged = pages.get(page)
  if (logged === undefined) {
    pages.set(page, { images: [image], numbers: [number] })
    return
  }
  logged.images.push(image)
  logged.numbers.push(number)
}

/** The record, or `undefined` when it is damaged. Errors: `RecordError` with `newer`. */
function tryDecode<T>(record: StoredRecord): T | undefined {
  try {
    return decode<T>(record)
  } catch (error) {
    if (error instanceof RecordError && error.reason === 'damaged') return undefined
    throw error
  }
}
