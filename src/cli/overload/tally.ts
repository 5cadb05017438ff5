/** Counting answers by kind, and the time that those took which were served. */
import type { Judged } from './connection.ts'
import type { Tally } from './phase.ts'

/** Finer than anybody reads, and a bound on memory: a minute in steps of 50 µs. */
const STEP_MS = 0.05
const MAX_STEPS = 60_000 / STEP_MS

export class Counts {
  served = 0
  readonly #refused = new Map<string, number>()
  readonly #broken = new Map<string, number>()
  readonly #steps = new Uint32Array(MAX_STEPS + 1)

  answered({ status, code, hasRetryAfter }: Judged, tookMs: number): void {
    if (status < 300) {
      this.served++
      const step = Math.min(MAX_STEPS, Math.floor(tookMs / STEP_MS))
      this.#steps[step] = (this.#steps[step] as number) + 1
    } else {
      count(this.#refused, `${status} ${code}${hasRetryAfter ? '' : ' without Retry-After'}`)
    }
  }

  broke(reason: string): void {
    count(this.#broken, reason)
  }

  get tally(): Tally {
    return {
      served: this.served,
      refused: Object.fromEntries(this.#refused),
      broken: Object.fromEntries(this.#broken),
      p50Ms: this.#quantile(0.5),
      p99Ms: this.#quantile(0.99),
    }
  }

  #quantile(share: number): number {
    let left = Math.ceil(this.served * share)
    for (let step = 0; step <= MAX_STEPS; step++) {
      left -= this.#steps[step] as number
      if (left <= 0 && this.served > 0) return Math.round((step + 1) * STEP_MS * 100) / 100
    }
    return 0
  }
}

const count = (map: Map<string, number>, kind: string): void => void map.set(kind, (map.get(kind) ?? 0) + 1)
