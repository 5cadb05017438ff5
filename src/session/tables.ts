/**
 * The tables that the sessions of a process are made of, each row of them with a type.
 *
 * - `$tokens`: hash of a token → the session that it is for. A row outlives its session as its tombstone.
 * - `$sessions`: id → session. It ends by itself at the idle or the absolute deadline.
 * - `$sessions-by-user`: [user, epoch, beginning, id] in order. Ends with its session.
 * - `$users`: user → epoch, and numbers for the limit and the audit trail.
 * - `$audit`: [user, place] → event, a ring for each user.
 *
 * They exist from the first session on. Their options are given whole: defaults by name are not for them.
 */
import type { Database } from '../engine/database.ts'
import { DEFAULT_OPTIONS, type JournalMode, type TableType } from '../engine/options.ts'
import type { Table } from '../engine/table.ts'
import type { Term, TermObject } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'

export const TABLES = {
  tokens: '$tokens',
  sessions: '$sessions',
  byUser: '$sessions-by-user',
  users: '$users',
  audit: '$audit',
} as const

export const TABLE_NAMES: readonly string[] = Object.values(TABLES)

/** What is known of a token, under its SHA-256. */
export interface TokenEntry {
  /** The session it is for; `null` when a login or a proof of identity put another in its place. */
  readonly id: string | null
  /** Until when it is taken though another has its place; `null` while none has. */
  readonly graceEndsAtMs: number | null
}

export interface Session {
  readonly user: string | null
  /** The epoch of the user when it began: it is valid while that is still the epoch. */
  readonly epoch: number
  /** SHA-256 of the token, and of those that had its place before. */
  readonly token: string
  readonly replaced: readonly string[]
  readonly data: TermObject
  readonly flash: TermObject
  /** Grows with each change of data or flash. */
  readonly version: number
  readonly createdAtMs: number
  /** When the user last proved who they are. */
  readonly authenticatedAtMs: number | null
  /** When it was last used, as exactly as the idle deadline is kept. */
  readonly seenAtMs: number
  readonly rotatedAtMs: number
  /** The absolute deadline. */
  readonly endsAtMs: number
  readonly client: Client
}

/** From where a session is used. */
export interface Client {
  /** The network of the address, never the address itself. */
  readonly network?: string
  readonly userAgent?: string
}

export interface UserEntry {
  readonly epoch: number
  /** At least as many as there are sessions: some may have ended by themselves. */
  readonly sessions: number
  /** How many events there were. */
  readonly events: number
}

export type UserKey = readonly [user: string, epoch: number, createdAtMs: number, id: string]

/** A row that is there, and where. */
export interface Placed<T> {
  readonly slot: number
  readonly value: T
}

export class SessionTables {
  readonly tokens: Table
  readonly sessions: Table
  readonly byUser: Table
  readonly users: Table
  readonly audit: Table

  private constructor(database: Database) {
    this.tokens = database.table(TABLES.tokens)
    this.sessions = database.table(TABLES.sessions)
    this.byUser = database.table(TABLES.byUser)
    this.users = database.table(TABLES.users)
    this.audit = database.table(TABLES.audit)
  }

  /** The tables, or `undefined` while there never was a session. */
  static find(database: Database): SessionTables | undefined {
    return database.find(TABLES.tokens) === undefined ? undefined : new SessionTables(database)
  }

  /** The tables, made now if there were none. */
  static open(database: Database, journal: JournalMode): SessionTables {
    if (database.find(TABLES.tokens) === undefined) {
      for (const name of TABLE_NAMES) {
        const type: TableType = name === TABLES.byUser ? 'ordered_set' : 'set'
        database.create(name, { ...DEFAULT_OPTIONS, type, journal })
      }
    }
    return new SessionTables(database)
  }
}

/** The value of the pair under `key`, or `undefined`. */
export function find<T>(table: Table, key: Term, nowMs: EpochMs): Placed<T> | undefined {
  const slot = table.find(key, nowMs)
  return slot === -1 ? undefined : { slot, value: table.row(slot)[1] as unknown as T }
}

/** Puts a pair under `key`, in the place of the one that is there, until a moment that nothing moves by itself. */
export function put(table: Table, key: Term, value: object, nowMs: EpochMs, endsAtMs: number): void {
  table.put([key, value as Term], nowMs, endsAtMs as EpochMs)
}
