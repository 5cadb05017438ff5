/** What a table is given besides its options. */
import type { Allowance } from './allowance.ts'
import type { Random } from './random.ts'
import type { SlotTracker } from './slot-tracker.ts'
import type { Removal } from './stats/observer.ts'
import type { Table } from './table.ts'

export interface TableSettings {
  /** What the hashes of keys depend on, so that nobody can choose keys that collide. Default: a constant. */
  readonly hashSeed?: number
  /** Makes a tracker for new contents, where somebody wants to know what changes in them. Default: none. */
  readonly track?: () => SlotTracker | undefined
  /** The tracker of the first contents, where they are not new. */
  readonly tracker?: SlotTracker | undefined
  readonly identity?: string
  /** What a turn may do. Default: no limit. */
  readonly allowance?: Allowance
  /** Default: always the same numbers. */
  readonly random?: Random
  /** Told of rows that went without being asked to, when that has taken effect, where the table is to tell. Default: nobody. */
  readonly removed?: RemovalListener | undefined
  /** Tells the events of this table from those of every other. Default: a constant. */
  readonly life?: string
}

/** Sees a row that expired, was evicted or taken away. It changes nothing. */
export type RemovalListener = (table: Table, removal: Removal) => void
