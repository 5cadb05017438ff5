/** Deadlines of rows as callers give them, and the verbs that ask for and move them. */
import type { Timing } from '../store/slots.ts'
import { FOREVER } from '../store/slots.ts'
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

export function timingOf({ ttlMs, expiresAtMs, idleTtlMs = 0 }: TimingOptions, nowMs: EpochMs): Timing {
  const fromTtl = ttlMs === undefined ? NEVER : nowMs + ttlMs
  const hardExpiresAtMs = Math.min(fromTtl, expiresAtMs ?? NEVER) as EpochMs
  if (idleTtlMs === 0)
    return hardExpiresAtMs === NEVER ? FOREVER : { expiresAtMs: hardExpiresAtMs, hardExpiresAtMs, idleTtlMs }
  return { expiresAtMs: Math.min(nowMs + idleTtlMs, hardExpiresAtMs) as EpochMs, hardExpiresAtMs, idleTtlMs }
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
  const { expiresAtMs } = table.timing(slot)
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

/** Lets the rows under `key` end at a moment; says whether any deadline moved. A past one ends them at once. */
export function expireAt(
  table: Table,
  key: Term,
  expiresAtMs: number,
  { condition }: ExpireOptions,
  nowMs: EpochMs,
): boolean {
  const moment = expiresAtMs as EpochMs
  return retimeAll(table, key, nowMs, (timing) =>
    mayMove(timing.hardExpiresAtMs, moment, condition)
      ? { ...timing, ...endingAt(timing, moment, nowMs) }
      : undefined,
  )
}

/** Takes the deadline away from the rows under `key`; says whether any had one. Source: Redis PERSIST. */
export const persist = (table: Table, key: Term, nowMs: EpochMs): boolean =>
  retimeAll(table, key, nowMs, (timing) => (timing.expiresAtMs === NEVER ? undefined : FOREVER))

/** Counts as a read of the rows under `key`: idling ones live on. Says whether there is a row. */
export function touch(table: Table, key: Term, nowMs: EpochMs): boolean {
  const first = table.find(key, nowMs)
  for (let slot = first; slot !== -1; slot = table.after(slot, nowMs)) {
    if (table.isBag) table.allowance.visit()
    table.keepAlive(slot, nowMs)
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

function endingAt({ idleTtlMs }: Timing, moment: EpochMs, nowMs: EpochMs): Omit<Timing, 'idleTtlMs'> {
  const expiresAtMs = idleTtlMs === 0 ? moment : (Math.min(nowMs + idleTtlMs, moment) as EpochMs)
  return { expiresAtMs, hardExpiresAtMs: moment }
}

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
