/**
 * Throttle: slows down whoever shows tokens that are of no session, before an owner is asked.
 *
 * It counts by realm and network, so that no tenant slows down another's users, and is of one isolate: a guard against floods. What keeps tokens from being guessed is their 256
 * random bits.
 */

import { subscriberOf } from '../protocol/network.ts'
import { type RateRule, Rates, tooOften } from '../security/rate.ts'

/** Many users may have one address, and each comes once with a token that has ended. */
const MISSES: RateRule = { name: 'unknown-sessions', burst: 60, refillMs: 1_000 }

export class Throttle {
  readonly #rates = new Rates(MISSES)
  readonly #clock: () => number

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  /** Errors: `rate_limited` where there were too many misses. `place` is the realm, of all realms of all tenants. */
  check(address: string | undefined, place = ''): void {
    if (address === undefined) return
    const { allowed, retryAfterMs } = this.#rates.peek(nameOf(address, place), this.#clock())
    if (!allowed) throw tooOften(MISSES, retryAfterMs)
  }

  /** Counts a token that was of no session. */
  miss(address: string | undefined, place = ''): void {
    if (address !== undefined) this.#rates.take(nameOf(address, place), this.#clock())
  }
}

const nameOf = (address: string, place: string): string => `${place} ${subscriberOf(address)}`
