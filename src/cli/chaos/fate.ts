/** Which effects must, and which may, be seen when a key is read for the last time: the promises of the journals. */
import { isAcknowledged, lastLife, lifeAt, type Outage, type Recorded } from './history.ts'

/** What an `async` table may lose: what was acknowledged this shortly before the service went away. */
export const WINDOW_MS = 1000
/** How late a timer and an answer may be on a busy machine. */
export const SLACK_MS = 500

export interface Fate {
  /** It was acknowledged, and its effect is promised to be there still. */
  mustHold(recorded: Recorded): boolean
  /** Its effect may be there: it was sent, and nothing says that the effect is gone. */
  mayHold(recorded: Recorded): boolean
}

/** `seenMs` is when the last read was sent. */
export function fateAt(seenMs: number, outages: readonly Outage[]): Fate {
  const lifeNow = lifeAt(seenMs, outages)
  return {
    mustHold(recorded) {
      if (!isAcknowledged(recorded)) return false
      const life = lastLife(recorded, outages)
      switch (recorded.target.journal) {
        case 'sync':
          return true
        case 'async': {
          const end = life < lifeNow ? outages[life] : undefined
          return end === undefined || recorded.returnedMs < end.beganMs - WINDOW_MS - SLACK_MS
        }
        case 'none':
          return life === lifeNow
      }
    },
    mayHold: (recorded) => recorded.target.journal !== 'none' || lastLife(recorded, outages) === lifeNow,
  }
}
