/**
 * The log: one line of JSON a request, and one for what happens in the life of a process.
 *
 * A line has the members that are written down here and no others, and none of them can be a key of a row, a value or
 * a credential. Tables are told apart by a keyed hash of their name, unless names are asked for.
 *
 * Cost: a line that is not written costs a comparison.
 */
import { DEFAULT_LEVEL, LEVELS, type Level } from '../protocol/log-level.ts'
import { scrub } from './redacted.ts'

/** Longer than any message of ours; somebody else's error may go on for ever. */
const MAX_MESSAGE_LENGTH = 500

export interface RequestLine {
  readonly event: 'request'
  /** The request id that the answer has, too. */
  readonly request: string
  readonly method: string
  /** The pattern of the path, never the path itself. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
  readonly code?: string
  readonly table?: string
  readonly tenant?: string
  readonly key?: string
  readonly incarnation?: number
  /** How many requests shared one call of the owner: all but one of those calls were saved. */
  readonly together?: number
}

export interface FaultLine {
  readonly event: 'fault'
  readonly request: string
  readonly name: string
  readonly message: string
}

/** What happens to a process; `process` is its name. */
export type ProcessLine = { readonly process: string; readonly tenant?: string } & (
  | {
      readonly event: 'start'
      readonly incarnation: number
      readonly rows: number
      readonly durationMs: number
      /** Records that could not be read. */
      readonly setAside: number
    }
  | { readonly event: 'unreadable'; readonly message: string }
  | { readonly event: 'crash'; readonly message: string }
  | { readonly event: 'failed_call'; readonly name: string; readonly message: string }
  | { readonly event: 'quarantine'; readonly untilMs: number }
  | { readonly event: 'alarm_late'; readonly lagMs: number }
)

export type Line = RequestLine | FaultLine | ProcessLine

export class Log {
  readonly #least: number
  readonly #write: (line: string) => void

  constructor(level: Level = DEFAULT_LEVEL, write: (line: string) => void = console.log) {
    this.#least = LEVELS.indexOf(level)
    this.#write = write
  }

  /** Whether lines of that level are written. */
  shows(level: Level): boolean {
    return LEVELS.indexOf(level) >= this.#least
  }

  line(level: Exclude<Level, 'off'>, line: Line): void {
    if (!this.shows(level)) return
    const short = 'message' in line ? { ...line, message: line.message.slice(0, MAX_MESSAGE_LENGTH) } : line
    this.#write(scrub(JSON.stringify({ atMs: Date.now(), level, ...short })))
  }
}

/** Where nobody listens. */
export const SILENT = new Log('off')
