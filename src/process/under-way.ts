/**
 * What is under way with callers that may never come back: a few at a time, each ended when nobody asked for it
 * for a while. Nothing of it outlives the process.
 *
 * Names are of one life of the process: one of an earlier life is never taken for another.
 */
import { EtsError } from '../engine/error.ts'
import type { EpochMs } from '../engine/time.ts'

/** At once in a process. Each holds some memory, and four keep a process busy. */
const MAX_UNDER_WAY = 4
/** A caller that lost its connection is back by then. */
export const IDLE_MS = 120_000

export interface UnderWayParts<T> {
  readonly incarnation: number
  readonly clock: () => EpochMs
  readonly later: (work: () => void, delayMs: number) => () => void
  /** What is to be done when one ends by itself. */
  readonly end: (value: T) => void
}

interface Entry<T> {
  readonly value: T
  lastUsedMs: EpochMs
  isDone: boolean
}

export class UnderWay<T> {
  readonly #parts: UnderWayParts<T>
  readonly #entries = new Map<string, Entry<T>>()
  #begun = 0
  #isWatching = false

  constructor(parts: UnderWayParts<T>) {
    this.#parts = parts
  }

  /** Makes one and names it. Errors: `overloaded` while too many are not done, before it is made. */
  begin(make: () => T): string {
    if (this.#entries.size >= MAX_UNDER_WAY) this.#makeRoom()
    const id = `${this.#parts.incarnation}-${++this.#begun}`
    this.#entries.set(id, { value: make(), lastUsedMs: this.#parts.clock(), isDone: false })
    this.#watch()
    return id
  }

  /** The one of that name, or `undefined` when it has ended. */
  find(id: string): T | undefined {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.lastUsedMs = this.#parts.clock()
    return entry?.value
  }

  /** It may be asked for again, but gives way when there is no room. */
  markDone(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.isDone = true
  }

  /** Forgets one, without ending it. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  #makeRoom(): void {
    const done = [...this.#entries].find(([, { isDone }]) => isDone)
    if (done === undefined) throw new EtsError('overloaded', { retryAfterMs: IDLE_MS / 4 })
    this.#end(done[0])
  }

  #end(id: string): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    if (entry !== undefined) this.#parts.end(entry.value)
  }

  #watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#parts.later(() => {
      this.#isWatching = false
      const nowMs = this.#parts.clock()
      for (const [id, { lastUsedMs }] of this.#entries) if (nowMs - lastUsedMs >= IDLE_MS) this.#end(id)
      if (this.#entries.size > 0) this.#watch()
    }, IDLE_MS)
  }
}
