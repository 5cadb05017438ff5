/**
 * Deadlines of a session: the idle one, which use moves, and the absolute one, which only a proof of identity does.
 *
 * The row of a session ends at whichever comes first, so every verb sees the same truth. Moving the deadline writes a
 * row, so a read moves it only when that is worth it: a session may end by so much before its idle time has passed
 * since the last read, and never after.
 */
import type { EpochMs } from '../engine/time.ts'
import type { Policy } from './policy.ts'
import type { Session } from './tables.ts'

/** Until when a session lives that is used now. */
export const deadlineOf = ({ endsAtMs }: Session, { idleMs }: Policy, nowMs: EpochMs): number =>
  Math.min(nowMs + idleMs, endsAtMs)

/** Whether a read is to move the deadline from where it is: far enough, or back as the policy has changed. */
export const isWorthMoving = (fromMs: number, toMs: number, { touchMs }: Policy): boolean =>
  toMs < fromMs || toMs - fromMs > touchMs || (touchMs === 0 && toMs !== fromMs)

export const isFresh = ({ authenticatedAtMs }: Session, { freshMs }: Policy, nowMs: EpochMs): boolean =>
  authenticatedAtMs !== null && nowMs - authenticatedAtMs < freshMs

export const isRotationDue = ({ rotatedAtMs }: Session, { rotateMs }: Policy, nowMs: EpochMs): boolean =>
  rotateMs > 0 && nowMs - rotatedAtMs >= rotateMs
