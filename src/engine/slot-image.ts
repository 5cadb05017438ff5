/** A row with everything that is kept beside it: what is journaled, put back and exported. */
import type { Row } from './row.ts'
import type { Timing } from './store/slots.ts'

/** What besides row and deadline is given with a row that is written. */
export interface Marks {
  /** It is not evicted. */
  readonly isPinned: boolean
  /** Each once, in the order of their characters. */
  readonly tags: readonly string[]
  /** Since when it is stale: of rows that are copied. */
  readonly staleSinceMs?: number | undefined
}

export const UNMARKED: Marks = { isPinned: false, tags: [] }

export interface SlotImage extends Marks {
  readonly row: Row
  readonly version: number
  /** Orders the rows of a key of a bag; 0 where nobody asked for it. */
  readonly born: number
  readonly timing: Timing
}
