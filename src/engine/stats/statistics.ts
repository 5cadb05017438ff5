/**
 * Statistics of one table: what was asked, found, missed and why, written and given up; in all, and lately.
 *
 * They begin with the table in each life of its process, and when they are reset. What a refused turn wrote does not
 * count; that it read does, and so do its operations.
 *
 * Cost: some additions for each thing counted, of which bench/cache tells what they add to a read; a copy of the
 *       counts once a minute.
 */
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import type { Cause, Miss } from './tombstones.ts'
import { TopKeys } from './top-keys.ts'

/** The causes of misses. A row is `stale` where it is there, but not to whoever asked. */
const MISSES = ['absent', 'expired', 'evicted', 'deleted', 'invalidated', 'stale'] as const
/** What rows went for, or came by. */
const WRITES = ['inserts', 'updates', 'deletes', 'evictions', 'expirations', 'invalidations'] as const
/** What is counted. A miss is counted by its cause. */
const NAMES = ['hits', ...MISSES, ...WRITES] as const
type Name = (typeof NAMES)[number]

/** The place of each count. Callers name one at compile time: to look a name up takes longer than to count. */
export const COUNT = {
  ...{ hits: 0, absent: 1, expired: 2, evicted: 3, deleted: 4, invalidated: 5, stale: 6 },
  ...{ inserts: 7, updates: 8, deletes: 9, evictions: 10, expirations: 11, invalidations: 12 },
} as const satisfies Record<Name, number>
export type Counted = (typeof COUNT)[Name]

export const STALE = { miss: 'stale' } as const

/** Which count a row adds to that went for such a cause. */
export function countOf(cause: Cause): Counted {
  switch (cause) {
    case 'expired':
      return COUNT.expirations
    case 'evicted':
      return COUNT.evictions
    case 'deleted':
      return COUNT.deletes
    case 'invalidated':
      return COUNT.invalidations
  }
}

const MINUTE_MS = 60_000
/** How many minutes count as lately, the one under way among them. */
const RECENT_MINUTES = 5
const TOP_KEYS = 10
/** How late rows were given back that had ended: a count for each of these bounds, and one for what was later. */
const LAG_BOUNDS_MS = [64, 250, 500, 1_000, 2_000, 5_000, 30_000] as const

export class Statistics {
  readonly #counts = new Float64Array(NAMES.length)
  readonly #operations = new Map<string, number>()
  readonly #topKeys = new TopKeys()
  readonly #lags = new Array<number>(LAG_BOUNDS_MS.length + 1).fill(0)
  #maxLagMs = 0
  #sinceMs: EpochMs | undefined
  /** The counts as they were when a minute began, for the last minutes in which anything was counted. */
  #minutes: { readonly minute: number; readonly counts: Float64Array }[] = []
  #minuteEndsMs = Number.NEGATIVE_INFINITY

  hit(key: Term, nowMs: EpochMs): void {
    if (nowMs >= this.#minuteEndsMs) this.#beginMinute(nowMs)
    ;(this.#counts[COUNT.hits] as number)++
    this.#topKeys.seen(key)
  }

  miss(key: Term, { miss }: Pick<Miss, 'miss'> | typeof STALE, nowMs: EpochMs): void {
    this.count(COUNT[miss], nowMs)
    this.#topKeys.seen(key)
  }

  count(what: Counted, nowMs: EpochMs, by = 1): void {
    if (nowMs >= this.#minuteEndsMs) this.#beginMinute(nowMs)
    ;(this.#counts[what] as number) += by
  }

  /** Takes back what a turn counted that was refused. */
  uncount(what: Counted, by = 1): void {
    ;(this.#counts[what] as number) -= by
  }

  operation(name: string): void {
    this.#operations.set(name, (this.#operations.get(name) ?? 0) + 1)
  }

  /** A row was given back so long after it had ended. */
  lag(ms: number): void {
    this.#countLag(ms, 1)
    if (ms > this.#maxLagMs) this.#maxLagMs = ms
  }

  /** Takes that back. The row is still to be given back, and later, so the longest lag is none too long. */
  unlag(ms: number): void {
    this.#countLag(ms, -1)
  }

  #countLag(ms: number, by: number): void {
    const bound = LAG_BOUNDS_MS.findIndex((each) => ms <= each)
    const place = bound === -1 ? LAG_BOUNDS_MS.length : bound
    this.#lags[place] = (this.#lags[place] as number) + by
  }

  /** All of it as JSON. */
  report(nowMs: EpochMs): { readonly [name: string]: Term } {
    if (nowMs >= this.#minuteEndsMs) this.#beginMinute(nowMs)
    const [first] = this.#minutes as [{ minute: number; counts: Float64Array }]
    const lately = this.#counts.map((count, i) => count - (first.counts[i] as number))
    return {
      sinceMs: this.#sinceMs as number,
      ...reportOf(this.#counts),
      recent: { sinceMs: Math.max(first.minute * MINUTE_MS, this.#sinceMs as number), ...reportOf(lately) },
      operations: Object.fromEntries([...this.#operations].sort(([a], [b]) => (a < b ? -1 : 1))),
      topKeys: this.#topKeys.list(TOP_KEYS).map((each) => ({ ...each })),
      expiryLag: { boundsMs: [...LAG_BOUNDS_MS], counts: [...this.#lags], maxMs: this.#maxLagMs },
    }
  }

  #beginMinute(nowMs: EpochMs): void {
    this.#sinceMs ??= nowMs
    const minute = Math.floor(nowMs / MINUTE_MS)
    this.#minuteEndsMs = (minute + 1) * MINUTE_MS
    this.#minutes = this.#minutes.filter((each) => each.minute > minute - RECENT_MINUTES)
    this.#minutes.push({ minute, counts: this.#counts.slice() })
  }
}

function reportOf(counts: Float64Array): { readonly [name: string]: Term } {
  const of = (name: Name): number => counts[COUNT[name]] as number
  const missed = MISSES.reduce((sum, cause) => sum + of(cause), 0)
  const asked = of('hits') + missed
  return {
    hits: of('hits'),
    misses: { all: missed, ...Object.fromEntries(MISSES.map((cause) => [cause, of(cause)])) },
    hitRatio: asked === 0 ? null : of('hits') / asked,
    ...Object.fromEntries(WRITES.map((name) => [name, of(name)])),
  }
}
