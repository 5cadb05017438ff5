/**
 * Waiters: calls that wait for somebody else's load, parked outside of turns.
 *
 * Whoever runs turns has one of these. A call that is told `loading` is parked under its key, and run again when
 * something was written under it, when the lease it waits for ends, or when its own time is over.
 *
 * Cost:   O(1) to park; a write wakes those under the keys that it names, else all of its table.
 * Limits: {@link MAX_WAITERS}; one more is told `loading` at once.
 */
import type { Operation } from '../engine/database.ts'
import { canonicalText } from '../engine/key.ts'
import type { Term, TermObject } from '../engine/term.ts'
import { type EpochMs, NEVER } from '../engine/time.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import { type Reach, reachOf } from './fence.ts'
import { MAX_WAITERS } from './limits.ts'
import type { LoadOptions } from './loading.ts'

export interface WaitersParts {
  readonly clock: () => EpochMs
  /** Does something later, unless the function that it gives is called before. */
  readonly later: (work: () => void, delayMs: number) => () => void
  readonly verbOf: (operation: Operation) => Verb
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
   * `turn` runs the call once. Who has `timeoutMs` in all is told in time who loads.
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
      const lease = loadingMs(answer.values[0])
      const ms = Math.min(lease ?? 0, untilMs - this.#parts.clock())
      if (lease === undefined || ms <= 0 || this.#size >= MAX_WAITERS) return answer
      if (wakes === this.#wakes) await this.#park(operation, ms)
    }
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

  #park({ table, args: [key] }: Operation, ms: number): Promise<void> {
    const places = this.#places.get(table) ?? new Map<string, Place>()
    this.#places.set(table, places)
    const text = canonicalText(key as Term)
    const place: Place = places.get(text) ?? { key: key as Term, wake: new Set() }
    places.set(text, place)
    this.#size++
    return new Promise((resume) => {
      const wake = (): void => {
        if (!place.wake.delete(wake)) return
        cancel()
        this.#size--
        if (place.wake.size === 0 && places.get(text) === place) places.delete(text)
        if (places.size === 0 && this.#places.get(table) === places) this.#places.delete(table)
        resume()
      }
      const cancel = this.#parts.later(wake, ms)
      place.wake.add(wake)
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

/** Whether a call may have to wait: a load alone, with time to wait. */
export const mayWait = (operations: readonly Operation[]): boolean =>
  operations.length === 1 && operations[0]?.op === LOAD && waitMsOf(operations[0]) > 0

const waitMsOf = ({ args: [, options] }: Operation): number =>
  (options as LoadOptions | undefined)?.waitMs ?? 0

/** How long somebody else may go on loading, where that is the answer. */
function loadingMs(value: Term | undefined): number | undefined {
  const answer = value as TermObject
  return answer.loading === true ? (answer.retryAfterMs as number) : undefined
}
