/**
 * What a table knows of what happened to its rows: statistics, why a key has no row, and what went lately.
 *
 * Cost: that of `stats/`; next to nothing where the table counts nothing.
 */
import type { Allowance } from './allowance.ts'
import type { Contents } from './contents.ts'
import type { Observer, Removal } from './stats/observer.ts'
import type { RemovalLog } from './stats/removal-log.ts'
import { STALE } from './stats/statistics.ts'
import { ABSENT, type Cause, type Miss } from './stats/tombstones.ts'
import { TableReads } from './table-reads.ts'
import type { Tag } from './tags/tag-index.ts'
import type { Term } from './term.ts'
import { type EpochMs, isLive } from './time.ts'

export abstract class ObservedTable extends TableReads {
  /** Absent where nothing is counted. */
  protected readonly observer: Observer | undefined

  /** The last rows that went without being asked to. Absent where the table is not to tell of them. */
  readonly removals: RemovalLog | undefined

  protected constructor(
    contents: Contents,
    allowance: Allowance,
    observer: Observer | undefined,
    removals: RemovalLog | undefined,
  ) {
    super(contents, allowance)
    this.observer = observer
    this.removals = removals
  }

  /** Notes that a key was asked for that has no row; gives why, as far as that is known. */
  noteMiss(key: Term, nowMs: EpochMs): Miss {
    if (this.observer === undefined) return ABSENT
    const miss = this.whyMissing(key, nowMs)
    this.observer.miss(key, miss, nowMs)
    return miss
  }

  /** Notes that a row was not what was asked for, because it is stale to whoever asked. */
  noteStale(key: Term, nowMs: EpochMs): void {
    this.observer?.miss(key, STALE, nowMs)
  }

  /** Why a key has no row, as far as that is known. Counts as nothing. */
  whyMissing(key: Term, nowMs: EpochMs): Miss {
    const slot = this.contents.headAgain(key)
    if (slot === -1) return this.observer?.whyGone(this.contents.hashOf(key)) ?? ABSENT
    const expiresAtMs = this.expiresAtMs(slot)
    if (!isLive(expiresAtMs, nowMs)) return { miss: 'expired', atMs: expiresAtMs }
    const tag = this.contents.tags?.goneBy(slot)
    return tag === undefined ? ABSENT : { miss: 'invalidated', atMs: tag.goneAtMs, tag: tag.name }
  }

  /** Counts a verb that is run on the table. */
  countOperation(op: string): void {
    this.observer?.operation(op)
  }

  /** What was counted, or `undefined` where nothing is. */
  statistics(nowMs: EpochMs): { readonly [name: string]: Term } | undefined {
    return this.observer?.report(nowMs)
  }

  /** The tag that took a row away that is about to go for that. */
  protected goneBy(slot: number, cause: Cause): Tag | undefined {
    return cause === 'invalidated' ? this.contents.tags?.goneBy(slot) : undefined
  }

  /** Since when nobody sees a row that is about to go. */
  protected goneSinceMs(slot: number, cause: Cause, nowMs: EpochMs): EpochMs {
    if (cause === 'expired') return this.expiresAtMs(slot)
    return (this.goneBy(slot, cause)?.goneAtMs ?? nowMs) as EpochMs
  }

  /** What is told of a row that is about to go without being asked to. */
  protected removalOf(slot: number, cause: Cause, nowMs: EpochMs): Removal {
    const key = this.keyAt(slot)
    const tag = this.goneBy(slot, cause)
    if (tag !== undefined) return { key, cause, atMs: tag.goneAtMs as EpochMs, tag: tag.name }
    if (cause === 'expired') return { key, cause, atMs: nowMs, deadlineMs: this.expiresAtMs(slot) }
    return { key, cause, atMs: nowMs }
  }
}
