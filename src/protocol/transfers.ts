/** Transfers: whole tables out of a service and into one, in pieces small enough for a turn each. */
import type { FileOptions, FileRow } from './table-file.ts'

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
