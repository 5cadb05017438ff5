/**
 * Lanes: the ways from one isolate to all owners, with what is remembered of each owner and what waits for all.
 *
 * A call that failed on its way is made again where the platform says that this may help, and nothing can happen
 * twice by it: a read, or a write with an idempotency key. Never when something is overloaded.
 *
 * Limits: {@link LANES_LIMITS}.
 * Source: "Error handling" of Durable Objects; exponential backoff with full jitter.
 */
import { mayWait } from '../cache/waiters.ts'
import { lengthOf } from '../engine/allowance.ts'
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import { tenantOf } from '../protocol/names.ts'
import type { Operation } from '../protocol/operation.ts'
import type { Placement } from '../protocol/placement.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import { isKeyed } from '../protocol/spread.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import { verbOf } from '../protocol/verbs.ts'
import { inTime, leftOf } from './deadline.ts'
import { isRetryable, refusalOfFailure } from './failure.ts'
import { Health } from './health.ts'
import { Lane, type LaneCall } from './lane.ts'

export const LANES_LIMITS = {
  /** Calls that wait or are on their way, in one isolate: it has 128 MB for everything. */
  maxCalls: 4096,
  /** Characters of them. */
  maxLength: 16_000_000,
  /** Of one tenant: the rest is for others, however many owners it keeps busy. */
  maxCallsOfTenant: 3072,
  /** Of one owner: others must get through when one does not answer. */
  maxCallsOfOwner: 2048,
  /** What is longer travels by itself. */
  maxSharedLength: 65_536,
  maxSharedOperations: 16,
  /** Owners that are remembered. */
  maxLanes: 10_000,
  maxAttempts: 3,
} as const

const RETRY_AFTER_MS = 500
const BACKOFF_MS = 50

/** One object, and how it is called. A stub is made anew for each call: after a failure it may stay broken. */
export interface OwnerObject {
  readonly name: string
  readonly placement: Placement
}

export interface LanesParts {
  readonly clock: () => number
  readonly later: (work: () => void, delayMs: number) => () => void
  /** Lets work go on behind the answer to the present request; without it every call goes by itself. */
  readonly background: ((work: Promise<void>) => void) | undefined
  readonly random: () => number
  readonly runOne: (
    object: OwnerObject,
    operations: readonly Operation[],
    options: CallOptions,
  ) => Promise<Reply<Answer>>
  readonly runMany: (
    object: OwnerObject,
    calls: readonly { readonly operations: readonly Operation[]; readonly options: CallOptions }[],
  ) => Promise<Reply<readonly Reply<Answer>[]>>
}

/** What the lanes of an isolate have done so far. */
export interface LaneStatistics {
  /** Calls that were made. */
  readonly calls: number
  /** Calls of owners that this took. */
  readonly sent: number
}

interface Known {
  readonly lane: Lane
  readonly health: Health
  /** Calls under way, each with the moment behind which nobody waits for it. */
  readonly under: Set<LaneCall>
  readonly tenant: string
}

export class Lanes {
  readonly #parts: LanesParts
  readonly #known = new Map<string, Known>()
  readonly #under = new Set<LaneCall>()
  /** How many of them each tenant has. */
  readonly #underOf = new Map<string, number>()
  #length = 0
  #calls = 0
  #sent = 0

  constructor(parts: LanesParts) {
    this.#parts = parts
  }

  get statistics(): LaneStatistics {
    return { calls: this.#calls, sent: this.#sent }
  }

  /** Forgets that an owner did not serve, as somebody has mended it. */
  forgive(name: string): void {
    this.#known.get(name)?.health.reset()
  }

  /** Runs operations on an owner. Errors: refusals; `overloaded` and `deadline_exceeded` of the way there, too. */
  async run(
    object: OwnerObject,
    operations: readonly Operation[],
    options: CallOptions,
    timed: Pick<LaneCall, 'untilMs' | 'timeoutMs'>,
  ): Promise<Answer> {
    const known = this.#knownOf(object)
    const call: LaneCall = { operations, options, ...timed, length: lengthOfCall(operations) }
    for (let attempt = 1; ; attempt++) {
      leftOf(call, this.#parts.clock())
      known.health.admit(this.#parts.clock())
      try {
        return await this.#counted(known, call, () => this.#send(known, object, call))
      } catch (error) {
        const mayRepeat = isRetryable(error) && isRepeatable(call) && attempt < LANES_LIMITS.maxAttempts
        if (!mayRepeat) throw refusalOfFailure(error)
        await this.#pause(this.#parts.random() * BACKOFF_MS * 2 ** attempt)
      }
    }
  }

  #send(known: Known, object: OwnerObject, call: LaneCall): Promise<Answer> {
    if (this.#parts.background === undefined || !isShared(call)) return this.#sendOne(known, object, call)
    return known.lane.run(call)
  }

  #sendOne({ health }: Known, object: OwnerObject, call: LaneCall): Promise<Answer> {
    const options = optionsOf(call, this.#parts.clock())
    return this.#watched(health, call, this.#parts.runOne(object, call.operations, options))
  }

  #sendMany(
    { health }: Known,
    object: OwnerObject,
    calls: readonly LaneCall[],
  ): Promise<readonly Reply<Answer>[]> {
    const nowMs = this.#parts.clock()
    const sent = calls.map((call) => ({ operations: call.operations, options: optionsOf(call, nowMs) }))
    // The leader waits as long as anybody does.
    const last = calls.reduce((a, b) => (b.untilMs > a.untilMs ? b : a))
    return this.#watched(health, last, this.#parts.runMany(object, sent))
  }

  /** What a call of an owner answers, noting how it went. */
  async #watched<T>(health: Health, timed: LaneCall, reply: Promise<Reply<T>>): Promise<T> {
    const { clock, later } = this.#parts
    const beganMs = clock()
    this.#sent++
    try {
      const value = unwrap(await inTime(reply, timed, later, beganMs))
      health.served()
      return value
    } catch (error) {
      // Who waits for another caller's load is not waiting for the owner.
      const tookMs = mayWait(timed.operations) ? 0 : clock() - beganMs
      health.failed(refusalOfFailure(error), clock(), tookMs)
      throw error
    }
  }

  /** Counts a call as under way while it is. Errors: `overloaded` for one too many. */
  async #counted(known: Known, call: LaneCall, work: () => Promise<Answer>): Promise<Answer> {
    this.#admit(known, call)
    this.#calls++
    known.under.add(call)
    this.#under.add(call)
    this.#underOf.set(known.tenant, this.#callsOf(known) + 1)
    this.#length += call.length
    try {
      return await work()
    } finally {
      this.#leave(known, call)
    }
  }

  #admit(known: Known, call: LaneCall): void {
    const { maxCalls, maxLength, maxCallsOfOwner, maxCallsOfTenant } = LANES_LIMITS
    const isFull = (): boolean =>
      known.under.size >= maxCallsOfOwner ||
      this.#callsOf(known) >= maxCallsOfTenant ||
      this.#under.size >= maxCalls ||
      this.#length + call.length > maxLength
    if (!isFull()) return
    this.#forgetLost()
    if (isFull()) throw new EtsError('overloaded', { retryAfterMs: RETRY_AFTER_MS })
  }

  /** A request that the runtime ended does not come back to leave: nobody waits for what is past its deadline. */
  #forgetLost(): void {
    const nowMs = this.#parts.clock()
    for (const known of this.#known.values()) {
      for (const call of known.under) if (nowMs >= call.untilMs) this.#leave(known, call)
    }
  }

  #leave(known: Known, call: LaneCall): void {
    if (!this.#under.delete(call)) return
    known.under.delete(call)
    const left = this.#callsOf(known) - 1
    if (left > 0) this.#underOf.set(known.tenant, left)
    else this.#underOf.delete(known.tenant)
    this.#length -= call.length
  }

  #callsOf({ tenant }: Known): number {
    return this.#underOf.get(tenant) ?? 0
  }

  #knownOf(object: OwnerObject): Known {
    const existing = this.#known.get(object.name)
    if (existing !== undefined) return existing
    const { clock, later, background = () => {} } = this.#parts
    const lane = new Lane({
      clock,
      later,
      background,
      sendOne: (call) => this.#sendOne(known, object, call),
      sendMany: (calls) => this.#sendMany(known, object, calls),
    })
    const known: Known = { lane, health: new Health(), under: new Set(), tenant: tenantOf(object.name) }
    this.#known.set(object.name, known)
    if (this.#known.size > LANES_LIMITS.maxLanes) this.#forgetOldest()
    return known
  }

  #forgetOldest(): void {
    for (const [name, { lane, under }] of this.#known) {
      if (under.size > 0 || !lane.isIdle) continue
      this.#known.delete(name)
      return
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((done) => this.#parts.later(done, delayMs))
  }
}

/** Clocks of two machines differ: what goes over is the time that is left. */
const optionsOf = ({ options, untilMs }: LaneCall, nowMs: number): CallOptions => ({
  ...options,
  timeoutMs: untilMs - nowMs,
})

function lengthOfCall(operations: readonly Operation[]): number {
  let length = 0
  for (const { args } of operations) length += lengthOf(args as Term[], LANES_LIMITS.maxLength)
  return length
}

/** Only what is short and quick travels with others, as they wait for it. */
const isShared = ({ operations, length }: LaneCall): boolean =>
  length <= LANES_LIMITS.maxSharedLength &&
  operations.length <= LANES_LIMITS.maxSharedOperations &&
  operations.every(isKeyed) &&
  !mayWait(operations)

/** Whether a call may be made twice. */
const isRepeatable = ({ operations, options }: LaneCall): boolean =>
  options.idempotencyKey !== undefined || operations.every((each) => verbOf(each).mode === 'read')
