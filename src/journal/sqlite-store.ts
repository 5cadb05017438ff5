/**
 * Records in the SQLite storage of a Durable Object.
 *
 * A record longer than a row may be (2 MB) is written as several parts, which is rare: pages are kept small,
 * and only a turn that wrote megabytes makes such a log record.
 *
 * Nothing is written before the first record is: an object that was only asked for what is not there leaves nothing
 * behind.
 *
 * Source: "SQLite in Durable Objects", limits and pricing: each row written or deleted counts.
 */
import type { StoredRecord } from './record.ts'
import type { LogEntry, PageName, RecordStore } from './record-store.ts'

/** Characters of one part. A character is at most three bytes of UTF-8, and a row must stay below 2 MB. */
const PART_LENGTH = 600_000

type Row = {
  contents: number
  number: number
  place: number
  part: number
  parts: number
  format: number
  checksum: number
  text: string
}

export class SqliteStore implements RecordStore {
  readonly #sql: SqlStorage
  readonly #onFirst: () => void
  #isMade: boolean

  /** `onFirst` is called when the first record is about to be written. */
  constructor(sql: SqlStorage, onFirst: () => void = () => {}) {
    this.#sql = sql
    this.#onFirst = onFirst
    this.#isMade = hasRecords(sql)
  }

  readCatalog(): StoredRecord | undefined {
    for (const { record } of this.#read('catalog')) return record
    return undefined
  }

  putCatalog(record: StoredRecord): void {
    this.#put('catalog', 0, 0, 0, record)
  }

  readLog(): Iterable<LogEntry> {
    const entries = Array.from(this.#read('log'), ({ place, number, record }) => ({ place, number, record }))
    return entries.sort((a, b) => a.number - b.number)
  }

  putLog({ place, number, record }: LogEntry): void {
    this.#put('log', 0, place, number, record)
  }

  deleteLog(place: number): void {
    if (this.#isMade) this.#sql.exec("DELETE FROM records WHERE kind = 'log' AND place = ?", place)
  }

  *readPages(): Iterable<PageName & { record: StoredRecord }> {
    for (const { contents, place, record } of this.#read('page')) yield { contents, page: place, record }
  }

  putPage({ contents, page }: PageName, record: StoredRecord): void {
    this.#put('page', contents, page, page, record)
  }

  deletePage({ contents, page }: PageName): void {
    if (!this.#isMade) return
    this.#sql.exec("DELETE FROM records WHERE kind = 'page' AND contents = ? AND place = ?", contents, page)
  }

  setAside(what: string, record: StoredRecord): void {
    this.#make()
    const { next } = this.#sql
      .exec<{ next: number }>("SELECT coalesce(max(place), 0) + 1 AS next FROM records WHERE kind = 'aside'")
      .one()
    this.#put('aside', 0, next, next, { ...record, text: JSON.stringify([what, record.text]) })
  }

  readSetAside(): readonly { what: string; record: StoredRecord }[] {
    return Array.from(this.#read('aside'), ({ record }) => {
      const [what, text] = JSON.parse(record.text) as [string, string]
      return { what, record: { ...record, text } }
    })
  }

  /**
   * The records of a kind by contents and place, the parts of each joined. Rows are fetched as they are asked
   * for, in the order of the table: any other would have SQLite sort all texts first.
   */
  *#read(
    kind: string,
  ): Iterable<Omit<Row, 'part' | 'parts' | 'format' | 'checksum' | 'text'> & { record: StoredRecord }> {
    if (!this.#isMade) return
    const rows = this.#sql.exec<Row>(
      'SELECT contents, number, place, part, parts, format, checksum, text FROM records WHERE kind = ? ORDER BY contents, place, part',
      kind,
    )
    let text = ''
    let parts = 0
    for (const { contents, number, place, part, format, checksum, ...row } of rows) {
      if (part === 0) {
        text = ''
        parts = row.parts
      }
      // Parts of a longer record that stood here before are left where they are, and passed over.
      if (part >= parts) continue
      text += row.text
      if (part === parts - 1) yield { contents, number, place, record: { format, checksum, text } }
    }
  }

  #make(): void {
    if (this.#isMade) return
    this.#isMade = true
    this.#sql.exec(`
      CREATE TABLE records (
        kind TEXT NOT NULL, contents INTEGER NOT NULL, place INTEGER NOT NULL, part INTEGER NOT NULL,
        parts INTEGER NOT NULL, number INTEGER NOT NULL,
        format INTEGER NOT NULL, checksum INTEGER NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (kind, contents, place, part)
      ) WITHOUT ROWID`)
    this.#onFirst()
  }

  #put(
    kind: string,
    contents: number,
    place: number,
    number: number,
    { format, checksum, text }: StoredRecord,
  ): void {
    this.#make()
    const parts = partsOf(text)
    parts.forEach((slice, part) => {
      this.#sql.exec(
        'INSERT OR REPLACE INTO records (kind, contents, place, part, parts, number, format, checksum, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        kind,
        contents,
        place,
        part,
        parts.length,
        number,
        format,
        checksum,
        slice,
      )
    })
  }
}

/** Whether anything was ever written to the storage of an object. */
export const hasRecords = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'records'").toArray().length > 0

/** Slices of a text that are each short enough for a row; none ends within a surrogate pair. */
function partsOf(text: string): string[] {
  if (text.length <= PART_LENGTH) return [text]
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PART_LENGTH, text.length)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--
    parts.push(text.slice(start, end))
    start = end
  }
  return parts
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
