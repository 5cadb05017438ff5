/**
 * Reading entries: by key, by many keys, without being noticed, and by prefix.
 *
 * What is not there is answered with why; `null` is a value like any other. A stale entry is not there for whoever
 * did not ask for one. Cost: O(1) an entry, O(log n) on an `ordered_set`.
 */
import type { Database } from '../engine/database.ts'
import { ABSENT, type Miss } from '../engine/stats/tombstones.ts'
import type { Table } from '../engine/table.ts'
import type { Term, TermObject } from '../engine/term.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import { findCache } from './defaults.ts'
import {
  type About,
  aboutOf,
  etagOf,
  type Freshness,
  freshnessOf,
  freshUntilMs,
  momentOrNull,
  rawValue,
  shownValue,
} from './entry.ts'

/** What an entry may be and yet be given. Default: fresh only. */
export interface GetOptions {
  readonly stale?: 'while_revalidate' | 'if_error'
}

/** The value under a key with its version, or why there is none. */
export function get(database: Database, name: string, key: Term, options: GetOptions, nowMs: EpochMs): Term {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return countedMiss(table, key, nowMs)
  const about = aboutOf(table, slot)
  const freshness = freshnessOf(table, slot, about, nowMs)
  if (!isWanted(freshness, options)) return countedStale(table, key, nowMs)
  table.noteHit(slot, nowMs)
  return found(table, slot, about, freshness)
}

/** As {@link get}, for each of a list of keys. */
export const getMany = (
  database: Database,
  name: string,
  keys: readonly Term[],
  options: GetOptions,
  nowMs: EpochMs,
): Term[] => keys.map((key) => get(database, name, key, options, nowMs))

export interface EntryOptions extends GetOptions {
  /** Entity tags: who has one of these has the value already. */
  readonly unless?: readonly string[]
}

/**
 * As {@link get}, with all that is known of the entry and a raw value as it is kept.
 *
 * Shape: without the value where `unless` names the entity tag.
 */
export function entry(
  database: Database,
  name: string,
  key: Term,
  options: EntryOptions,
  nowMs: EpochMs,
): Term {
  const answer = get(database, name, key, options, nowMs) as TermObject
  if (!('version' in answer)) return answer
  const table = database.table(name)
  const slot = table.find(key, nowMs)
  const info = infoOf(table, slot, nowMs)
  const isKnown = options.unless?.includes(info.etag as string)
  return isKnown ? { ...info, notModified: true } : { ...info, value: rawValue(table, slot) }
}

/** What is under a key, stale or not. Nothing takes notice: neither deadlines, nor eviction, nor statistics. */
export function peek(database: Database, name: string, key: Term, nowMs: EpochMs): Term {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return missOf(table, key, nowMs)
  return { ...infoOf(table, slot, nowMs), value: rawValue(table, slot) }
}

/** As {@link peek}, without the value. */
export function info(database: Database, name: string, key: Term, nowMs: EpochMs): Term {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  return table === undefined || slot === -1 ? missOf(table, key, nowMs) : infoOf(table, slot, nowMs)
}

/** All that is known of an entry that is there. */
export function infoOf(table: Table, slot: number, nowMs: EpochMs): TermObject {
  const about = aboutOf(table, slot)
  const untilMs = freshUntilMs(table, slot, about)
  const version = table.version(slot)
  const { tags, isPinned } = table.marks(slot)
  return {
    ...about,
    version,
    etag: etagOf(version, about),
    bytes: table.rowBytes(slot),
    ...(about.storedAtMs === undefined ? {} : { ageMs: Math.max(0, nowMs - about.storedAtMs) }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(isPinned ? { pin: true } : {}),
    freshForMs: untilMs === NEVER ? null : untilMs - nowMs,
    expiresAtMs: momentOrNull(table.expiresAtMs(slot)),
    ...(nowMs < untilMs ? {} : { stale: true }),
  }
}

/** Whether there is a fresh entry. Does not count as a read. */
export function has(database: Database, name: string, key: Term, nowMs: EpochMs): boolean {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return false
  return freshnessOf(table, slot, aboutOf(table, slot), nowMs) === 'fresh'
}

/** Milliseconds that an entry stays fresh: `null` without a deadline, -1 where there is none that is fresh. */
export function ttl(database: Database, name: string, key: Term, nowMs: EpochMs): number | null {
  const table = findCache(database, name)
  const slot = table === undefined ? -1 : table.find(key, nowMs)
  if (table === undefined || slot === -1) return -1
  const untilMs = freshUntilMs(table, slot, aboutOf(table, slot))
  if (untilMs === NEVER) return null
  return untilMs > nowMs ? untilMs - nowMs : -1
}

/** What a reader is given of an entry that is there. */
export function found(table: Table, slot: number, about: About, freshness: Freshness): TermObject {
  const version = table.version(slot)
  const answer = about.negative
    ? { negative: true, version }
    : { value: shownValue(table, slot, about), version }
  if (freshness !== 'fresh') return { ...answer, ...encodingOf(about), stale: true }
  return about.type === undefined ? answer : { ...answer, ...encodingOf(about) }
}

export const isWanted = (freshness: Freshness, { stale }: GetOptions): boolean =>
  freshness === 'fresh' || freshness === stale || (freshness === 'while_revalidate' && stale === 'if_error')

/** Why there is nothing under a key. */
export const missOf = (table: Table | undefined, key: Term, nowMs: EpochMs): TermObject =>
  shownMiss(table?.whyMissing(key, nowMs))

/** As {@link missOf}, where somebody asked for what is not there. */
export const countedMiss = (table: Table | undefined, key: Term, nowMs: EpochMs): TermObject =>
  shownMiss(table?.noteMiss(key, nowMs))

const shownMiss = ({ miss, tag }: Miss = ABSENT): TermObject => (tag === undefined ? { miss } : { miss, tag })

export const STALE: TermObject = { miss: 'stale' }

/** As {@link STALE}, where somebody asked for what is no longer fresh. */
export function countedStale(table: Table, key: Term, nowMs: EpochMs): TermObject {
  table.noteStale(key, nowMs)
  return STALE
}

/** A value of bytes is read as base64, and says so. */
const encodingOf = ({ encoding }: About): TermObject => (encoding === 'base64' ? { encoding } : {})
