/**
 * Writing entries: put, delete, take, and moving the moment until which one is fresh.
 *
 * Cost: O(1) an entry, O(log n) on an `ordered_set`. A condition that is not met leaves everything as it is.
 */
import type { Database } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { Row } from '../engine/row.ts'
import type { Marks } from '../engine/slot-image.ts'
import { endOf, type Timing } from '../engine/store/slots.ts'
import type { Table } from '../engine/table.ts'
import type { Term } from '../engine/term.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import { type InvalidateOptions, type MarkOptions, marksOf } from '../engine/verbs/objects.ts'
import * as timing from '../engine/verbs/timing.ts'
import { findCache, makeCache } from './defaults.ts'
import { type About, aboutOf, etagOf, freshnessOf, ownFreshUntilMs, rawValue, rowOf } from './entry.ts'
import { found, missOf, STALE } from './reading.ts'

/** How an entry is kept. Checked by the protocol; stale answers want a deadline and no idle time. */
export interface EntryOptions extends timing.TimingOptions, MarkOptions {
  readonly staleWhileRevalidateMs?: number
  readonly staleIfErrorMs?: number
  /** Remembers that there is nothing under the key; the value does not matter then. */
  readonly negative?: boolean
  readonly type?: string
  readonly encoding?: 'base64' | 'json'
  /** Remembers when the entry was stored, for its age. */
  readonly dated?: boolean
}

export interface PutOptions extends EntryOptions {
  /** Only if there is no entry, only if there is one. */
  readonly condition?: 'NX' | 'XX'
  /** Only if the entry has this version, or 0 and is not there. */
  readonly ifVersion?: number
  /** Only if the entry has one of these entity tags. */
  readonly ifMatch?: readonly string[]
  /**
   * Leaves the moments until which the entry is fresh and there as they are, and its tags and pin unless given. Where it is
   * no longer fresh by them there are none to keep, and the entry is put as a new one.
   */
  readonly keepTtl?: boolean
}

/**
 * Stores an entry; gives its version, or `null` where the condition is not met.
 *
 * Errors: `version_conflict` where the entry is not the one that was named.
 */
export function put(
  database: Database,
  name: string,
  key: Term,
  value: Term,
  options: PutOptions,
  nowMs: EpochMs,
): number | null {
  // What is to be over an entry makes no cache.
  const table = options.condition === 'XX' ? findCache(database, name) : makeCache(database, name)
  if (table === undefined) return null
  const slot = table.find(key, nowMs)
  if (!isMet(table, slot, options, nowMs)) return null
  checkVersion(table, slot, name, options, nowMs)
  return store(database, table, slot, key, value, options, nowMs)
}

/** Stores a list of `[key, value]`, each under the same condition; says how many were stored. */
export function putMany(
  database: Database,
  name: string,
  entries: readonly (readonly [Term, Term])[],
  options: PutOptions,
  nowMs: EpochMs,
): number {
  let stored = 0
  for (const [key, value] of entries) if (put(database, name, key, value, options, nowMs) !== null) stored++
  return stored
}

/** Stores an entry in the place of the one in `slot`, or of none with -1, and gives its version. */
export function store(
  database: Database,
  table: Table,
  slot: number,
  key: Term,
  value: Term,
  options: PutOptions,
  nowMs: EpochMs,
): number {
  const shown = options.negative ? null : value
  const before = options.keepTtl && slot !== -1 ? aboutOf(table, slot) : undefined
  if (before !== undefined && nowMs < ownFreshUntilMs(table, slot, before)) {
    const about = { ...timeOf(before), ...kindOf(options, nowMs) }
    table.replace(slot, rowOf(key, shown, about), nowMs, undefined, marksOver(table, slot, options))
    return database.seq
  }
  const timed = timing.timingOf(table, options, nowMs)
  const marks = marksOf(options)
  if (isPlain(options)) {
    write(table, slot, [key, value], nowMs, timed, marks)
    return database.seq
  }
  const windowMs = windowOf(options)
  const freshUntilMs = endOf(timed)
  // What never ends gets stale only where a tag of it is invalidated softly.
  const isStaleable = windowMs > 0 && freshUntilMs !== NEVER
  const about = {
    ...timeOf(isStaleable ? { ...options, freshUntilMs } : options),
    ...kindOf(options, nowMs),
  }
  const kept = isStaleable ? stayingFor(table, freshUntilMs, windowMs, nowMs) : timed
  write(table, slot, rowOf(key, shown, about), nowMs, kept, marks)
  return database.seq
}

function write(table: Table, slot: number, row: Row, nowMs: EpochMs, kept: Timing, marks: Marks): void {
  if (slot === -1) table.put(row, nowMs, kept, marks)
  else table.replace(slot, row, nowMs, kept, marks)
}

/**
 * Removes an entry, with `ifVersion` only if it has that one; says whether there was one.
 *
 * Errors: `version_conflict` for another version, 0 being that of no entry. Source: Redis DELEX, Valkey DELIFEQ.
 */
export function remove(
  database: Database,
  name: string,
  key: Term,
  ifVersion: number | undefined,
  nowMs: EpochMs,
): boolean {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (ifVersion !== undefined) checkVersion(table, slot, name, { ifVersion }, nowMs)
  if (table === undefined || slot === -1) return false
  table.remove(slot, nowMs)
  return true
}

/** Removes the entries under a list of keys; says how many there were. */
export function removeMany(database: Database, name: string, keys: readonly Term[], nowMs: EpochMs): number {
  let removed = 0
  for (const key of keys) if (remove(database, name, key, undefined, nowMs)) removed++
  return removed
}

/**
 * Takes away every entry that carries one of `tags`, or lets it be stale; says whether any did.
 *
 * Cost: O(1) a tag, however many entries carry it.
 */
export function invalidate(
  database: Database,
  name: string,
  tags: readonly string[],
  { soft = false }: InvalidateOptions,
  nowMs: EpochMs,
): boolean {
  const carried = findCache(database, name)?.invalidate(new Set(tags), soft, nowMs) ?? 0
  return carried > 0
}

/** Removes an entry and gives it as `get` would. */
export function take(database: Database, name: string, key: Term, nowMs: EpochMs): Term {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return missOf(table, key, nowMs)
  const about = aboutOf(table, slot)
  const isFresh = freshnessOf(table, slot, about, nowMs) === 'fresh'
  const answer = isFresh ? found(table, slot, about, 'fresh') : STALE
  table.remove(slot, nowMs)
  return answer
}

/**
 * Lets an entry be fresh until a moment, and stale after it for as long as it was to be; says whether that moved.
 * A past moment ends an entry that is never served stale.
 */
export function expireAt(
  database: Database,
  name: string,
  key: Term,
  expiresAtMs: number,
  options: timing.ExpireOptions,
  nowMs: EpochMs,
): boolean {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return false
  const about = aboutOf(table, slot)
  if (windowOf(about) === 0) return timing.expireAt(table, key, expiresAtMs, options, nowMs)
  const untilMs = ownFreshUntilMs(table, slot, about)
  if (!timing.mayMove(untilMs, expiresAtMs as EpochMs, options.condition)) return false
  const moved = { ...about, freshUntilMs: expiresAtMs }
  timing.checkSpan(table, expiresAtMs - nowMs)
  const deadline = stayingFor(table, expiresAtMs, windowOf(about), nowMs)
  // What a tag has made stale stays so: it is not the value that is written.
  table.replace(slot, rowOf(key, rawValue(table, slot), moved), nowMs, deadline, table.marks(slot))
  return true
}

/** Lets an entry stay until it is removed; says whether it had a deadline. */
export function persist(database: Database, name: string, key: Term, nowMs: EpochMs): boolean {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return false
  const about = aboutOf(table, slot)
  if (about.freshUntilMs === undefined) return timing.persist(table, key, nowMs)
  timing.checkSpan(table, NEVER)
  const { freshUntilMs: _, ...rest } = about
  table.replace(slot, rowOf(key, rawValue(table, slot), rest), nowMs, NEVER, table.marks(slot))
  return true
}

/** Tags and pin as they are, but for those that are given; the value is new, and so not stale. */
function marksOver(table: Table, slot: number, { tags, pin }: MarkOptions): Marks {
  const { tags: before, isPinned } = table.marks(slot)
  return marksOf({ tags: tags ?? before, pin: pin ?? isPinned })
}

function isMet(table: Table, slot: number, { condition }: PutOptions, nowMs: EpochMs): boolean {
  if (condition === undefined) return true
  // To conditions as to readers a stale entry is not there.
  const isThere = slot !== -1 && freshnessOf(table, slot, aboutOf(table, slot), nowMs) === 'fresh'
  return isThere === (condition === 'XX')
}

function checkVersion(
  table: Table | undefined,
  slot: number,
  name: string,
  { ifVersion, ifMatch }: PutOptions,
  nowMs: EpochMs,
): void {
  if (ifVersion === undefined && ifMatch === undefined) return
  let version = 0
  let etag: string | undefined
  if (table !== undefined && slot !== -1) {
    const about = aboutOf(table, slot)
    // One that is good for nothing any more has none: nobody can have been told of it.
    if (freshnessOf(table, slot, about, nowMs) !== 'ended') {
      version = table.version(slot)
      etag = etagOf(version, about)
    }
  }
  const isVersion = ifVersion === undefined || version === ifVersion
  const isMatch = ifMatch === undefined || (etag !== undefined && ifMatch.includes(etag))
  if (!isVersion || !isMatch) throw new EtsError('version_conflict', { table: name, version })
}

/** How long an entry may be stale. */
const windowOf = ({ staleWhileRevalidateMs = 0, staleIfErrorMs = 0 }: Lasting): number =>
  Math.max(staleWhileRevalidateMs, staleIfErrorMs)

/** Stale for so long after it was fresh, but as no row longer than the table lets it live. */
const stayingFor = ({ options }: Table, freshUntilMs: number, windowMs: number, nowMs: EpochMs): EpochMs =>
  Math.min(freshUntilMs + windowMs, nowMs + (options.maxTtlMs ?? NEVER)) as EpochMs

/** Whether there is no more to say of an entry than its value, its tags and when it ends. */
const isPlain = (options: EntryOptions): boolean =>
  !options.negative &&
  !options.dated &&
  options.type === undefined &&
  options.encoding === undefined &&
  options.staleWhileRevalidateMs === undefined &&
  options.staleIfErrorMs === undefined

type Lasting = Pick<About, 'freshUntilMs' | 'staleWhileRevalidateMs' | 'staleIfErrorMs'>

/** The members that say how long an entry is fresh and stale. */
const timeOf = ({ freshUntilMs, staleWhileRevalidateMs, staleIfErrorMs }: Lasting): About => ({
  ...(freshUntilMs === undefined ? {} : { freshUntilMs }),
  ...(staleWhileRevalidateMs === undefined ? {} : { staleWhileRevalidateMs }),
  ...(staleIfErrorMs === undefined ? {} : { staleIfErrorMs }),
})

/** The members that say what an entry is. */
const kindOf = ({ negative, type, encoding, dated }: EntryOptions, nowMs: EpochMs): About => ({
  ...(negative ? { negative } : {}),
  ...(type === undefined ? {} : { type }),
  ...(encoding === undefined ? {} : { encoding }),
  ...(dated ? { storedAtMs: nowMs } : {}),
})
