/**
 * Restart intensity: a process that starts too often is held back for a while, and longer each time.
 *
 * The platform discards an idle process after ten seconds, so one that is called now and then starts up to six
 * times a minute in good health. More than {@link MAX_STARTS} in a minute are crashes.
 *
 * Source: OTP supervisors, "Tuning the Maximum Restart Intensity"; the growing delay is ours.
 */

const MAX_STARTS = 10
const PERIOD_MS = 60_000

const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 5 * 60_000

/** What a process remembers of its starts. */
export interface StartHistory {
  /** The moments of the last starts, the oldest first. */
  readonly startsMs: readonly number[]
  /** How many times in a row it was held back. */
  readonly delays: number
  /** It is held back until then. */
  readonly quarantinedUntilMs: number
}

export const NO_STARTS: StartHistory = { startsMs: [], delays: 0, quarantinedUntilMs: 0 }

/** The history with one more start at `nowMs`. A start while held back counts for nothing. */
export function afterStart(history: StartHistory, nowMs: number): StartHistory {
  if (nowMs < history.quarantinedUntilMs) return history
  const recent = history.startsMs.filter((startMs) => startMs > nowMs - PERIOD_MS)
  const startsMs = [...recent, nowMs]
  if (startsMs.length <= MAX_STARTS) {
    const isCalm = nowMs - history.quarantinedUntilMs > 2 * PERIOD_MS
    return { startsMs, delays: isCalm ? 0 : history.delays, quarantinedUntilMs: history.quarantinedUntilMs }
  }
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** history.delays, LONGEST_DELAY_MS)
  return { startsMs: [], delays: history.delays + 1, quarantinedUntilMs: nowMs + delayMs }
}

/** How many of the starts were within the last minute. */
export const recentStarts = ({ startsMs }: StartHistory, nowMs: number): number =>
  startsMs.filter((startMs) => startMs > nowMs - PERIOD_MS).length
