/** The tables of a database as the journal sees them, and the way back: images into tables. */

import { Database, type DatabaseSettings } from '../engine/database.ts'
import type { TableOptions } from '../engine/options.ts'
import { type Marks, UNMARKED } from '../engine/slot-image.ts'
import type { SlotTracker } from '../engine/slot-tracker.ts'
import { endOf, type Timing } from '../engine/store/slots.ts'
import type { Table } from '../engine/table.ts'
import { type EpochMs, isLive, NEVER } from '../engine/time.ts'
import type { JournaledTable } from '../journal/journal.ts'
import type { Image, MarksImage } from '../journal/record.ts'
import type { Recipient, Recovery } from '../journal/recover.ts'

export const journaledTables = ({ tables }: Database): JournaledTable[] =>
  Array.from(tables, ([name, table]) => ({
    name,
    options: table.options,
    tracker: table.tracker,
    image: (slot) => imageOf(table, slot),
  }))

function imageOf(table: Table, slot: number): Image {
  const found = table.image(slot)
  if (found === undefined) return [slot]
  const { row, version, born, timing } = found
  const marks = marksImageOf(found)
  if (timing === NEVER && marks === undefined) return [slot, version, born, row]
  const expiresAtMs = orNull(endOf(timing))
  const [hardExpiresAtMs, idleTtlMs] =
    typeof timing === 'number' ? [expiresAtMs, 0] : [orNull(timing.hardExpiresAtMs), timing.idleTtlMs]
  if (marks === undefined) return [slot, version, born, row, expiresAtMs, hardExpiresAtMs, idleTtlMs]
  return [slot, version, born, row, expiresAtMs, hardExpiresAtMs, idleTtlMs, marks]
}

const orNull = (moment: EpochMs): number | null => (moment === NEVER ? null : moment)

function marksImageOf({ isPinned, tags, staleSinceMs }: Marks): MarksImage | undefined {
  if (!isPinned && tags.length === 0 && staleSinceMs === undefined) return undefined
  return {
    ...(isPinned ? { pin: true } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(staleSinceMs === undefined ? {} : { stale: staleSinceMs }),
  }
}

const marksOf = ({ pin, tags = [], stale }: MarksImage): Marks => ({
  isPinned: pin === true,
  tags,
  staleSinceMs: stale,
})

/** The image of a slot that is not empty. */
type RowImage = Exclude<Image, readonly [number]>

/**
 * Rows that ended so shortly before a start come back where their table tells of rows that go, for the sweep to tell of;
 * nobody else sees them. An alarm that starts a process is late by less; and a process that told of them is discarded
 * later than this, so that only a crash has them told of twice.
 */
const TOLD_AFTER_MS = 8_000

/** Makes the database that a recovery delivers. Rows whose deadline has passed are left out. */
export class Rebuilding implements Recipient {
  readonly #settings: DatabaseSettings
  readonly #nowMs: EpochMs
  readonly #byContents = new Map<number, Table>()
  #database = new Database()

  constructor(settings: DatabaseSettings, nowMs: EpochMs) {
    this.#settings = settings
    this.#nowMs = nowMs
  }

  begin(incarnation: number): void {
    this.#database = new Database({ ...this.#settings, incarnation })
  }

  table(name: string, options: TableOptions, tracker: SlotTracker | undefined): void {
    const table = this.#database.adopt(name, options, tracker)
    if (tracker !== undefined) this.#byContents.set(tracker.contents, table)
  }

  row(contents: number, image: RowImage): void {
    const [slot, version, born, row] = image
    const timing = timingOf(image)
    const table = this.#byContents.get(contents)
    if (table === undefined || !this.#isToRestore(table, timing)) return
    const marks = image[7] === undefined ? UNMARKED : marksOf(image[7])
    table.restore(slot, { row, version, born, timing, ...marks }, this.#nowMs)
  }

  #isToRestore({ options }: Table, timing: Timing): boolean {
    return isLive((endOf(timing) + (options.events ? TOLD_AFTER_MS : 0)) as EpochMs, this.#nowMs)
  }

  /** The database, when everything was delivered. */
  finish({ seq }: Recovery): Database {
    for (const table of this.#byContents.values()) table.finishRestore()
    this.#database.resume(seq)
    return this.#database
  }
}

function timingOf(image: RowImage): Timing {
  if (image.length === 4) return NEVER
  const [, , , , expires, hardExpires, idleTtlMs] = image
  const expiresAtMs = (expires ?? NEVER) as EpochMs
  if (idleTtlMs === 0 || expiresAtMs === NEVER) return expiresAtMs
  return { expiresAtMs, hardExpiresAtMs: (hardExpires ?? NEVER) as EpochMs, idleTtlMs }
}
