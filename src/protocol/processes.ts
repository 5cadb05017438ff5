/** What is told of processes: their starts, what the last start found, and whether they are held back. */

/** What a recovery found; see `journal/recover`. */
export interface RecoverySummary {
  readonly rows: number
  readonly changes: number
  readonly durationMs: number
  /** Records that could not be read and were set aside, in words. */
  readonly setAside: readonly string[]
  /** Of which tables the start before may have taken something that was acknowledged; at most 100 of them. */
  readonly mayHaveLost: readonly PossibleLoss[]
}

/** `everything` of a table without a journal; else what was written in so many milliseconds before the end. */
export interface PossibleLoss {
  readonly table: string
  readonly lost: 'everything' | { readonly lastMs: number }
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

/** Long enough to be seen, and shorter than callers wait. */
export const DELAY_OF_APPEND_MS = 1_000

/** Where a fault can be made to happen, once, in a drill. */
export const FAULTS = [
  /** The process ends before a group of turns is written. */
  'before_append',
  /** The process ends when a group is written and its callers have not been answered. */
  'before_reply',
  /** The process ends in the middle of a checkpoint. */
  'checkpoint',
  /** The storage refuses a group of turns. */
  'refuse_append',
  /** The next start ends before it has rebuilt anything. */
  'rebuild',
  /** The disk takes {@link DELAY_OF_APPEND_MS} for a group of turns. */
  'delay_append',
  /** The process ends when its alarm rings. */
  'alarm',
  /** The alarm rings twice at once. */
  'repeat_alarm',
  /** The newest log record is damaged, and the process ends. */
  'damage',
] as const
export type Fault = (typeof FAULTS)[number]

/** A moment, or a span from what the clock says. */
export type ClockChange = { readonly nowMs: number } | { readonly advanceMs: number }

/** Processes as people and tools look at them. */
export interface Processes {
  /** The processes by name, a page, those after `after`. */
  list(after?: string): Promise<readonly ProcessEntry[]>
  /** Errors: `no_such_process` when none of that name ever started. */
  find(process: string): Promise<ProcessEntry>
  /** Lets a process that is held back start again at once. Errors: `no_such_process`. */
  lift(process: string): Promise<void>
  /**
   * Sets the clock of a process, or with `null` gives it that of the machine again; answers what it says then.
   *
   * Errors: `forbidden` unless that is switched on; `no_such_process`.
   */
  setClock(process: string, change: ClockChange | null): Promise<number>
  /** Makes a fault happen. Errors: `forbidden` unless faults are switched on; `no_such_process`. */
  inject(process: string, fault: Fault): Promise<void>
}
