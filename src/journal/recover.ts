/**
 * Recovery: rebuilds tables from records, before the first request of a new incarnation is answered.
 *
 * The log is read first and only the latest state of each slot is kept; then pages stream by, one at a time,
 * each overlaid with what the log has that is newer. So memory beyond the tables is bounded by the log.
 *
 * A damaged log record ends the log: it and what came after are set aside and reported, everything before
 * is served. A damaged page is set aside too; its rows are lost but for those in the log. Records of a newer
 * format are refused before anything is written.
 *
 * Cost: O(rows + characters of the records).
 */
import type { TableOptions } from '../engine/options.ts'
import { SlotTracker } from '../engine/slot-tracker.ts'
import type { JournalState } from './journal.ts'
import { PageTable, pageOf, SLOTS_PER_PAGE } from './page-table.ts'
import { type Damaged, type Log, type Overlay, readCatalog, readLog, readPage } from './read-records.ts'
import { type CatalogRecord, encode, type Image } from './record.ts'
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
  markDirtyPages(pages, log)
  const garbage = dropUnknown(pages, catalog)

  // Everything is read: from here on it is written.
  for (const { what, record, place } of damaged) {
    store.setAside(what, record)
    if (place !== undefined) store.deleteLog(place)
  }
  store.putCatalog(encode({ ...catalog, incarnation }))
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

/** Delivers each slot once: from its page, or from the log where that is newer. */
function deliverRows(
  store: RecordStore,
  recipient: Recipient,
  catalog: CatalogRecord,
  log: Log,
  pages: PageTable,
  damaged: Damaged[],
): { rows: number; latestPage: number } {
  const known = new Set(catalog.tables.map(({ contents }) => contents))
  let rows = 0
  let latestPage = 0
  const deliver = (contents: number, image: Image): void => {
    if (image.length === 1) return
    recipient.row(contents, image)
    rows++
  }
  for (const { contents, page, record } of store.readPages()) {
    pages.markWritten({ contents, page }, record.text.length)
    if (!known.has(contents)) continue
    const { asOf, images } = readPage(record, `page ${page} of contents ${contents}`, damaged)
    latestPage = Math.max(latestPage, asOf)
    const overlays = log.overlays.get(contents)
    forgetOlder(overlays, page, asOf)
    for (const image of images) if (!overlays?.has(image[0])) deliver(contents, image)
  }
  for (const [contents, overlays] of log.overlays) {
    if (!known.has(contents)) continue
    for (const { image } of overlays.values()) deliver(contents, image)
  }
  return { rows, latestPage }
}

/** Forgets what the log has of a page that the page, written later, has too. */
function forgetOlder(overlays: Map<number, Overlay> | undefined, page: number, asOf: number): void {
  if (overlays === undefined) return
  const first = page * SLOTS_PER_PAGE
  for (let slot = first; slot < first + SLOTS_PER_PAGE; slot++) {
    const overlay = overlays.get(slot)
    if (overlay !== undefined && overlay.number <= asOf) overlays.delete(slot)
  }
}

function markDirtyPages(pages: PageTable, log: Log): void {
  const changed = [...log.overlays].flatMap(([contents, overlays]) =>
    Array.from(overlays, ([slot, { number }]) => ({ contents, page: pageOf(slot), number })),
  )
  changed.sort((a, b) => a.number - b.number)
  for (const { number, ...name } of changed) pages.markDirty(name, number)
}

function dropUnknown(pages: PageTable, catalog: CatalogRecord): PageName[] {
  const known = new Set(catalog.tables.map(({ contents }) => contents))
  return [...pages.contents()]
    .filter((contents) => !known.has(contents))
    .flatMap((contents) => pages.drop(contents))
}
