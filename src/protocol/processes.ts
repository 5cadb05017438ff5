/** What is told of processes: their starts, what the last start found, and whether they are held back. */

/** What a recovery found; see `journal/recover`. */
export interface RecoverySummary {
  readonly rows: number
  readonly changes: number
  readonly durationMs: number
  /** Records that could not be read and were set aside, in words. */
  readonly setAside: readonly string[]
}

export interface ProcessEntry {
  readonly process: string
  readonly incarnation: number
  readonly startedAtMs: number
  /** Starts within the last minute, this one among them. */
  readonly recentStarts: number
  /** The process is held back until then; `null` when it is not. */
  readonly quarantinedUntilMs: number | null
  readonly recovery: RecoverySummary | null
  /** Why the last start failed, or why an incarnation ended itself; `null` when none did. */
  readonly lastError: string | null
}
