/** Records in memory: the twin of the SQLite store for tests, with the same behaviour and no durability. */
import type { StoredRecord } from './record.ts'
import type { LogEntry, PageName, RecordStore } from './record-store.ts'

export class MemoryStore implements RecordStore {
  #catalog: StoredRecord | undefined
  readonly #log = new Map<number, LogEntry>()
  readonly #pages = new Map<string, PageName & { record: StoredRecord }>()
  readonly #aside: { what: string; record: StoredRecord }[] = []
  /** Rows written so far, counted as the platform bills them. */
  rowsWritten = 0

  readCatalog(): StoredRecord | undefined {
    return this.#catalog
  }

  putCatalog(record: StoredRecord): void {
    this.#catalog = record
    this.rowsWritten++
  }

  readLog(): Iterable<LogEntry> {
    return [...this.#log.values()].sort((a, b) => a.number - b.number)
  }

  putLog(entry: LogEntry): void {
    this.#log.set(entry.place, entry)
    this.rowsWritten++
  }

  deleteLog(place: number): void {
    if (this.#log.delete(place)) this.rowsWritten++
  }

  readPages(): Iterable<PageName & { record: StoredRecord }> {
    return [...this.#pages.values()].sort((a, b) => a.contents - b.contents || a.page - b.page)
  }

  putPage(name: PageName, record: StoredRecord): void {
    this.#pages.set(nameOf(name), { ...name, record })
    this.rowsWritten++
  }

  deletePage(name: PageName): void {
    if (this.#pages.delete(nameOf(name))) this.rowsWritten++
  }

  setAside(what: string, record: StoredRecord): void {
    this.#aside.push({ what, record })
    this.rowsWritten++
  }

  readSetAside(): readonly { what: string; record: StoredRecord }[] {
    return [...this.#aside]
  }
}

const nameOf = ({ contents, page }: PageName): string => `${contents}.${page}`
