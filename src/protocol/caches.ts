/** Caches as a whole: which there are, and how each of them does. */

export interface CacheSummary {
  readonly cache: string
  readonly size: number
  readonly bytes: number
  readonly hits: number
  readonly misses: number
  /** `null` where nothing was asked for yet. */
  readonly hitRatio: number | null
}

/** The caches of some processes. */
export interface CachePage {
  /** By process and name. */
  readonly caches: readonly CacheSummary[]
  /** The last process that was asked, to go on behind; `null` when it is the last there is. */
  readonly after: string | null
  /** Processes that have not answered: they are held back, or are slow. */
  readonly unanswered: readonly string[]
}

/** Processes of a page: each is a call, and one that sleeps is woken by it. */
export const MAX_PROCESSES_LISTED = 20

export interface Caches {
  /**
   * The caches that count statistics, as all do that were not told otherwise; a page of them, those of the processes
   * behind `after`. A page may be empty though there are more.
   */
  list(after?: string): Promise<CachePage>
}
