/**
 * Pace: how long the rounds of a lane take, and so how long a call would wait that joins it.
 *
 * A round takes about as long with many calls as with few, so rounds are what is counted. Nobody is judged by it who
 * goes with the next round: what is known of an owner may be old.
 */

/** Of the last round, against those before: a stall is noticed in one, and forgotten in a few. */
const WEIGHT = 0.3
/** A call waits no longer than people do before they ask again, and is refused at once instead. */
const MAX_WAIT_MS = 1_000

export class Pace {
  #roundMs = 0

  /** Notes how long a round took. */
  note(tookMs: number): void {
    this.#roundMs += WEIGHT * (tookMs - this.#roundMs)
  }

  /**
   * How long a call would wait that `before` others of its table precede, where a round takes `share` of them.
   *
   * Shape:  0 for one that may wait: it goes with the next round, or within a second and its own time, `leftMs`.
   */
  tooLongMs(before: number, share: number, leftMs: number): number {
    const rounds = Math.floor(before / share) + 1
    // Behind the one that is under way.
    const waitMs = (rounds + 1) * this.#roundMs
    return rounds > 1 && waitMs > Math.min(MAX_WAIT_MS, leftMs) ? waitMs : 0
  }
}
