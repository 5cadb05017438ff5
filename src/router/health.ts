/**
 * Health: what the router remembers of an owner for a moment, so that one that does not serve is refused at once
 * instead of waited for.
 *
 * An owner that says that it is overloaded or in quarantine is left alone for a moment. One that fails several times
 * in a row is, too; then one call is let through, and what becomes of it decides.
 *
 * Source: Nygard, "Release It!", 2007: the circuit breaker.
 */
import { type ErrorDetails, EtsError } from '../engine/error.ts'

/** Failures in a row that are no accident. */
const MAX_FAILURES = 5
/** How long an owner is left alone: a start takes less, and nobody is told of a quarantine that is over for longer. */
const REST_MS = 500
/** An owner that has not answered for so long does not serve, whatever time the caller had. */
const SILENT_MS = 1_000
/** As long as the owner wishes, but no longer: it may have been lifted, or have caught up. */
const MAX_REST_MS = 1_000

type Resting = 'overloaded' | 'restarting' | 'quarantined'

export class Health {
  #failures = 0
  #restingUntilMs = 0
  #because: EtsError | undefined
  /** A call that decides is on its way until then at the latest. */
  #probingUntilMs = 0

  /** Lets a call go, or refuses it. Errors: what the owner was found to be. */
  admit(nowMs: number): void {
    if (this.#because === undefined) return
    if (nowMs < this.#restingUntilMs) throw this.#refusal(this.#restingUntilMs - nowMs)
    if (nowMs < this.#probingUntilMs) throw this.#refusal(REST_MS)
    this.#probingUntilMs = nowMs + MAX_REST_MS
  }

  /** Notes that the owner answered. */
  served(): void {
    if (this.#failures === 0 && this.#because === undefined) return
    this.reset()
  }

  /** Notes what a call came to that was refused after `tookMs`, by the owner or by the way to it. */
  failed(error: unknown, nowMs: number, tookMs: number): void {
    if (!(error instanceof EtsError)) return
    if (error.code === 'overloaded' || error.code === 'quarantined') {
      const { retryAfterMs } = error.details as ErrorDetails['overloaded']
      this.#rest(error, nowMs, Math.min(retryAfterMs, MAX_REST_MS))
    } else if (error.code === 'restarting' || (error.code === 'deadline_exceeded' && tookMs >= SILENT_MS)) {
      if (++this.#failures < MAX_FAILURES && this.#because === undefined) return
      this.#rest(new EtsError('restarting', { retryAfterMs: REST_MS }), nowMs, REST_MS)
    } else {
      // It answered, if only to refuse.
      this.served()
    }
  }

  /** Forgets everything. */
  reset(): void {
    this.#failures = 0
    this.#because = undefined
    this.#probingUntilMs = 0
  }

  #rest(because: EtsError, nowMs: number, restMs: number): void {
    this.#because = because
    this.#restingUntilMs = nowMs + restMs
    this.#probingUntilMs = 0
  }

  #refusal(retryAfterMs: number): EtsError {
    const { code, details } = this.#because as EtsError<Resting>
    return new EtsError(code, { ...details, retryAfterMs } as ErrorDetails[Resting])
  }
}
