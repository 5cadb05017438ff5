/** Metrics: what processes say of themselves in numbers, and how many of them could be asked. */

export interface TableMetrics {
  readonly table: string
  readonly rows: number
  readonly bytes: number
}

export interface ProcessMetrics {
  readonly process: string
  readonly tenant: string
  readonly incarnation: number
  readonly startedAtMs: number
  /** Changes since the process was made; goes on across starts. */
  readonly seq: number
  /** Since the start: calls, their operations, and refused calls by code. */
  readonly calls: number
  readonly operations: number
  readonly refused: Readonly<Record<string, number>>
  readonly tables: number
  readonly rows: number
  readonly bytes: number
  /** The tables that take most memory, {@link MAX_TABLES_MEASURED} of them at most. */
  readonly largest: readonly TableMetrics[]
}

/** Tables of a process that have numbers of their own: labels cost whoever keeps the metrics, for ever. */
export const MAX_TABLES_MEASURED = 10

export interface Scrape {
  /** Processes that were asked. There may be more: see `isComplete`. */
  readonly asked: number
  readonly processes: readonly ProcessMetrics[]
  /** Every process there is was asked, and has answered. */
  readonly isComplete: boolean
}

export interface Metrics {
  /** Asks the processes whose names match a pattern. Each that sleeps is woken by it. */
  scrape(pattern: string): Promise<Scrape>
}
