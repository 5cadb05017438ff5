/**
 * Where records are kept: the contract between the journal and a storage. Two implementations, SQLite of a
 * Durable Object and memory for tests, pass the same suite.
 *
 * Everything is synchronous. What is written between two returns to the event loop becomes durable together or
 * not at all. A step that throws has written nothing; its caller must discard what it has in memory.
 *
 * Cost: one row written per `put` and per record that a `delete` finds.
 */
import type { StoredRecord } from './record.ts'

export interface PageName {
  readonly contents: number
  readonly page: number
}

/** A record of the log. Places are used again, numbers are not: writing over costs less than deleting. */
export interface LogEntry {
  readonly place: number
  readonly number: number
  readonly record: StoredRecord
}

export interface RecordStore {
  readCatalog(): StoredRecord | undefined
  putCatalog(record: StoredRecord): void

  /** The records of the log by their numbers. Read to the end before anything is written. */
  readLog(): Iterable<LogEntry>
  /** Writes a log record to its place, over what is there. */
  putLog(entry: LogEntry): void
  deleteLog(place: number): void

  /** All pages, in order of contents and page. */
  readPages(): Iterable<PageName & { readonly record: StoredRecord }>
  putPage(name: PageName, record: StoredRecord): void
  deletePage(name: PageName): void

  /** Sets a record aside that cannot be read, so that it is out of the way and not lost. */
  setAside(what: string, record: StoredRecord): void
  /** What was set aside, the oldest first. */
  readSetAside(): readonly { readonly what: string; readonly record: StoredRecord }[]
}
