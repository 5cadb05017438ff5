/**
 * Exports: tables of a process read as they were at one moment, a page a turn, while other turns change them.
 *
 * A cursor says all that is needed to go on: the export, the place in it, and the tally of the lines so far. So
 * a page can be asked for again, and the last line is right however often the connection broke.
 *
 * Cost: a page is bounded by the constants below, but for the rows of one key, which come together.
 */
import type { Database } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import type { EpochMs } from '../engine/time.ts'
import { demandUse } from '../protocol/access.ts'
import type { Caller } from '../protocol/caller.ts'
import { cursorLine, endLine, type FileTally, headerLine, rowLine, tallyOf } from '../protocol/table-file.ts'
import { type FilePart, type PartPage, WHOLE_FILE } from '../protocol/transfers.ts'
import { UnderWay, type UnderWayParts } from './under-way.ts'

/** Characters of a page: some milliseconds of writing JSON, so that turns wait no longer than that. */
const PAGE_LENGTH = 256_000
/** Places of a page, those without a row among them: where most rows were removed there is little to write. */
const PAGE_PLACES = 50_000

/** The rows of one key, which come together: half of what the platform passes between objects. */
const KEY_LENGTH = 16_000_000

interface Export {
  readonly table: string
  readonly options: TableOptions
  readonly snapshot: Snapshot
}

interface Position {
  readonly id: string
  readonly place: number
  readonly tally: FileTally
}

export class Exports {
  readonly #database: Database
  readonly #incarnation: number
  readonly #underWay: UnderWay<Export>

  constructor(database: Database, parts: Omit<UnderWayParts<Export>, 'end'>) {
    this.#database = database
    this.#incarnation = parts.incarnation
    this.#underWay = new UnderWay({ ...parts, end: ({ snapshot }) => snapshot.close() })
  }

  /** The first page of a table, taken now. Errors: `no_such_table`, `forbidden`, `overloaded`. */
  begin(table: string, nowMs: EpochMs, caller?: Caller, part = WHOLE_FILE): PartPage {
    const found = this.#database.table(table)
    demandUse(found.options, table, 'read', caller)
    const { owner: _, ...options } = found.options
    const id = this.#underWay.begin(() => ({ table, options: found.options, snapshot: found.snapshot() }))
    const header = { table, options, seq: this.#database.seq, incarnation: this.#incarnation }
    const first = part.isFirst ? headerLine(header) : ''
    return this.#page({ id, place: 0, tally: part.before }, table, nowMs, first, part)
  }

  /** The page behind a cursor. Errors: `bad_request`, `forbidden`, `gone`. */
  goOn(table: string, cursor: string, nowMs: EpochMs, caller?: Caller, part = WHOLE_FILE): PartPage {
    const position = positionOf(cursor)
    demandUse(this.#find(position.id, table, position.place).options, table, 'read', caller)
    return this.#page(position, table, nowMs, '', part)
  }

  #page(
    { id, place, tally }: Position,
    table: string,
    nowMs: EpochMs,
    header: string,
    { isLast, prefix }: FilePart,
  ): PartPage {
    const { snapshot } = this.#find(id, table, place)
    let lines = header
    let rows = 0
    const next = snapshot.visit(place, PAGE_PLACES, nowMs, (images) => {
      for (const image of images) lines += rowLine(image)
      rows += images.length
      return lines.length < PAGE_LENGTH
    })
    if (lines.length > PAGE_LENGTH + KEY_LENGTH) {
      throw new EtsError('too_large', { what: 'characters of the rows of one key', limit: KEY_LENGTH })
    }
    const total = tallyOf(tally, lines, rows)
    const page = { seq: snapshot.seq, incarnation: this.#incarnation, tally: total }
    if (next === -1) {
      this.#underWay.markDone(id)
      return { ...page, lines: lines + (isLast ? endLine(total) : ''), cursor: null }
    }
    const cursor = prefix + cursorOf({ id, place: next, tally: total })
    return { ...page, lines: lines + cursorLine(cursor), cursor }
  }

  #find(id: string, table: string, place: number): Export {
    const found = this.#underWay.find(id)
    if (found === undefined || found.table !== table) {
      throw new EtsError('gone', {
        message: 'this export has ended: nobody asked for it, or its process did',
      })
    }
    if (found.snapshot.isLost) {
      this.#underWay.forget(id)
      const message = 'too many rows changed since the export began; begin again when fewer do'
      throw new EtsError('gone', { message })
    }
    if (!found.snapshot.reaches(place)) {
      throw new EtsError('gone', { message: 'the export has gone on; only its last pages are given again' })
    }
    return found
  }
}

const cursorOf = ({ id, place, tally: { rows, checksum } }: Position): string =>
  `${id}.${place}.${rows}.${checksum}`

function positionOf(cursor: string): Position {
  const [, id = '', place, rows, checksum] = /^(\d+-\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(cursor) ?? []
  if (id === '')
    throw new EtsError('bad_request', { message: 'this is no cursor of an export', path: 'cursor' })
  return { id, place: Number(place), tally: { rows: Number(rows), checksum: Number(checksum) } }
}
