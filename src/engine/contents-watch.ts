/** Who looks at the rows of a table one by one, and who is told of those that a sweep gives back. */
import type { Row } from './row.ts'
import type { EpochMs } from './time.ts'

/** Sees one row and its slot. Answers whether to go on. It may not change the table. */
export type VisitRow = (slot: number, row: Row) => boolean

/** Told what a sweep does, before it does it. */
export interface SweepWatcher {
  reclaims(slot: number, cause: 'expired' | 'invalidated', nowMs: EpochMs): void
  /** What a journal has at a place says nothing any more. */
  forgets(place: number): void
}
