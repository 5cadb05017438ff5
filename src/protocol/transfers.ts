/** Transfers: whole tables out of a service and into one, in pieces small enough for a turn each. */
import type { Caller } from './caller.ts'
import type { ShardMap } from './shard-map.ts'
import { EMPTY_TALLY, type FileOptions, type FileRow, type FileTally } from './table-file.ts'

/** A piece of an exported table. */
export interface ExportPage {
  /** Lines of the file, each with its newline; see `table-file`. */
  readonly lines: string
  /** What to ask for the next piece with; `null` when this was the last. */
  readonly cursor: string | null
  /** The last change that the export shows. */
  readonly seq: number
  readonly incarnation: number
}

/** Which part of a file an owner writes: the rows of a shard stand between those of the others. */
export interface FilePart {
  /** What stands before it. */
  readonly before: FileTally
  /** Whether it begins with the header, and ends with the end of the file. */
  readonly isFirst: boolean
  readonly isLast: boolean
  /** What its cursors begin with. */
  readonly prefix: string
}

export const WHOLE_FILE: FilePart = { before: EMPTY_TALLY, isFirst: true, isLast: true, prefix: '' }

/** What an owner is asked for a page with: by whom, by which map of shards, and which part of the file it writes. */
export type PageArguments = [
  table: string,
  cursor?: string | undefined,
  caller?: Caller | undefined,
  map?: ShardMap,
  part?: FilePart | undefined,
]

/** A piece of a part, and how much of the file there is with it. */
export interface PartPage extends ExportPage {
  readonly tally: FileTally
}

/** What an import did. */
export interface Imported {
  /** Rows that are in the table. */
  readonly rows: number
  /** Rows of the file that were left out, as their deadline had passed. */
  readonly ended: number
  readonly seq: number
  readonly incarnation: number
}

export interface Transfers {
  /**
   * The first piece of a table, or the one behind `cursor`, of the table as it was when the first was given.
   *
   * Errors: `no_such_table`, `overloaded` while too many are under way; `gone` for a cursor whose export is no more.
   */
  exportPage(table: string, cursor?: string): Promise<ExportPage>
  /**
   * Begins an import; nobody sees its rows before it is finished. Returns its name for the other steps.
   *
   * Errors: `table_exists` unless it `replaces`, `overloaded`, `too_large` for one table too many.
   */
  beginImport(table: string, options: FileOptions, replaces: boolean): Promise<string>
  /** Adds rows, checked. Errors: `bad_request` naming the line, for a row that cannot be there twice; `gone`. */
  importRows(table: string, id: string, rows: readonly FileRow[]): Promise<void>
  /** Gives what was imported the name, in one turn. Errors: `table_exists`, `gone`. */
  finishImport(table: string, id: string, replaces: boolean): Promise<Imported>
  /** Forgets an import. Nothing happens when there is none. */
  dropImport(table: string, id: string): Promise<void>
}

/** The steps as the owner of one shard does them. */
export interface OwnerTransfers extends Omit<Transfers, 'exportPage'> {
  /** Errors: those of `Transfers.exportPage`. */
  exportPage(table: string, cursor?: string, part?: FilePart): Promise<PartPage>
}
