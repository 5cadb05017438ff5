/**
 * Lane: the way from one isolate to one owner. Calls that wait travel together.
 *
 * A call that finds the lane empty goes at once, by itself. One that comes while another is on its way waits, and the
 * first that does leads: it sends what waits, again and again, until nothing does. The more come, the more travel
 * together. Who was just answered together is likely to come again together: after several the leader waits for as many,
 * two milliseconds at most. Without that every such round began with calls by themselves (bench/router).
 *
 * Requests of an isolate may not wait for each other's promises: the runtime drops or cancels one that does. Each
 * waits for a promise of its own, with a timer of its own pending, and the leader, kept alive for that in the
 * background, settles it. No leader leads for long, and one that was cut off is missed: then another one that waits
 * leads on.
 *
 * Tables take turns, so that a busy one delays the others of its process by no more than its share.
 *
 * Limits: {@link LANE_LIMITS}. Beyond them a call is `overloaded` before anything was done for it.
 * Source: natural batching; PostgreSQL's `commit_delay`, for waiting only where there are others; for what the runtime
 *         allows, `workerd/src/workerd/io/io-own.c++`.
 */
import { EtsError } from '../engine/error.ts'
import type { Operation } from '../protocol/operation.ts'
import type { Reply } from '../protocol/reply.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import { isSpent } from './deadline.ts'
import { Pace } from './pace.ts'

export const LANE_LIMITS = {
  /** Calls that wait: a tenth of a second of work of a quick owner; of a slow one fewer may, by its pace. */
  maxWaiting: 1024,
  /** Of one table, where there are others. */
  maxWaitingOfTable: 512,
  /** Calls that travel together: some milliseconds of turns. */
  maxBatch: 128,
  /** Characters of them: well under what the platform passes at once. */
  maxBatchLength: 1_000_000,
  /** A leader leads no longer, as it does so at the cost of one request. */
  maxRounds: 64,
  maxLeadMs: 2_000,
  /** How long a leader waits for as many as were just answered: little beside the way to an owner. */
  gatherMs: 2,
  /** A leader that has not been seen for so long is gone, or its owner does not answer. */
  missedAfterMs: 1_500,
} as const

/** A call as it is sent. */
export interface LaneCall {
  readonly operations: readonly Operation[]
  readonly options: CallOptions
  /** Behind this moment nobody waits for it. */
  readonly untilMs: number
  /** What the caller gave, for the refusal. */
  readonly timeoutMs: number
  /** Characters of the call, about. */
  readonly length: number
}

export interface LaneParts {
  readonly clock: () => number
  /** Does something later, in the present request. Gives back what cancels it. */
  readonly later: (work: () => void, delayMs: number) => () => void
  /** Lets work of the present request go on when it has been answered. */
  readonly background: (work: Promise<void>) => void
  /** Sends a call by itself. */
  readonly sendOne: (call: LaneCall) => Promise<Answer>
  /** Sends calls together: a reply for each. */
  readonly sendMany: (calls: readonly LaneCall[]) => Promise<readonly Reply<Answer>[]>
}

type Outcome = { readonly answer: Answer } | { readonly error: unknown }

interface Waiter {
  readonly call: LaneCall
  readonly table: string
  wake: PromiseWithResolvers<void>
  isSent: boolean
  outcome: Outcome | undefined
}

interface Leader {
  seenMs: number
}

/** A leader that waits until so many calls do. */
interface Gathering {
  readonly size: number
  readonly end: () => void
}

/** How long one should wait who finds the lane full: about as long as what waits takes. */
const RETRY_AFTER_MS = 200

export class Lane {
  readonly #parts: LaneParts
  /** Who waits, by table, in the order in which their tables have a turn. */
  readonly #tables = new Map<string, Waiter[]>()
  readonly #pace = new Pace()
  #waiting = 0
  #leader: Leader | undefined
  #gathering: Gathering | undefined
  /** A call that went by itself is on its way until then at the latest: it may never come back. */
  #aloneUntilMs = 0

  constructor(parts: LaneParts) {
    this.#parts = parts
  }

  /** Whether nothing waits and nothing is on its way. */
  get isIdle(): boolean {
    const nowMs = this.#parts.clock()
    return this.#waiting === 0 && !this.#isLed(nowMs) && nowMs >= this.#aloneUntilMs
  }

  /** Sends a call, alone or with others. Errors: those of the owner and of the way to it; `overloaded`, `deadline_exceeded`. */
  run(call: LaneCall): Promise<Answer> {
    return this.isIdle ? this.#alone(call) : this.#together(call)
  }

  async #alone(call: LaneCall): Promise<Answer> {
    this.#aloneUntilMs = call.untilMs
    try {
      return await this.#parts.sendOne(call)
    } finally {
      this.#aloneUntilMs = 0
    }
  }

  async #together(call: LaneCall): Promise<Answer> {
    const waiter = this.#enter(call)
    for (;;) {
      if (!waiter.isSent) this.#leadIfMissed()
      const nowMs = this.#parts.clock()
      const watchMs = Math.min(LANE_LIMITS.missedAfterMs, call.untilMs - nowMs)
      const cancel = this.#parts.later(() => waiter.wake.resolve(), Math.max(0, watchMs))
      await waiter.wake.promise
      cancel()
      const { outcome } = waiter
      if (outcome !== undefined) {
        if ('answer' in outcome) return outcome.answer
        throw outcome.error
      }
      if (isSpent(call, this.#parts.clock())) {
        if (!waiter.isSent) this.#remove(waiter)
        throw new EtsError('deadline_exceeded', { timeoutMs: call.timeoutMs })
      }
      waiter.wake = Promise.withResolvers()
    }
  }

  #enter(call: LaneCall): Waiter {
    const table = call.operations[0]?.table ?? ''
    const queue = this.#tables.get(table)
    const isFull = this.#waiting >= LANE_LIMITS.maxWaiting
    if (isFull || (queue !== undefined && queue.length >= LANE_LIMITS.maxWaitingOfTable)) {
      throw new EtsError('overloaded', { retryAfterMs: RETRY_AFTER_MS })
    }
    const tables = this.#tables.size + (queue === undefined ? 1 : 0)
    const share = Math.max(1, Math.floor(LANE_LIMITS.maxBatch / tables))
    const tooLongMs = this.#pace.tooLongMs(queue?.length ?? 0, share, call.untilMs - this.#parts.clock())
    if (tooLongMs > 0) throw new EtsError('overloaded', { retryAfterMs: Math.ceil(tooLongMs) })
    const waiter: Waiter = {
      call,
      table,
      wake: Promise.withResolvers(),
      isSent: false,
      outcome: undefined,
    }
    this.#waiting++
    if (queue === undefined) this.#tables.set(table, [waiter])
    else queue.push(waiter)
    if (this.#gathering !== undefined && this.#waiting >= this.#gathering.size) this.#gathering.end()
    return waiter
  }

  /** Has the present request lead, unless another one does. */
  #leadIfMissed(): void {
    const nowMs = this.#parts.clock()
    if (this.#isLed(nowMs)) return
    const leader: Leader = { seenMs: nowMs }
    this.#leader = leader
    this.#parts.background(this.#lead(leader))
  }

  #isLed(nowMs: number): boolean {
    return this.#leader !== undefined && nowMs - this.#leader.seenMs < LANE_LIMITS.missedAfterMs
  }

  async #lead(leader: Leader): Promise<void> {
    const endMs = leader.seenMs + LANE_LIMITS.maxLeadMs
    for (let round = 0; round < LANE_LIMITS.maxRounds && leader.seenMs < endMs; round++) {
      const batch = this.#take(leader.seenMs)
      if (batch.length === 0) break
      await this.#send(batch)
      const sentMs = leader.seenMs
      leader.seenMs = this.#parts.clock()
      this.#pace.note(leader.seenMs - sentMs)
      if (batch.length > 1) await this.#gather(batch.length)
      // It was missed, and another one leads.
      if (this.#leader !== leader) return
    }
    this.#leader = undefined
    // One of those who wait goes on: its own request keeps it alive.
    const [next] = this.#tables.values()
    next?.[0]?.wake.resolve()
  }

  /** Resolves when so many calls wait, or soon. */
  async #gather(size: number): Promise<void> {
    if (this.#waiting >= size) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#parts.later(resolve, LANE_LIMITS.gatherMs)
    const gathering: Gathering = { size, end: resolve }
    this.#gathering = gathering
    await promise
    cancel()
    if (this.#gathering === gathering) this.#gathering = undefined
  }

  async #send(batch: readonly Waiter[]): Promise<void> {
    const calls = batch.map(({ call }) => call)
    try {
      const replies = await (calls.length === 1
        ? this.#sendOne(calls[0] as LaneCall)
        : this.#parts.sendMany(calls))
      for (const [i, waiter] of batch.entries()) settle(waiter, outcomeOf(replies[i], batch.length))
    } catch (error) {
      for (const waiter of batch) settle(waiter, { error })
    }
  }

  async #sendOne(call: LaneCall): Promise<readonly Reply<Answer>[]> {
    return [{ ok: true, value: await this.#parts.sendOne(call) }]
  }

  /** Takes the next calls to send: one of each table in turn. Those whose time is over are told so. */
  #take(nowMs: number): Waiter[] {
    const batch: Waiter[] = []
    let length = 0
    while (batch.length < LANE_LIMITS.maxBatch) {
      const [first] = this.#tables
      if (first === undefined) break
      const [table, queue] = first
      const waiter = queue[0] as Waiter
      if (batch.length > 0 && length + waiter.call.length > LANE_LIMITS.maxBatchLength) break
      queue.shift()
      // Behind the others, whose turn comes first now.
      this.#tables.delete(table)
      if (queue.length > 0) this.#tables.set(table, queue)
      this.#waiting--
      waiter.isSent = true
      if (isSpent(waiter.call, nowMs)) {
        settle(waiter, { error: new EtsError('deadline_exceeded', { timeoutMs: waiter.call.timeoutMs }) })
        continue
      }
      length += waiter.call.length
      batch.push(waiter)
    }
    return batch
  }

  #remove(waiter: Waiter): void {
    const queue = this.#tables.get(waiter.table) ?? []
    const at = queue.indexOf(waiter)
    if (at === -1) return
    queue.splice(at, 1)
    if (queue.length === 0) this.#tables.delete(waiter.table)
    this.#waiting--
  }
}

function settle(waiter: Waiter, outcome: Outcome): void {
  waiter.outcome = outcome
  waiter.wake.resolve()
}

function outcomeOf(reply: Reply<Answer> | undefined, together: number): Outcome {
  if (reply === undefined) return { error: new Error('an owner gave fewer replies than it had calls') }
  if (reply.ok) return { answer: together === 1 ? reply.value : { ...reply.value, together } }
  return { error: new EtsError(reply.error.code, reply.error.details) }
}
