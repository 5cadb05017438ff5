/** Shapes of what typed verbs take and answer, apart from rows. */
import type { MatchSpec } from '../engine/match/builder.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Term } from '../engine/term.ts'

/** A pattern: `'_'` is anything, `'$1'` a variable, `{ const: … }` data. */
export type Pattern = Term

/** Options of a new table. Its key position has to be the one of the type. */
export type CreateArguments<Keypos extends number> = 1 extends Keypos
  ? [options?: Partial<TableOptions> & { readonly keypos?: Keypos }]
  : [options: Partial<TableOptions> & { readonly keypos: Keypos }]

export interface TableInfo extends TableOptions {
  readonly name: string
  /** Number of rows. */
  readonly size: number
  readonly bytes: number
  /** Whether a walk may step on from a removed key. */
  readonly fixed: boolean
  /** How many times its process has started. */
  readonly incarnation: number
  /** What the last start of its process found and may have lost of the table; `null` for a table of no process. */
  readonly recovery: TableRecovery | null
}

export interface TableRecovery {
  /** Rows of all tables of the process that were there after the start. */
  readonly rows: number
  /** Changes that were replayed from the log. */
  readonly changes: number
  readonly durationMs: number
  /** What may be missing of this table: `everything` without a journal, the last moments with an `async` one. */
  readonly mayHaveLost: 'everything' | { readonly lastMs: number } | null
}

/** What was counted. A miss is `absent` where nobody knows of a row that was there, `stale` where it is too old for who asked. */
export interface TableCounts {
  readonly sinceMs: number
  readonly hits: number
  readonly misses: Readonly<
    Record<'all' | 'absent' | 'expired' | 'evicted' | 'deleted' | 'invalidated' | 'stale', number>
  >
  /** `null` where nothing was asked for. */
  readonly hitRatio: number | null
  readonly inserts: number
  readonly updates: number
  readonly deletes: number
  readonly evictions: number
  readonly expirations: number
  readonly invalidations: number
}

/** Without the members that are optional where the table counts nothing. */
export interface TableStats extends Partial<TableCounts> {
  readonly size: number
  readonly bytes: number
  /** The last minutes. */
  readonly recent?: TableCounts
  readonly operations?: Readonly<Record<string, number>>
  /** About how often keys were asked for. */
  readonly topKeys?: readonly { readonly key: Term; readonly count: number }[]
  /** How long after their end rows were given back: up to each bound, and later. */
  readonly expiryLag?: {
    readonly boundsMs: readonly number[]
    readonly counts: readonly number[]
    readonly maxMs: number
  }
}

/** A row that went without being asked to. */
export interface RemovalEvent {
  readonly key: Term
  readonly cause: 'expired' | 'evicted' | 'invalidated'
  /** When it was given back; of one that was invalidated, when that was. */
  readonly atMs: number
  /** When it ended, of one that expired. */
  readonly deadlineMs?: number
  readonly tag?: string
}

export interface RemovalEvents {
  readonly events: readonly RemovalEvent[]
  /** For `after` of the next call. */
  readonly cursor: string
  /** Whether there were others that are not known any more. */
  readonly missed: boolean
}

export interface RowInfo {
  /** The `seq` of the row's last write. */
  readonly version: number
  readonly bytes: number
  /** `null` for a row without a deadline. */
  readonly expiresAtMs: number | null
  /** `null` for a row that does not idle. */
  readonly idleTtlMs: number | null
  /** Whether it is kept from being evicted. */
  readonly pinned: boolean
  readonly tags: readonly string[]
  /** Whether one of its tags was invalidated softly since its value was written, and when, the last time. */
  readonly stale: boolean
  readonly staleSinceMs: number | null
}

/** What a page of each of the verbs that come in pages holds of a row. */
export interface Found<Row> {
  readonly match: readonly Term[]
  readonly match_object: Row
  readonly select: Term
  readonly select_reverse: Term
}
export type PagedVerb = keyof Found<unknown>
export type QueryOf<Verb extends PagedVerb> = Verb extends 'match' | 'match_object' ? Pattern : MatchSpec

/** A key with the rows under it. */
export type Entry<Key, Row> = [key: Key, rows: Row[]]

/** Where a scan goes on. It means something to the table that gave it only. */
export type ScanCursor = { readonly [name: string]: Term } | null

export interface ScanOptions {
  /** Rows of a page at most. Default: 100. */
  readonly limit?: number
  readonly cursor?: ScanCursor
}

export interface Page<T> {
  readonly rows: T[]
  /** `null` at the end. */
  readonly cursor: ScanCursor
}
