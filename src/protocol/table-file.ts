/**
 * The file of an exported table: lines of JSON, the format that `export` writes and `import` reads.
 *
 * - The first line is the header: `{"format":2,"table":…,"options":{…},"seq":…,"incarnation":…}`.
 * - Then a line a row: the row itself, or `{"row":[…],"expiresAtMs":…}` where it has a deadline, with
 *   `hardExpiresAtMs` (`null` for none) and `idleTtlMs` where it idles; with `pin`, `tags` and `staleSinceMs` where it is
 *   pinned, carries tags, is stale. Rows of a key stand in their order.
 * - `{"cursor":…}` now and then: an export that broke can go on behind it. They are not part of the table.
 * - The last line is `{"end":true,"rows":…,"checksum":…}`: how many rows, and the checksum of the header and the
 *   rows, each with its newline. An export that failed ends with `{"refused":{"code":…,"message":…}}`.
 *
 * Formats: a reader for every format that was ever written stays here; a newer one is refused. Format 1 had no rows with
 * `pin`, `tags` or `staleSinceMs`, and is read as one of format 2.
 */
import * as v from 'valibot'
import { checksumOf } from '../engine/checksum.ts'
import { EtsError } from '../engine/error.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Row } from '../engine/row.ts'
import { type Marks, type SlotImage, UNMARKED } from '../engine/slot-image.ts'
import type { Timing } from '../engine/store/slots.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import { marksOf } from '../engine/verbs/objects.ts'
import { tryCheck } from './check.ts'
import { parseJson } from './json.ts'
import { FileTableOptions, Span, Tags } from './table-options.ts'
import { checkTerm } from './term-check.ts'

/** The format that is written. */
const FILE_FORMAT = 2

/** The options of a table as a file has them: whose it is depends on who imports it. */
export type FileOptions = Omit<TableOptions, 'owner'>

export interface FileHeader {
  readonly table: string
  readonly options: FileOptions
  /** The last change that the file shows, and the life of the process that counted it. */
  readonly seq: number
  readonly incarnation: number
}

/** A row of a file, and where it stands there. */
export interface FileRow {
  readonly line: number
  readonly row: Row
  readonly timing: Timing
  readonly marks: Marks
}

/** How much of a file was written or read: what its last line has to say. */
export interface FileTally {
  readonly rows: number
  readonly checksum: number
}

export const EMPTY_TALLY: FileTally = { rows: 0, checksum: checksumOf('') }

export const headerLine = (header: FileHeader): string => line({ format: FILE_FORMAT, ...header })

export function rowLine({ row, timing, ...marks }: Pick<SlotImage, 'row' | 'timing'> & Marks): string {
  const beside = { ...timeOf(timing), ...besideOf(marks) }
  return Object.keys(beside).length === 0 ? line(row) : line({ row, ...beside })
}

function timeOf(timing: Timing): object {
  if (timing === NEVER) return {}
  if (typeof timing === 'number') return { expiresAtMs: timing }
  const { expiresAtMs, hardExpiresAtMs, idleTtlMs } = timing
  return { expiresAtMs, hardExpiresAtMs: hardExpiresAtMs === NEVER ? null : hardExpiresAtMs, idleTtlMs }
}

const besideOf = ({ isPinned, tags, staleSinceMs }: Marks): object => ({
  ...(isPinned ? { pin: true } : {}),
  ...(tags.length > 0 ? { tags } : {}),
  ...(staleSinceMs === undefined ? {} : { staleSinceMs }),
})

export const cursorLine = (cursor: string): string => line({ cursor })
export const endLine = ({ rows, checksum }: FileTally): string => line({ end: true, rows, checksum })
export const refusedLine = (code: string, message: string): string => line({ refused: { code, message } })

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Header = v.strictObject({
  format: v.picklist([1, FILE_FORMAT]),
  table: v.string(),
  options: FileTableOptions,
  seq: Count,
  incarnation: Count,
})
/** A moment that was added up may be beyond the integers that options may name. */
const Deadline = v.pipe(v.number(), v.finite(), v.minValue(0))
const AnyRow = v.array(v.unknown(), 'a row is a JSON array')
const RowWithMore = v.strictObject({
  row: AnyRow,
  expiresAtMs: v.optional(Deadline),
  hardExpiresAtMs: v.optional(v.nullable(Deadline)),
  idleTtlMs: v.optional(Span),
  pin: v.optional(v.literal(true)),
  tags: v.optional(Tags),
  staleSinceMs: v.optional(Deadline),
})
const Cursor = v.strictObject({ cursor: v.string() })
const End = v.strictObject({ end: v.literal(true), rows: Count, checksum: Count })

/** Reads the lines of a file one by one. Errors: `bad_request` that names the line, for damage of any kind. */
export class TableFileReader {
  #line = 0
  #tally = EMPTY_TALLY
  #header: FileHeader | undefined
  #hasEnded = false

  /** The number of the line that was read last, from 1. */
  get line(): number {
    return this.#line
  }

  /** The header, when the first line was read. */
  get header(): FileHeader | undefined {
    return this.#header
  }

  get rows(): number {
    return this.#tally.rows
  }

  /** Reads the next line, without its newline; gives the row where it is one. */
  read(text: string): FileRow | undefined {
    this.#line++
    if (this.#hasEnded) throw this.#damaged('something follows the last line')
    const value = this.#parse(text)
    if (this.#header === undefined) {
      this.#header = this.#headerOf(value)
      this.#count(text, 0)
      return undefined
    }
    if (Array.isArray(value)) return this.#row(text, value, NEVER, UNMARKED)
    if (isObject(value) && 'row' in value) return this.#rowWithMore(text, value)
    if (isObject(value) && 'end' in value) this.#end(value)
    else if (isObject(value) && 'refused' in value)
      throw this.#damaged('the export ended here with a refusal')
    else this.#check(Cursor, value)
    return undefined
  }

  /** Called behind the last line. */
  finish(): void {
    if (this.#header === undefined) throw new EtsError('bad_request', { message: 'the file is empty' })
    if (!this.#hasEnded) throw this.#damaged('the file ends here, without its last line')
  }

  #headerOf(value: unknown): FileHeader {
    const format = isObject(value) ? value.format : undefined
    if (typeof format === 'number' && format > FILE_FORMAT) {
      throw this.#damaged(`format ${format} is newer than ${FILE_FORMAT}, the newest that this version reads`)
    }
    const { format: _, ...header } = this.#check(Header, value)
    return header
  }

  #rowWithMore(text: string, value: object): FileRow {
    const checked = this.#check(RowWithMore, value)
    const { row, hardExpiresAtMs, idleTtlMs = 0, staleSinceMs } = checked
    const expiresAtMs = (checked.expiresAtMs ?? NEVER) as EpochMs
    const idling = { expiresAtMs, hardExpiresAtMs: (hardExpiresAtMs ?? NEVER) as EpochMs, idleTtlMs }
    const timing = idleTtlMs === 0 || expiresAtMs === NEVER ? expiresAtMs : idling
    return this.#row(text, row, timing, { ...marksOf(checked), staleSinceMs })
  }

  #row(text: string, row: readonly unknown[], timing: Timing, marks: Marks): FileRow {
    const { keypos } = (this.#header as FileHeader).options
    if (row.length < keypos) throw this.#damaged(`the row has no element ${keypos}, its key`)
    try {
      checkTerm(row)
    } catch (error) {
      throw this.#damaged(wordsOf(error))
    }
    this.#count(text, 1)
    // `checkTerm` has seen to it that the elements are terms.
    return { line: this.#line, row: row as Row, timing, marks }
  }

  #end(value: object): void {
    const { rows, checksum } = this.#check(End, value)
    if (rows !== this.#tally.rows) {
      throw this.#damaged(`the file had ${rows} rows, and ${this.#tally.rows} are there`)
    }
    if (checksum !== this.#tally.checksum) throw this.#damaged('the checksum is wrong: something was changed')
    this.#hasEnded = true
  }

  #count(text: string, rows: number): void {
    this.#tally = tallyOf(this.#tally, `${text}\n`, rows)
  }

  #parse(text: string): unknown {
    try {
      return parseJson(text)
    } catch (error) {
      throw this.#damaged(error instanceof SyntaxError ? 'it is not JSON' : wordsOf(error))
    }
  }

  #check<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
    const result = tryCheck(schema, value)
    if (result.ok) return result.value
    throw this.#damaged(result.message)
  }

  #damaged(what: string): EtsError {
    return damagedLine(this.#line, what)
  }
}

/** What a refusal of a value says. */
function wordsOf(error: unknown): string {
  const { message, what, limit } = (error as EtsError).details as {
    readonly message?: string
    readonly what?: string
    readonly limit?: number
  }
  return message ?? `it has more than ${limit} ${what}`
}

/** The refusal of a file because of one of its lines. */
export const damagedLine = (line: number, what: string): EtsError =>
  new EtsError('bad_request', { message: `line ${line}: ${what}` })

/** The tally with some more lines, `rows` of them rows. */
export const tallyOf = (tally: FileTally, lines: string, rows: number): FileTally => ({
  rows: tally.rows + rows,
  checksum: checksumOf(lines, tally.checksum),
})

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
