/**
 * Policy: what a realm promises of its sessions, complete. It comes with each operation, so that a change of the
 * configuration holds from the next one on.
 *
 * Source: NIST SP 800-63B-4, section 2: AAL1 should end after 30 days, AAL2 after 24 hours or an idle hour, AAL3
 *         shall end after 12 hours and should after 15 idle minutes. AAL1 knows no idle time; a week is ours.
 */
import type { JournalMode } from '../engine/options.ts'

/** What happens to a login beyond the limit: the oldest session of the user ends, or it is refused. */
export type AtLimit = 'evict_oldest' | 'refuse'

export interface Policy {
  /** A session ends when it was not used for so long. */
  readonly idleMs: number
  /** It ends so long after it began, or after the user last proved who they are. */
  readonly absoluteMs: number
  /** For so long after that it is fresh. */
  readonly freshMs: number
  /** A read moves the idle deadline when it would move it by so much; 0 moves it with each read. */
  readonly touchMs: number
  /** A token is due to be rotated when it is so old; 0 for never. */
  readonly rotateMs: number
  /** A rotated token is still taken for so long, for requests that are under way. */
  readonly graceMs: number
  /** Whether a rotated token that comes after its grace ends the session: one of two has stolen it. */
  readonly detectsReuse: boolean
  /** Sessions of a user at a time. */
  readonly maxPerUser: number
  readonly atLimit: AtLimit
  /** Bytes of the data of a session, as rows are counted. */
  readonly maxDataBytes: number
  /** The token of a session that ended is known for so long, though not beyond the absolute deadline. */
  readonly tombstoneMs: number
  /** Events of a user that are kept. */
  readonly auditEntries: number
  /** How long they are kept. */
  readonly auditMs: number
  readonly journal: JournalMode
}

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export const PRESETS = {
  aal1: { idleMs: 7 * DAY_MS, absoluteMs: 30 * DAY_MS, freshMs: HOUR_MS },
  aal2: { idleMs: HOUR_MS, absoluteMs: 24 * HOUR_MS, freshMs: 15 * MINUTE_MS },
  aal3: { idleMs: 15 * MINUTE_MS, absoluteMs: 12 * HOUR_MS, freshMs: 5 * MINUTE_MS },
} as const satisfies Record<string, Partial<Policy>>

export type Preset = keyof typeof PRESETS

/** The options of a realm that are not deadlines, unless told otherwise. */
export const DEFAULTS = {
  rotateMs: 0,
  graceMs: MINUTE_MS / 2,
  detectsReuse: true,
  maxPerUser: 100,
  atLimit: 'evict_oldest',
  maxDataBytes: 64 * 1024,
  tombstoneMs: 30 * DAY_MS,
  auditEntries: 100,
  auditMs: 90 * DAY_MS,
  journal: 'sync',
} as const satisfies Partial<Policy>

/** The part of the idle time that a read must move the deadline by, to be worth a write. */
export const TOUCH_FRACTION = 0.1
