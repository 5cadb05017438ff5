/**
 * Observer: what a table tells of what happens to its rows, to whoever wants to know: statistics, the memory of why keys
 * are gone, and a listener.
 *
 * A table has one only if somebody wants to know.
 */
import type { Term } from '../term.ts'
import type { EpochMs } from '../time.ts'
import { type Counted, GONE_BY, type STALE, Statistics } from './statistics.ts'
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
  readonly #hash: (key: Term) => number

  constructor(hash: (key: Term) => number) {
    this.#hash = hash
  }

  hit(key: Term, nowMs: EpochMs): void {
    this.#statistics.hit(key, nowMs)
  }

  miss(key: Term, miss: Miss | typeof STALE, nowMs: EpochMs): void {
    this.#statistics.miss(key, miss, nowMs)
  }

  /** Why there is no row of that key, as far as that is remembered. */
  whyGone(key: Term): Miss {
    return this.#tombstones.find(this.#hash(key))
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

  /** A row went of a table of so many. */
  removed({ key, cause, atMs, deadlineMs, tag }: Removal, rows: number): void {
    this.#statistics.count(GONE_BY[cause], atMs)
    if (deadlineMs !== undefined) this.#statistics.lag(atMs - deadlineMs)
    this.#tombstones.fit(rows)
    this.#tombstones.add(this.#hash(key), cause, deadlineMs ?? atMs, tag)
  }

  /** A row that went is back, as its turn was refused. */
  returned({ key, cause, atMs, deadlineMs }: Removal): void {
    this.#statistics.uncount(GONE_BY[cause])
    if (deadlineMs !== undefined) this.#statistics.unlag(atMs - deadlineMs)
    this.#tombstones.forget(this.#hash(key))
  }

  /** All rows went at once, nobody can say which: no key has an earlier cause. Returns how to take that back. */
  cleared(rows: number, nowMs: EpochMs): () => void {
    const tombstones = this.#tombstones
    this.#tombstones = new Tombstones()
    this.#statistics.count('deletes', nowMs, rows)
    return () => {
      this.#tombstones = tombstones
      this.#statistics.uncount('deletes', rows)
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
