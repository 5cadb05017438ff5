/**
 * Observer: what a table tells of what happens to its rows, to whoever wants to know: statistics, the memory of why keys
 * are gone, and a listener.
 *
 * A table has one only if somebody wants to know.
 */
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { COUNT, type Counted, countOf, type STALE, Statistics } from './statistics.ts'
import { type Cause, type Miss, Tombstones } from './tombstones.ts'

/** A row that went, and why. */
export interface Removal {
  readonly key: Term
  readonly cause: Cause
  readonly atMs: EpochMs
  /** When it ended, of one that expired. */
  readonly deadlineMs?: EpochMs
  /** The tag that took it away. */
  readonly tag?: string
}

export class Observer {
  #statistics = new Statistics()
  #tombstones = new Tombstones()

  hit(key: Term, nowMs: EpochMs): void {
    this.#statistics.hit(key, nowMs)
  }

  miss(key: Term, miss: Miss | typeof STALE, nowMs: EpochMs): void {
    this.#statistics.miss(key, miss, nowMs)
  }

  /** Why there is no row of a key of that hash, as far as that is remembered. */
  whyGone(hash: number): Miss {
    return this.#tombstones.find(hash)
  }

  count(what: Counted, nowMs: EpochMs, by = 1): void {
    this.#statistics.count(what, nowMs, by)
  }

  uncount(what: Counted, by = 1): void {
    this.#statistics.uncount(what, by)
  }

  operation(name: string): void {
    this.#statistics.operation(name)
  }

  /** A row is given back now, of a table of so many, that nobody has seen since an earlier moment. */
  removed(
    hash: number,
    cause: Cause,
    sinceMs: EpochMs,
    nowMs: EpochMs,
    tag: string | undefined,
    rows: number,
  ): void {
    this.#statistics.count(countOf(cause), nowMs)
    if (cause === 'expired') this.#statistics.lag(nowMs - sinceMs)
    this.#tombstones.fit(rows)
    this.#tombstones.add(hash, cause, sinceMs, tag)
  }

  /** A row that went is back, as its turn was refused. */
  returned(hash: number, cause: Cause, sinceMs: EpochMs, nowMs: EpochMs): void {
    this.#statistics.uncount(countOf(cause))
    if (cause === 'expired') this.#statistics.unlag(nowMs - sinceMs)
    this.#tombstones.forget(hash)
  }

  /** All rows went at once, nobody can say which: no key has an earlier cause. Returns how to take that back. */
  cleared(rows: number, nowMs: EpochMs): () => void {
    const tombstones = this.#tombstones
    this.#tombstones = new Tombstones()
    this.#statistics.count(COUNT.deletes, nowMs, rows)
    return () => {
      this.#tombstones = tombstones
      this.#statistics.uncount(COUNT.deletes, rows)
    }
  }

  report(nowMs: EpochMs): { readonly [name: string]: Term } {
    return this.#statistics.report(nowMs)
  }

  /** Counts from zero again. Returns how to take that back. */
  reset(): () => void {
    const before = this.#statistics
    this.#statistics = new Statistics()
    return () => {
      this.#statistics = before
    }
  }
}
