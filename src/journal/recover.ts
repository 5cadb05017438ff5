/**
 * Recovery: rebuilds tables from records, before the first request of a new incarnation is answered.
 *
 * The log is read first and put in order by pages; then pages stream by, one at a time, each overlaid with what
 * the log has that is newer. So memory beyond the tables is bounded by the log.
 *
 * A damaged log record ends the log: it and what came after are set aside and reported, everything before
 * is served. A damaged page is set aside too; its rows are lost but for those in the log. Records of a newer
 * format are refused before anything is written.
 *
 * Cost: O(rows + characters of the records).
 */
import { TAG_PLACES } from '../engine/limits.ts'
import type { TableOptions } from '../engine/options.ts'
import { SlotTracker } from '../engine/slot-tracker.ts'
import type { JournalState } from './journal.ts'
import { PageTable } from './page-table.ts'
import {
  type Damaged,
  type Log,
  type LoggedPage,
  NO_CATALOG,
  NO_ROWS,
  readCatalog,
  readLog,
  readPage,
} from './read-records.ts'
import { type CatalogRecord, encode, type Image, type PageRecord } from './record.ts'
import type { PageName, RecordStore } from './record-store.ts'

/** Takes what is recovered: first the tables, then their rows, in no order, each slot once. */
export interface Recipient {
  /** Comes first. */
  begin(incarnation: number): void
  table(name: string, options: TableOptions, tracker: SlotTracker | undefined): void
  row(contents: number, image: Exclude<Image, readonly [number]>): void
}

/** What a recovery found, for people and for `info`. */
export interface Recovery {
  readonly incarnation: number
  /** The number of the last change that is known. */
  readonly seq: number
  readonly rows: number
  /** States of slots that were read from the log. */
  readonly changes: number
  /** What could not be read and was set aside, in words. */
  readonly setAside: readonly string[]
}

/** Rebuilds everything. Errors: `RecordError` with `newer`, before anything was written. */
export function recover(
  store: RecordStore,
  recipient: Recipient,
): { recovery: Recovery; state: JournalState } {
  const damaged: Damaged[] = []
  const catalog = readCatalog(store)
  const log = readLog(store, damaged)
  const pages = new PageTable()
  const incarnation = catalog.incarnation + 1
  recipient.begin(incarnation)
  for (const { name, options, contents } of catalog.tables) {
    recipient.table(name, options, contents === 0 ? undefined : new SlotTracker(contents))
  }
  const { rows, latestPage } = deliverRows(store, recipient, catalog, log, pages, damaged)
  const garbage = dropUnknown(pages, catalog)

  // Everything is read: from here on it is written.
  for (const { what, record, place } of damaged) {
    store.setAside(what, record)
    if (place !== undefined) store.deleteLog(place)
  }
  // A process that has kept nothing has nothing to count: it leaves its storage empty.
  if (catalog !== NO_CATALOG) store.putCatalog(encode({ ...catalog, incarnation }))
  // Numbers go on behind every one that was ever used: a page remembers which record it is as of.
  const number = Math.max(log.highest, latestPage)
  const needed = pages.oldestDirty?.since ?? number + 1
  const state: JournalState = {
    incarnation,
    nextContents: catalog.nextContents,
    number,
    log: log.entries.filter(({ number }) => number >= needed),
    freePlaces: [
      ...log.freePlaces,
      ...log.entries.filter(({ number }) => number < needed).map(({ place }) => place),
    ],
    placeCount: log.placeCount,
    pages,
    garbage,
  }
  const setAside = damaged.map(({ what }) => what)
  return {
    recovery: { incarnation, seq: Math.max(catalog.seq, log.seq), rows, changes: log.changes, setAside },
    state,
  }
}

/** Delivers each slot once: from its page, or from the log where that is newer. Marks the pages it is newer than. */
function deliverRows(
  store: RecordStore,
  recipient: Recipient,
  catalog: CatalogRecord,
  log: Log,
  pages: PageTable,
  damaged: Damaged[],
): { rows: number; latestPage: number } {
  const known = new Set(catalog.tables.map(({ contents }) => contents))
  const dirty: (PageName & { readonly since: number })[] = []
  let rows = 0
  let latestPage = 0
  const deliver = ({ contents, page }: PageName, { asOf, images }: PageRecord): void => {
    const logged = log.pages.get(contents)?.get(page)
    const since = logged?.numbers.find((number) => number > asOf)
    const overlaid = logged === undefined || since === undefined ? images : overlay(images, logged, asOf)
    if (since !== undefined) dirty.push({ contents, page, since })
    for (const image of overlaid) {
      if (image.length === 1) continue
      recipient.row(contents, image)
      if (image[0] < TAG_PLACES) rows++
    }
  }
  const written = new Map<number, Set<number>>()
  for (const { contents, page, record } of store.readPages()) {
    pages.markWritten({ contents, page }, record.text.length)
    if (!known.has(contents)) continue
    const read = readPage(record, `page ${page} of contents ${contents}`, damaged)
    latestPage = Math.max(latestPage, read.asOf)
    deliver({ contents, page }, read)
    written.set(contents, (written.get(contents) ?? new Set()).add(page))
  }
  for (const [contents, ofContents] of log.pages) {
    if (!known.has(contents)) continue
    for (const page of ofContents.keys()) {
      if (!written.get(contents)?.has(page)) deliver({ contents, page }, NO_ROWS)
    }
  }
  dirty.sort((a, b) => a.since - b.since)
  for (const { since, ...name } of dirty) pages.markDirty(name, since)
  return { rows, latestPage }
}

/** The slots of a page as the log has them where that is newer, else as the page has them. */
function overlay(images: readonly Image[], logged: LoggedPage, asOf: number): Iterable<Image> {
  const latest = new Map<number, Image>()
  for (const image of images) latest.set(image[0], image)
  logged.images.forEach((image, i) => {
    if ((logged.numbers[i] as number) > asOf) latest.set(image[0], image)
  })
  return latest.values()
}

function dropUnknown(pages: PageTable, catalog: CatalogRecord): PageName[] {
  const known = new Set(catalog.tables.map(({ contents }) => contents))
  return [...pages.contents()]
    .filter((contents) => !known.has(contents))
    .flatMap((contents) => pages.drop(contents))
}
