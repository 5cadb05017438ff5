/** What a table says of itself and of single rows. Source: ets:info/1,2. */
import type { Database } from '../database.ts'
import { badarg } from '../error.ts'
import { endOf } from '../store/slots.ts'
import type { Table } from '../table.ts'
import type { Term, TermObject } from '../term.ts'
import { type EpochMs, NEVER } from '../time.ts'

const ITEMS = {
  name: (_, name) => name,
  type: ({ options }) => options.type,
  keypos: ({ options }) => options.keypos,
  size: (table, _, nowMs) => table.size(nowMs),
  bytes: (table) => table.bytes,
  fixed: (table) => table.isFixed,
  journal: ({ options }) => options.journal,
  access: ({ options }) => options.access,
  maxRows: ({ options }) => options.maxRows,
  maxBytes: ({ options }) => options.maxBytes,
  eviction: ({ options }) => options.eviction,
  defaultTtlMs: ({ options }) => options.defaultTtlMs,
  maxTtlMs: ({ options }) => options.maxTtlMs,
  ttlJitter: ({ options }) => options.ttlJitter,
  statistics: ({ options }) => options.statistics,
  events: ({ options }) => options.events,
  incarnation: (_table, _name, _nowMs, database) => database.incarnation,
  recovery: (table, _name, _nowMs, database) => database.recoveryOf(table),
} satisfies Record<string, (table: Table, name: string, nowMs: EpochMs, database: Database) => Term>

type Item = keyof typeof ITEMS
const isItem = (item: Term): item is Item => typeof item === 'string' && Object.hasOwn(ITEMS, item)

/** All items as one object, or the one asked for; `null` when there is no such table. Errors: `badarg`/`item`. */
export function info(database: Database, name: string, item: Term | undefined, nowMs: EpochMs): Term {
  if (item !== undefined && !isItem(item)) throw badarg('item')
  const table = database.find(name)
  if (table === undefined) return null
  if (item !== undefined) return ITEMS[item](table, name, nowMs, database)
  return Object.fromEntries(
    Object.entries(ITEMS).map(([each, read]) => [each, read(table, name, nowMs, database)]),
  )
}

export interface EventsOptions {
  /** The cursor of the answer before. Default: that of an answer before all events that are kept. */
  readonly after?: string
  /** Events at most. Default: {@link DEFAULT_EVENTS}. */
  readonly limit?: number
  /** How long the call may wait for the first of them; whoever runs turns sees to that. Default: not at all. */
  readonly waitMs?: number
}

export const DEFAULT_EVENTS = 100

/**
 * Rows that expired, were evicted or taken away since an earlier answer: `{"events", "cursor", "missed"}`.
 *
 * Errors: `badarg`/`options` where the table does not tell; `badarg`/`cursor`.
 */
export function events(table: Table, { after, limit = DEFAULT_EVENTS }: EventsOptions): TermObject {
  const { removals } = table
  if (removals === undefined) throw badarg('options', 'the table was made without events')
  const page = removals.after(after, limit)
  return { ...page, events: page.events.map((event) => ({ ...event }) as TermObject) }
}

/** How large a table is and, where that is counted, what happened to its rows. */
export const statistics = (table: Table, nowMs: EpochMs): TermObject => ({
  size: table.size(nowMs),
  bytes: table.bytes,
  ...table.statistics(nowMs),
})

/** Counts from zero again. */
export function resetStatistics(table: Table): true {
  table.resetStatistics()
  return true
}

/** What is kept beside each row under `key`: version, size in bytes, deadline, idle time, and what it is marked with. */
export function rowInfo(table: Table, key: Term, nowMs: EpochMs): Term[] {
  const rows: Term[] = []
  for (let slot = table.find(key, nowMs); slot !== -1; slot = table.after(slot, nowMs)) {
    if (table.isBag) table.allowance.visit()
    const timing = table.timing(slot)
    const expiresAtMs = endOf(timing)
    const { isPinned, tags, staleSinceMs } = table.marks(slot)
    rows.push({
      version: table.version(slot),
      bytes: table.rowBytes(slot),
      expiresAtMs: expiresAtMs === NEVER ? null : expiresAtMs,
      idleTtlMs: typeof timing === 'number' ? null : timing.idleTtlMs,
      pinned: isPinned,
      tags,
      stale: staleSinceMs !== undefined,
      staleSinceMs: staleSinceMs ?? null,
    })
  }
  return rows
}
