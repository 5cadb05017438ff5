/**
 * Records: what the journal writes, and how it is read back.
 *
 * A record is JSON text with a format number and a checksum beside it. There are three kinds: a log record
 * has what changed in a group of turns, a page the rows of a stretch of slots, the catalog the tables.
 *
 * Formats: a reader for every format that was ever written stays here for ever, so that old data is read by
 * new code; a newer format than the newest here is refused, and nothing is overwritten.
 */

import { checksumOf } from '../engine/checksum.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Row } from '../engine/row.ts'

/** The format that is written. */
export const FORMAT = 2

/** A record as storage holds it. */
export interface StoredRecord {
  readonly format: number
  readonly checksum: number
  readonly text: string
}

/**
 * The state of one slot: `[slot, version, born, row]`, then the deadlines `expiresAtMs`, `hardExpiresAtMs`,
 * `idleTtlMs` where the row has any, then its marks where it has any; `[slot]` alone for an empty slot. `born` orders
 * the rows of a bag. A deadline of `null` is none.
 */
export type Image =
  | readonly [slot: number]
  | readonly [slot: number, version: number, born: number, row: Row]
  | readonly [
      slot: number,
      version: number,
      born: number,
      row: Row,
      expiresAtMs: number | null,
      hardExpiresAtMs: number | null,
      idleTtlMs: number,
      marks?: MarksImage,
    ]

/** What a row is besides: members that are absent are not so. */
export interface MarksImage {
  readonly pin?: true
  readonly tags?: readonly string[]
  /** Since when it is stale. */
  readonly stale?: number
}

/** What changed in a group of turns. */
export interface LogRecord {
  readonly number: number
  /** The number of the record before; a link that leads nowhere tells that one is missing. */
  readonly previous: number
  /** The oldest record that is still needed; those before it are in pages. */
  readonly oldest: number
  /** The number of the last change that it holds. */
  readonly seq: number
  /** Slots as they are after the group, by the id of their table's contents. */
  readonly tables: readonly (readonly [contents: number, images: readonly Image[]])[]
}

/** The rows of a stretch of slots. */
export interface PageRecord {
  /** The last log record whose changes the page holds. */
  readonly asOf: number
  readonly images: readonly Image[]
}

/** The tables of a process. */
export interface CatalogRecord {
  readonly incarnation: number
  /** The number of the last change when the record was written. */
  readonly seq: number
  /** The id that the next new contents get. */
  readonly nextContents: number
  readonly tables: readonly {
    readonly name: string
    readonly options: TableOptions
    readonly contents: number
  }[]
}

/** A record that cannot be used. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
  readonly reason: 'damaged' | 'newer'
  constructor(reason: 'damaged' | 'newer', message: string) {
    super(message)
    this.reason = reason
  }
}

export function encode(record: LogRecord | PageRecord | CatalogRecord): StoredRecord {
  const text = JSON.stringify(record)
  return { format: FORMAT, checksum: checksumOf(text), text }
}

/** Errors: `RecordError` with `newer` for a format of later code, `damaged` for what the checksum disowns. */
export function decode<T>({ format, checksum, text }: StoredRecord): T {
  if (format > FORMAT) {
    throw new RecordError(
      'newer',
      `format ${format} is newer than ${FORMAT}, the newest that this version reads`,
    )
  }
  const reader = READERS[format]
  if (reader === undefined || checksumOf(text) !== checksum)
    throw new RecordError('damaged', 'the checksum is wrong')
  return reader(text) as T
}

/** By format: how the text of a record becomes a record of the newest format. */
const READERS: Readonly<Record<number, (text: string) => unknown>> = {
  // Without marks, and a deadline was never `null`.
  1: (text) => JSON.parse(text),
  2: (text) => JSON.parse(text),
}
