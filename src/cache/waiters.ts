/**
 * Waiters: calls that wait for somebody else's load, or for events of a table, parked outside of turns.
 *
 * Whoever runs turns has one of these. A call that is told `loading` is parked under its key, and run again when
 * something was written under it, when the lease it waits for ends, or when its own time is over. One that asks for
 * events while there are none is run again when there are.
 *
 * Cost:   O(1) to park; a write wakes those under the keys that it names, else all of its table.
 * Limits: {@link MAX_WAITERS}; one more is answered at once.
 */
import type { Operation } from '../engine/database.ts'
import { canonicalText } from '../engine/key.ts'
import type { Term, TermObject } from '../engine/term.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import type { EventsOptions } from '../engine/verbs/info.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import { type Reach, reachOf } from './fence.ts'
import { MAX_WAITERS } from './limits.ts'
import type { LoadOptions } from './loading.ts'

export interface WaitersParts {
  readonly clock: () => EpochMs
  /** Does something later, unless the function that it gives is called before. */
  readonly later: (work: () => void, delayMs: number) => () => void
  readonly verbOf: (operation: Operation) => Verb
  /** How often a call looks for events where nobody tells of them. Default: never. */
  readonly lookEveryMs?: number
}

/** What an answer needs of the caller's time to get back. */
const REPLY_MS = 100

/** Some milliseconds of turns. */
const WOKEN_PER_STEP = 500

/** Callers that are parked under one key. */
interface Place {
  readonly key: Term
  readonly wake: Set<() => void>
}

export class Waiters {
  readonly #parts: WaitersParts
  readonly #places = new Map<string, Map<string, Place>>()
  /** Who waits for events, by table. */
  readonly #readers = new Map<string, Set<() => void>>()
  #size = 0
  /** How many times somebody may have been woken: a call that was not parked yet has to look again. */
  #wakes = 0

  constructor(parts: WaitersParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#size
  }

  /**
   * Runs a call that may wait, again and again until it need not wait or its time is over.
   *
   * `turn` runs the call once. Who has `timeoutMs` in all is told in time who loads, or that there are no events.
   */
  async run<Answer extends { readonly values: readonly Term[] }>(
    operation: Operation,
    timeoutMs: number | undefined,
    turn: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const waitMs = Math.min(waitMsOf(operation), (timeoutMs ?? NEVER) - REPLY_MS)
    const untilMs = this.#parts.clock() + waitMs
    for (;;) {
      const wakes = this.#wakes
      const answer = await turn()
      const pendingMs = this.#pendingMs(operation, answer.values[0])
      const ms = Math.min(pendingMs, untilMs - this.#parts.clock())
      if (ms <= 0 || this.#size >= MAX_WAITERS) return answer
      if (wakes === this.#wakes) await this.#park(operation, ms)
    }
  }

  /** How long an answer may be put off: for as long as somebody else may go on loading, or nothing happens. */
  #pendingMs({ op }: Operation, value: Term | undefined): number {
    const { loading, retryAfterMs, events, missed } = value as TermObject
    if (op === LOAD) return loading === true ? (retryAfterMs as number) : 0
    const isQuiet = (events as readonly Term[]).length === 0 && missed === false
    return isQuiet ? (this.#parts.lookEveryMs ?? NEVER) : 0
  }

  /** Wakes who waits for events of such tables. */
  wakeReaders(ofTable: (table: string) => boolean): void {
    this.#wakes++
    for (const [table, readers] of this.#readers) if (ofTable(table)) this.#wakeInSteps([...readers])
  }

  /** Wakes who waits for what these operations may have written. To be called after each turn. */
  wake(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const verb = this.#parts.verbOf(operation)
      // Asking for a lease brings nothing that anybody waits for.
      if (verb.mode === 'read' || operation.op === LOAD) continue
      this.#wakes++
      const places = this.#size === 0 ? undefined : this.#places.get(operation.table)
      if (places !== undefined) this.#wakeInSteps(waitersWithin(places, reachOf(verb, operation.args)))
    }
  }

  /** Each who is woken has a turn: too many at once would keep others from theirs. */
  #wakeInSteps(waiting: readonly (() => void)[], from = 0): void {
    const to = from + WOKEN_PER_STEP
    for (const wake of waiting.slice(from, to)) wake()
    if (to < waiting.length) this.#parts.later(() => this.#wakeInSteps(waiting, to), 0)
  }

  #park({ op, table, args: [key] }: Operation, ms: number): Promise<void> {
    return op === LOAD ? this.#parkUnder(table, key as Term, ms) : this.#parkReader(table, ms)
  }

  #parkUnder(table: string, key: Term, ms: number): Promise<void> {
    const places = this.#places.get(table) ?? new Map<string, Place>()
    this.#places.set(table, places)
    const text = canonicalText(key)
    const place: Place = places.get(text) ?? { key, wake: new Set() }
    places.set(text, place)
    return this.#parkIn(place.wake, ms, () => {
      if (place.wake.size === 0 && places.get(text) === place) places.delete(text)
      if (places.size === 0 && this.#places.get(table) === places) this.#places.delete(table)
    })
  }

  #parkReader(table: string, ms: number): Promise<void> {
    const readers = this.#readers.get(table) ?? new Set<() => void>()
    this.#readers.set(table, readers)
    return this.#parkIn(readers, ms, () => {
      if (readers.size === 0 && this.#readers.get(table) === readers) this.#readers.delete(table)
    })
  }

  /** Resolves when the function that it puts among `waiting` is called, or after `ms`; it has `left` then. */
  #parkIn(waiting: Set<() => void>, ms: number, left: () => void): Promise<void> {
    this.#size++
    return new Promise((resume) => {
      const wake = (): void => {
        if (!waiting.delete(wake)) return
        cancel()
        this.#size--
        left()
        resume()
      }
      const cancel = ms === NEVER ? () => {} : this.#parts.later(wake, ms)
      waiting.add(wake)
    })
  }
}

/** Those who wait under keys within reach, each once. */
function waitersWithin(places: ReadonlyMap<string, Place>, reach: Reach): (() => void)[] {
  if (typeof reach !== 'function')
    return reach.flatMap((key) => [...(places.get(canonicalText(key))?.wake ?? [])])
  return [...places.values()].flatMap(({ key, wake }) => (reach(key) ? [...wake] : []))
}

const LOAD = 'cache_load'
const EVENTS = 'events'

/** Whether a call may have to wait: a load, or a question for events, alone and with time to wait. */
export const mayWait = (operations: readonly Operation[]): boolean =>
  operations.length === 1 && waitMsOf(operations[0] as Operation) > 0

function waitMsOf({ op, args }: Operation): number {
  if (op !== LOAD && op !== EVENTS) return 0
  const options = args[op === LOAD ? 1 : 0] as LoadOptions | EventsOptions | undefined
  return options?.waitMs ?? 0
}
