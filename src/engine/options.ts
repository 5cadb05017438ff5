/** The options of a table, complete: every one has a value, so that nothing asks twice for a default. */

export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag'
export type JournalMode = 'none'

export const TABLE_TYPES = ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const satisfies TableType[]

export interface TableOptions {
  readonly type: TableType
  /** Position of the key in a row, from 1. */
  readonly keypos: number
  /** What survives a restart of the process: with `none` nothing does but the table itself. */
  readonly journal: JournalMode
}

export const DEFAULT_OPTIONS: TableOptions = { type: 'set', keypos: 1, journal: 'none' }
