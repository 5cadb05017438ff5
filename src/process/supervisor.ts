/**
 * Supervisor: the directory of processes. One object, told by each process of its starts; no call goes
 * through it, so it can be away without anybody noticing.
 *
 * Cost:   one row written a start of a process.
 * Limits: a listing is a page of at most {@link MAX_LISTED}.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ProcessEntry } from '../protocol/processes.ts'

/** The name of the one supervisor. */
export const SUPERVISOR = 'supervisor'

/** Entries of one page: some ten kilobytes. */
const MAX_LISTED = 100

const keyOf = (process: string): string => `process:${process}`

export class Supervisor extends DurableObject {
  /** Takes what a process says of itself, in the place of what it said before. */
  report(entry: ProcessEntry): void {
    this.ctx.storage.kv.put(keyOf(entry.process), entry)
  }

  /** What is known of a process, or `null`. */
  find(process: string): ProcessEntry | null {
    return this.ctx.storage.kv.get<ProcessEntry>(keyOf(process)) ?? null
  }

  /** The processes by name, those after `after` where it is given. */
  list(after: string | null): ProcessEntry[] {
    const start = after === null ? {} : { startAfter: keyOf(after) }
    return Array.from(
      this.ctx.storage.kv.list<ProcessEntry>({ prefix: 'process:', limit: MAX_LISTED, ...start }),
      ([, entry]) => entry,
    )
  }
}
