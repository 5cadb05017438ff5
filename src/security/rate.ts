/**
 * Token bucket: how often something may happen. It holds `burst` tokens and gets one back every `refillMs`.
 *
 * Kept by the one object that must be exact about it; where that may be vague, the platform's own limiter will do.
 *
 * Cost:   O(1). Limits: {@link MAX_BUCKETS}; the one that was used longest ago is forgotten, which fills it.
 * Source: Turner, "New directions in communications", 1986; draft-ietf-httpapi-ratelimit-headers for what is told.
 */

import { EtsError } from '../engine/error.ts'

/** Some hundred kilobytes. */
const MAX_BUCKETS = 10_000

export interface RateRule {
  readonly name: string
  readonly burst: number
  readonly refillMs: number
}

/** What is left after an attempt. */
export interface RateState {
  readonly allowed: boolean
  readonly remaining: number
  /** When the next one is allowed; 0 when that is now. */
  readonly retryAfterMs: number
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

export class Rates {
  readonly #rule: RateRule
  readonly #buckets = new Map<string, Bucket>()

  constructor(rule: RateRule) {
    this.#rule = rule
  }

  /** Takes a token of `key`, if there is one. */
  take(key: string, nowMs: number): RateState {
    const filled = this.#filled(key, nowMs)
    const allowed = filled >= 1
    const left = allowed ? filled - 1 : filled
    this.#keep(key, { tokens: left, atMs: nowMs })
    return { allowed, ...this.#left(left) }
  }

  /** Whether there is a token of `key`, and how many; takes none. */
  peek(key: string, nowMs: number): RateState {
    const filled = this.#filled(key, nowMs)
    return { allowed: filled >= 1, ...this.#left(filled) }
  }

  #filled(key: string, nowMs: number): number {
    const { burst, refillMs } = this.#rule
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    return Math.min(burst, tokens + Math.max(0, nowMs - atMs) / refillMs)
  }

  #left(tokens: number): Omit<RateState, 'allowed'> {
    const retryAfterMs = tokens >= 1 ? 0 : Math.ceil((1 - tokens) * this.#rule.refillMs)
    return { remaining: Math.floor(tokens), retryAfterMs }
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= MAX_BUCKETS) return
    this.#buckets.delete(this.#buckets.keys().next().value as string)
  }
}

/** The refusal of what breaks a rule. */
export const tooOften = ({ name, burst, refillMs }: RateRule, retryAfterMs: number): EtsError =>
  new EtsError('rate_limited', { rule: name, burst, refillMs, retryAfterMs })
