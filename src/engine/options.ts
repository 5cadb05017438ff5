/** The options of a table, complete: every one has a value, so that nothing asks twice for a default. */
import { badarg } from './error.ts'

export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag'
/** `none`: nothing but the table itself survives a restart; `async`: all but the last moments; `sync`: all. */
export type JournalMode = 'none' | 'async' | 'sync'

/** For whom a table is: everybody, everybody to read and its owner to write, or its owner alone. */
export type AccessMode = 'public' | 'protected' | 'private'

/** Which row a full table gives up for a new one; `none` refuses the new one. */
export type Eviction = 'none' | 'lru' | 'sieve' | 'tinylfu'

export const EVICTIONS = ['none', 'lru', 'sieve', 'tinylfu'] as const satisfies Eviction[]

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
  /** Rows at most, and bytes as `Table.bytes` counts them; `null` for no bound. */
  readonly maxRows: number | null
  readonly maxBytes: number | null
  readonly eviction: Eviction
  /** How long a row lives that is inserted without a deadline; `null` for as long as it may. */
  readonly defaultTtlMs: number | null
  /** How long any row may live; `null` for ever. */
  readonly maxTtlMs: number | null
  /** The part of a time to live by which it may be shortened at random, from 0 to 1. */
  readonly ttlJitter: number
  /** Whether reads and misses are counted, and why rows went is remembered. */
  readonly statistics: boolean
  /** Whether rows that expire, are evicted or taken away are told of. */
  readonly events: boolean
}

export const DEFAULT_OPTIONS: TableOptions = {
  type: 'set',
  keypos: 1,
  journal: 'async',
  access: 'public',
  owner: '',
  maxRows: null,
  maxBytes: null,
  eviction: 'none',
  defaultTtlMs: null,
  maxTtlMs: null,
  ttlJitter: 0,
  statistics: false,
  events: false,
}

/**
 * The same options, of which some were `asked` for.
 *
 * Errors: `badarg`/`options` where they contradict each other, or something was asked for that does nothing.
 */
export function checkOptions(options: TableOptions, asked: Partial<TableOptions>): TableOptions {
  const { maxRows, maxBytes, defaultTtlMs, maxTtlMs } = options
  if ((asked.eviction ?? 'none') !== 'none' && maxRows === null && maxBytes === null) {
    throw badarg('options', 'eviction needs a bound: maxRows or maxBytes')
  }
  if (defaultTtlMs !== null && maxTtlMs !== null && defaultTtlMs > maxTtlMs) {
    throw badarg('options', 'defaultTtlMs is longer than maxTtlMs')
  }
  return options
}
