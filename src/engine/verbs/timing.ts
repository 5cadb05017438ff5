/** Deadlines of rows as callers give them, and the verbs that ask for and move them. */
import { badarg } from '../error.ts'
import type { Idling, Timing } from '../store/slots.ts'
import type { Table } from '../table.ts'
import type { Term } from '../term.ts'
import { type EpochMs, NEVER } from '../time.ts'

/** A deadline as a span or a moment, and whether reading moves it. Checked by the protocol. */
export interface TimingOptions {
  /** The row ends this long from now. */
  readonly ttlMs?: number
  /** The row ends at this moment; one in the past ends it at once. */
  readonly expiresAtMs?: number
  /** The row ends when it was not read for this long, though never later than by the other two. */
  readonly idleTtlMs?: number
}

/**
 * When a row ends that is inserted into `table` with such options.
 *
 * Shape:  a row without any lives for the table's `defaultTtlMs`, and none longer than its `maxTtlMs`. A time to live
 *         may be shortened by the table's `ttlJitter`; a moment is kept as it is.
 * Errors: `badarg`/`ttl` for what is longer than `maxTtlMs`.
 */
export function timingOf(table: Table, options: TimingOptions, nowMs: EpochMs): Timing {
  const { defaultTtlMs, maxTtlMs } = table.options
  const { expiresAtMs = NEVER, idleTtlMs = 0 } = options
  let { ttlMs } = options
  if (ttlMs === undefined && expiresAtMs === NEVER) {
    if (idleTtlMs === 0 && defaultTtlMs !== null) ttlMs = defaultTtlMs
    else if (maxTtlMs !== null) ttlMs = maxTtlMs
    else if (idleTtlMs === 0) return NEVER
  }
  const fromTtl = ttlMs === undefined ? NEVER : nowMs + ttlMs
  checkSpan(table, Math.min(fromTtl, expiresAtMs) - nowMs)
  checkSpan(table, idleTtlMs)
  const jittered = ttlMs === undefined ? NEVER : nowMs + shortened(table, ttlMs)
  const hardExpiresAtMs = Math.min(jittered, expiresAtMs) as EpochMs
  if (idleTtlMs === 0) return hardExpiresAtMs
  return idlingFor(idleTtlMs, hardExpiresAtMs, nowMs)
}

/** When a row ends of which nothing is said. */
export const defaultTimingOf = (table: Table, nowMs: EpochMs): Timing =>
  table.hasDefaultTiming ? timingOf(table, {}, nowMs) : NEVER

function shortened({ options, random }: Table, ttlMs: number): number {
  if (options.ttlJitter === 0) return ttlMs
  return Math.max(1, Math.round(ttlMs * (1 - options.ttlJitter * random())))
}

/** Errors: `badarg`/`ttl` for a span that is longer than rows of the table may live. */
export function checkSpan({ options: { maxTtlMs } }: Table, spanMs: number): void {
  if (maxTtlMs === null || spanMs <= maxTtlMs) return
  throw badarg('ttl', `rows of this table live for ${maxTtlMs} ms at most`)
}

/** When a deadline may be moved: only if there is none, only if there is one, only to later, only to earlier. */
export type ExpireCondition = 'NX' | 'XX' | 'GT' | 'LT'

export interface ExpireOptions {
  readonly condition?: ExpireCondition
}

/** Milliseconds that the first row under `key` has left: `null` without a deadline, -1 without a row. */
export function ttl(table: Table, key: Term, nowMs: EpochMs): number | null {
  const slot = table.find(key, nowMs)
  if (slot === -1) return -1
  const expiresAtMs = table.expiresAtMs(slot)
  return expiresAtMs === NEVER ? null : expiresAtMs - nowMs
}

/**
 * Lets the rows under `key` end `ttlMs` from now; says whether any deadline moved.
 *
 * Shape: no deadline counts as one that is infinitely far away, so `GT` never sets one and `LT` always may.
 * Source: Redis PEXPIRE.
 */
export const expire = (
  table: Table,
  key: Term,
  ttlMs: number,
  options: ExpireOptions,
  nowMs: EpochMs,
): boolean => expireAt(table, key, nowMs + ttlMs, options, nowMs)

/**
 * Lets the rows under `key` end at a moment; says whether any deadline moved. A past one ends them at once.
 *
 * Errors: `badarg`/`ttl` for what is further away than the table's `maxTtlMs`, as for {@link expire}.
 */
export function expireAt(
  table: Table,
  key: Term,
  expiresAtMs: number,
  { condition }: ExpireOptions,
  nowMs: EpochMs,
): boolean {
  const moment = expiresAtMs as EpochMs
  checkSpan(table, moment - nowMs)
  return retimeAll(table, key, nowMs, (timing) =>
    mayMove(hardEndOf(timing), moment, condition) ? endingAt(timing, moment, nowMs) : undefined,
  )
}

/**
 * Takes the deadline away from the rows under `key`; says whether any had one.
 *
 * Errors: `badarg`/`ttl` where the table has a `maxTtlMs`.
 * Source: Redis PERSIST.
 */
export function persist(table: Table, key: Term, nowMs: EpochMs): boolean {
  checkSpan(table, NEVER)
  return retimeAll(table, key, nowMs, (timing) => (timing === NEVER ? undefined : NEVER))
}

/** Counts as a read of the rows under `key`: idling ones live on. Says whether there is a row. */
export function touch(table: Table, key: Term, nowMs: EpochMs): boolean {
  const first = table.find(key, nowMs)
  for (let slot = first; slot !== -1; slot = table.after(slot, nowMs)) {
    if (table.isBag) table.allowance.visit()
    table.noteRead(slot, nowMs)
  }
  return first !== -1
}

export function mayMove(from: EpochMs, to: EpochMs, condition: ExpireCondition | undefined): boolean {
  switch (condition) {
    case 'NX':
      return from === NEVER
    case 'XX':
      return from !== NEVER
    case 'GT':
      return to > from
    case 'LT':
      return to < from
    default:
      return true
  }
}

/** When a row ends however often it is read. */
const hardEndOf = (timing: Timing): EpochMs => (typeof timing === 'number' ? timing : timing.hardExpiresAtMs)

function endingAt(timing: Timing, moment: EpochMs, nowMs: EpochMs): Timing {
  return typeof timing === 'number' ? moment : idlingFor(timing.idleTtlMs, moment, nowMs)
}

/** For so long from now, and each time it is read; at most until a moment. */
const idlingFor = (idleTtlMs: number, hardExpiresAtMs: EpochMs, nowMs: EpochMs): Idling => ({
  expiresAtMs: Math.min(nowMs + idleTtlMs, hardExpiresAtMs) as EpochMs,
  hardExpiresAtMs,
  idleTtlMs,
})

function retimeAll(
  table: Table,
  key: Term,
  nowMs: EpochMs,
  decide: (timing: Timing) => Timing | undefined,
): boolean {
  let moved = false
  for (let slot = table.find(key, nowMs); slot !== -1; ) {
    if (table.isBag) table.allowance.visit()
    // Asked for before the row may end: a row that has ended leads nowhere.
    const next = table.after(slot, nowMs)
    const timing = decide(table.timing(slot))
    if (timing !== undefined) {
      table.retime(slot, timing, nowMs)
      moved = true
    }
    slot = next
  }
  return moved
}
