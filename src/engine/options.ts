/** The options of a table, complete: every one has a value, so that nothing asks twice for a default. */

export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag'
/** `none`: nothing but the table itself survives a restart; `async`: all but the last moments; `sync`: all. */
export type JournalMode = 'none' | 'async' | 'sync'

/** For whom a table is: everybody, everybody to read and its owner to write, or its owner alone. */
export type AccessMode = 'public' | 'protected' | 'private'

export const ACCESS_MODES = ['public', 'protected', 'private'] as const satisfies AccessMode[]

export const JOURNAL_MODES = ['none', 'async', 'sync'] as const satisfies JournalMode[]

export const TABLE_TYPES = ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const satisfies TableType[]

export interface TableOptions {
  readonly type: TableType
  /** Position of the key in a row, from 1. */
  readonly keypos: number
  readonly journal: JournalMode
  readonly access: AccessMode
  /** Who made it, as the shell around the engine names callers; empty where it names none. */
  readonly owner: string
}

export const DEFAULT_OPTIONS: TableOptions = {
  type: 'set',
  keypos: 1,
  journal: 'async',
  access: 'public',
  owner: '',
}
