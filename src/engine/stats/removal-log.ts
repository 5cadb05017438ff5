/**
 * Removal log: the last rows of a table that expired, were evicted or taken away, for whoever asks what went.
 *
 * Each event has a number, and a reader names the last that it was told. What is older than the log keeps is gone, and so is
 * the log with its process: a reader that may have missed something is told so.
 *
 * Cost:   O(1) an event, without its value.
 * Limits: {@link MAX_EVENTS} and {@link MAX_BYTES} of their keys; the oldest go first.
 */
import { badarg } from '../error.ts'
import { rowBytes } from '../row.ts'
import type { Removal } from './observer.ts'

/** A second of a table whose rows end all the time, or what a caller can read in some ten calls. */
export const MAX_EVENTS = 10_000
/** A hundred bytes an event; long keys leave room for fewer. */
const MAX_BYTES = 1024 * 1024

export interface RemovalPage {
  /** In the order in which the rows went. */
  readonly events: readonly Removal[]
  /** Names the last event that was told. */
  readonly cursor: string
  /** Whether there were others in between that are not known any more. */
  readonly missed: boolean
}

export class RemovalLog {
  /** Tells this log from every other: what was told by another one says nothing of this. */
  readonly #life: string
  readonly #ring: (Removal | undefined)[] = []
  /** The numbers of the next event and of the first that is kept, from 0. */
  #next = 0
  #first = 0
  #bytes = 0

  constructor(life: string) {
    this.#life = life
  }

  add(removal: Removal): void {
    this.#bytes += bytesOf(removal)
    while (this.#next - this.#first === MAX_EVENTS || (this.#bytes > MAX_BYTES && this.#first < this.#next))
      this.#forget()
    this.#ring[this.#next++ % MAX_EVENTS] = removal
  }

  /**
   * At most `limit` events behind the one that a cursor names, all that are kept without one.
   *
   * Errors: `badarg`/`cursor` for what no log gave.
   */
  after(cursor: string | undefined, limit: number): RemovalPage {
    const [life, told] = cursor === undefined ? [this.#life, this.#first] : this.#parse(cursor)
    const isOfThis = life === this.#life
    const from = isOfThis ? Math.max(told, this.#first) : this.#first
    const end = Math.min(from + limit, this.#next)
    const events: Removal[] = []
    for (let n = from; n < end; n++) events.push(this.#ring[n % MAX_EVENTS] as Removal)
    return { events, cursor: `${this.#life}.${end}`, missed: !isOfThis || told < this.#first }
  }

  #parse(cursor: string): readonly [life: string, told: number] {
    const [, life = '', digits = ''] = /^(.+)\.(\d{1,15})$/.exec(cursor) ?? []
    const told = Number(digits)
    if (life === '' || (life === this.#life && told > this.#next))
      throw badarg('cursor', 'no answer of this table had such a cursor')
    return [life, told]
  }

  #forget(): void {
    const place = this.#first++ % MAX_EVENTS
    this.#bytes -= bytesOf(this.#ring[place] as Removal)
    this.#ring[place] = undefined
  }
}

/** The cursor of an answer as it would be without the last `events` of it. */
export function cursorBefore(cursor: string, events: number): string {
  if (events === 0) return cursor
  const dot = cursor.lastIndexOf('.')
  return `${cursor.slice(0, dot)}.${Number(cursor.slice(dot + 1)) - events}`
}

/** Numbers and words of an event take about as much as a short key. */
const bytesOf = ({ key, tag = '' }: Removal): number => rowBytes([key]) + tag.length
