/**
 * Linearizability: is there one order of the operations of a history, each at some moment between its call
 * and its return, in which a sequential object gives the same answers?
 *
 * Operations without a return may take effect at any moment after their call, or never.
 *
 * Cost:   exponential in the number of operations that overlap, at worst; bounded by `maxStates`, beyond
 *         which the verdict is `undecided`. The depth of the search is the length of the history.
 * Source: Wing & Gong, "Testing and Verifying Concurrent Objects", 1993; that no pair of operations done and
 *         state is entered twice is from Lowe, "Testing for linearizability", 2016.
 */

/** A sequential object. States and outputs are JSON values and never changed in place. */
export interface Model<S, A, O> {
  readonly initial: S
  apply(state: S, action: A): { readonly state: S; readonly output: O }
}

export interface Interval<A, O> {
  readonly action: A
  /** `undefined`: whatever it was, it is not looked at. */
  readonly output: O | undefined
  readonly calledMs: number
  /** `Infinity` when it is not known whether it took effect. */
  readonly returnedMs: number
}

export type Verdict = 'linearizable' | 'violation' | 'undecided'

/** Some seconds of work at most. Histories of drills need a few hundred. */
export const MAX_STATES = 200_000

export function checkLinearizable<S, A, O>(
  model: Model<S, A, O>,
  history: readonly Interval<A, O>[],
  maxStates = MAX_STATES,
): Verdict {
  return new Search(model, history, maxStates).run()
}

class Search<S, A, O> {
  readonly #model: Model<S, A, O>
  /** In the order of their calls. */
  readonly #returned: readonly Interval<A, O>[]
  readonly #pending: readonly Interval<A, O>[]
  /** For each pending one the nearest earlier one with the same action, which is always taken first; or -1. */
  readonly #twin: readonly number[]
  readonly #expected: readonly (string | undefined)[]
  readonly #isDone: boolean[]
  readonly #isTaken: boolean[]
  readonly #failed = new Set<string>()
  #statesLeft: number

  constructor(model: Model<S, A, O>, history: readonly Interval<A, O>[], maxStates: number) {
    this.#model = model
    const sorted = [...history].sort((a, b) => a.calledMs - b.calledMs)
    this.#returned = sorted.filter(({ returnedMs }) => returnedMs !== Infinity)
    this.#pending = sorted.filter(({ returnedMs }) => returnedMs === Infinity)
    const actions = this.#pending.map(({ action }) => JSON.stringify(action))
    this.#twin = actions.map((action, i) => actions.slice(0, i).lastIndexOf(action))
    this.#expected = this.#returned.map(({ output }) =>
      output === undefined ? undefined : JSON.stringify(output),
    )
    this.#isDone = this.#returned.map(() => false)
    this.#isTaken = this.#pending.map(() => false)
    this.#statesLeft = maxStates
  }

  run(): Verdict {
    if (this.#extend(0, this.#model.initial)) return 'linearizable'
    return this.#statesLeft < 0 ? 'undecided' : 'violation'
  }

  /** Whether what is not done yet can follow `state`. `first` is the first operation that is not done. */
  #extend(first: number, state: S): boolean {
    while (this.#isDone[first]) first += 1
    if (first === this.#returned.length) return true
    const situation = this.#situation(first, state)
    if (this.#failed.has(situation)) return false
    if (--this.#statesLeft < 0) return false
    const latestCallMs = this.#earliestReturnMs(first)
    if (this.#extendByReturned(first, state, latestCallMs)) return true
    if (this.#extendByPending(first, state, latestCallMs)) return true
    this.#failed.add(situation)
    return false
  }

  #extendByReturned(first: number, state: S, latestCallMs: number): boolean {
    for (let i = first; i < this.#returned.length; i++) {
      const { action, calledMs } = this.#returned[i] as Interval<A, O>
      if (calledMs > latestCallMs) return false
      if (this.#isDone[i]) continue
      const next = this.#model.apply(state, action)
      const expected = this.#expected[i]
      if (expected !== undefined && expected !== JSON.stringify(next.output)) continue
      this.#isDone[i] = true
      if (this.#extend(first, next.state)) return true
      this.#isDone[i] = false
    }
    return false
  }

  /** Tried last: most of them have nothing to explain. */
  #extendByPending(first: number, state: S, latestCallMs: number): boolean {
    for (let i = 0; i < this.#pending.length; i++) {
      const { action, calledMs } = this.#pending[i] as Interval<A, O>
      if (calledMs > latestCallMs) return false
      const twin = this.#twin[i] as number
      if (this.#isTaken[i] || (twin !== -1 && !this.#isTaken[twin])) continue
      this.#isTaken[i] = true
      if (this.#extend(first, this.#model.apply(state, action).state)) return true
      this.#isTaken[i] = false
    }
    return false
  }

  /** Whoever is called after this moment cannot be next: another one had returned before. */
  #earliestReturnMs(first: number): number {
    let earliestMs = Infinity
    for (let i = first; i < this.#returned.length; i++) {
      const { calledMs, returnedMs } = this.#returned[i] as Interval<A, O>
      if (calledMs > earliestMs) break
      if (!this.#isDone[i]) earliestMs = Math.min(earliestMs, returnedMs)
    }
    return earliestMs
  }

  /** What is done and the state that it led to: all that the rest of the search depends on. */
  #situation(first: number, state: S): string {
    const done = this.#isDone.lastIndexOf(true)
    let marks = `${first}`
    for (let i = first + 1; i <= done; i++) marks += this.#isDone[i] ? '+' : '-'
    marks += ':'
    for (const isTaken of this.#isTaken) marks += isTaken ? '+' : '-'
    return `${marks}:${JSON.stringify(state)}`
  }
}
