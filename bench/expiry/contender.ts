/** What keeps rows that end: asked over one connection each, the one as the other. */
import type { Load } from './lag.ts'

export interface Contender {
  readonly name: string
  fill(load: Load): Promise<void>
  /** Rows that hold memory. Asking is cheap. */
  held(): Promise<number>
  /** Whether a row is to be seen. */
  has(row: number): Promise<boolean>
  /** Rows written and alarms set so far; `undefined` where that is not counted. */
  cost(): Promise<{ readonly rowsWritten: number; readonly alarmsSet: number } | undefined>
  stop(): Promise<void>
}

/** Rows of one call of filling. */
export const ROWS_OF_A_FILL = 1000

export const keyOf = (row: number): string => `key:${String(row).padStart(8, '0')}`
export const VALUE = 'x'.repeat(80)
