/**
 * Entries: what a row means to a cache.
 *
 * A row is `[key, value]`, or `[key, value, about]` where there is more to know. The row's deadline is when the entry
 * is gone. One that may be served stale is fresh until an earlier moment, which stands in `about` with how long
 * after it a stale answer will do. So the table API sees all there is, and any table whose rows are pairs is a cache.
 */
import { badarg } from '../engine/error.ts'
import { MAX_TERM_DEPTH } from '../engine/limits.ts'
import { isDeeper, type Row } from '../engine/row.ts'
import type { Table } from '../engine/table.ts'
import type { Term, TermObject } from '../engine/term.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'

/** How a value stands for the bytes of a raw entry: in base64, or as the text of JSON. Else it is their text. */
export const ENCODINGS = ['base64', 'json'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** What is kept beside a value; a member that does not apply is left out. */
export interface About {
  /** The entry is fresh before this moment, if it does not end before. */
  readonly freshUntilMs?: number
  /** So long after that it may be served while one caller loads it anew. */
  readonly staleWhileRevalidateMs?: number
  /** So long after that it may be served when loading it anew fails. */
  readonly staleIfErrorMs?: number
  /** It is known that there is nothing under the key. */
  readonly negative?: true
  /** The media type of a raw entry, and how its bytes are kept. */
  readonly type?: string
  readonly encoding?: Encoding
  readonly storedAtMs?: number
}

/** How fresh: as good as new; good while it is loaded anew; good only when that fails; good for nothing. */
export type Freshness = 'fresh' | 'while_revalidate' | 'if_error' | 'ended'

const NOTHING: About = {}

/** The table, as a cache. Errors: `badarg`/`table_type` where a row is not found by its first element alone. */
export function asCache(table: Table): Table {
  if (table.isBag || table.keypos !== 1)
    throw badarg('table_type', 'a cache is a set or ordered_set whose key is the first element')
  return table
}

/** What is known of an entry besides key and value: nothing where the table API wrote what no entry has there. */
export function aboutOf(table: Table, slot: number): About {
  const about = table.element(slot, 3)
  return typeof about === 'object' && about !== null && !Array.isArray(about) && isAbout(about)
    ? about
    : NOTHING
}

/** Letters that a header field may have. */
export const MEDIA_TYPE = /^[\t\x20-\x7e]+$/

function isAbout(about: object): about is About {
  const { type, encoding, negative, freshUntilMs, staleWhileRevalidateMs, staleIfErrorMs, storedAtMs } =
    about as Readonly<Record<keyof About, unknown>>
  return (
    (type === undefined || (typeof type === 'string' && MEDIA_TYPE.test(type))) &&
    (encoding === undefined || ENCODINGS.includes(encoding as Encoding)) &&
    (negative === undefined || negative === true) &&
    isMoment(freshUntilMs) &&
    isSpan(staleWhileRevalidateMs) &&
    isSpan(staleIfErrorMs) &&
    isSpan(storedAtMs)
  )
}

/** Where a span was added it may be beyond the integers that a number holds exactly. */
const isMoment = (ms: unknown): boolean => ms === undefined || (typeof ms === 'number' && ms >= 0)

const isSpan = (ms: unknown): boolean => ms === undefined || (Number.isSafeInteger(ms) && (ms as number) >= 0)

export function rowOf(key: Term, value: Term, about: About): Row {
  return about === NOTHING || Object.keys(about).length === 0
    ? [key, value]
    : [key, value, about as TermObject]
}

/** The value as it is kept, whatever it stands for. */
export const rawValue = (table: Table, slot: number): Term => table.element(slot, 2) ?? null

/** The value as callers of the verbs see it: a raw entry of JSON is what its text says, if it is a term. */
export function shownValue(table: Table, slot: number, { encoding }: About): Term {
  const value = rawValue(table, slot)
  return encoding === 'json' && typeof value === 'string' ? (termOf(value) ?? value) : value
}

/** What a text says as JSON; `undefined` where that is no term. */
function termOf(text: string): Term | undefined {
  try {
    const term: Term = JSON.parse(text)
    return isDeeper(term, MAX_TERM_DEPTH) ? undefined : term
  } catch {
    return undefined
  }
}

/** When the entry stops being fresh by itself. */
export function ownFreshUntilMs(table: Table, slot: number, about: About): EpochMs {
  const expiresAtMs = table.expiresAtMs(slot)
  return typeof about.freshUntilMs === 'number'
    ? (Math.min(about.freshUntilMs, expiresAtMs) as EpochMs)
    : expiresAtMs
}

/** When it stops, or stopped because a tag of it was invalidated softly. */
export function freshUntilMs(table: Table, slot: number, about: About): EpochMs {
  const ownMs = ownFreshUntilMs(table, slot, about)
  const staleSinceMs = table.staleSinceMs(slot)
  return staleSinceMs === undefined ? ownMs : (Math.min(ownMs, staleSinceMs) as EpochMs)
}

/**
 * How fresh an entry is. One that says how long it may be served stale is so from when it stopped being fresh, also
 * where that was before its time; one that says nothing of it is served, while it is loaded anew, as long as it is there.
 */
export function freshnessOf(table: Table, slot: number, about: About, nowMs: EpochMs): Freshness {
  const untilMs = freshUntilMs(table, slot, about)
  if (nowMs < untilMs) return 'fresh'
  const { staleWhileRevalidateMs, staleIfErrorMs } = about
  if (staleWhileRevalidateMs === undefined && staleIfErrorMs === undefined) return 'while_revalidate'
  if (nowMs < untilMs + (staleWhileRevalidateMs ?? 0)) return 'while_revalidate'
  return nowMs < untilMs + Math.max(staleWhileRevalidateMs ?? 0, staleIfErrorMs ?? 0) ? 'if_error' : 'ended'
}

/** Names one version of one entry: what `If-Match` and `If-None-Match` compare. */
export function etagOf(version: number, { storedAtMs }: About): string {
  // The moment tells apart what a number alone cannot: numbers that an `async` journal lost are given again.
  return storedAtMs === undefined
    ? version.toString(36)
    : `${version.toString(36)}-${storedAtMs.toString(36)}`
}

/** A moment as the wire has it. */
export const momentOrNull = (moment: EpochMs): number | null => (moment === NEVER ? null : moment)
