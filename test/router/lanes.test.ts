import { describe, expect, it } from 'vitest'
import type { ErrorCode, EtsError } from '../../src/engine/error.ts'
import { globalName } from '../../src/protocol/names.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import { ANYWHERE } from '../../src/protocol/placement.ts'
import type { Reply } from '../../src/protocol/reply.ts'
import type { Answer, CallOptions } from '../../src/protocol/tables.ts'
import { LANES_LIMITS, Lanes } from '../../src/router/lanes.ts'
import { settled, TestClock } from '../support/a-clock.ts'
import { expectRefusal } from '../support/refusal.ts'

const ANSWER: Answer = { values: [true], seq: 1, incarnation: 1 }
const LOOKUP = checkOperations([{ table: 't', op: 'lookup', args: ['a'] }])
const INSERT = checkOperations([{ table: 't', op: 'insert', args: [['a']] }])
const SELECT = checkOperations([{ table: 't', op: 'tab2list', args: [] }])

/** Errors as the platform throws them. */
const platform = (flags: object): Error => Object.assign(new Error('of the platform'), flags)

class Subject {
  readonly clock = new TestClock()
  /** What the owner does with its next calls; when there is nothing left it answers. */
  readonly plan: (() => Promise<Reply<Answer>>)[] = []
  readonly seen: CallOptions[] = []
  calls = 0
  readonly lanes: Lanes

  constructor(coalescing = true) {
    const next = async (): Promise<Reply<Answer>> => {
      this.calls++
      return (await this.plan.shift()?.()) ?? { ok: true, value: ANSWER }
    }
    this.lanes = new Lanes({
      clock: this.clock.read,
      later: this.clock.later,
      background: coalescing ? () => {} : undefined,
      random: () => 0.5,
      runOne: (_, __, options) => {
        this.seen.push(options)
        return next()
      },
      runMany: async (_, calls) => {
        const reply = await next()
        return reply.ok ? { ok: true, value: calls.map(() => reply) } : reply
      },
    })
  }

  run(
    operations = LOOKUP,
    { timeoutMs = 5000, name = 'p', ...options }: CallOptions & { name?: string } = {},
  ) {
    const timed = { untilMs: this.clock.nowMs + timeoutMs, timeoutMs }
    return this.lanes.run({ name, placement: ANYWHERE }, operations, options, timed)
  }

  fails(times: number, flags: object): void {
    for (let i = 0; i < times; i++) this.plan.push(() => Promise.reject(platform(flags)))
  }

  refuses(code: ErrorCode, retryAfterMs: number): void {
    this.plan.push(async () => ({ ok: false, error: { code, details: { retryAfterMs } } }) as Reply<Answer>)
  }
}

describe('retries', () => {
  it.each([
    ['a read', LOOKUP, {}],
    ['a write with an idempotency key', INSERT, { idempotencyKey: 'k' }],
  ])('[RTY1] %s is made again when the platform says that this may help', async (_, operations, options) => {
    const subject = new Subject()
    subject.fails(2, { retryable: true })
    const call = subject.run(operations, options)
    await subject.clock.pass(300)
    expect(await call).toEqual(ANSWER)
    expect(subject.calls).toBe(3)
  })

  it.each([
    ['a write without a key', INSERT, { retryable: true }, 'restarting'],
    ['what is overloaded', LOOKUP, { retryable: true, overloaded: true }, 'overloaded'],
    ['what was reset and perhaps done', LOOKUP, { durableObjectReset: true }, 'restarting'],
  ] as const)('[RTY1] not %s', async (_, operations, flags, code) => {
    const subject = new Subject()
    subject.fails(1, flags)
    await expectRefusal(() => subject.run(operations), code)
    expect(subject.calls).toBe(1)
  })

  it('[RTY2] three times at most, within the deadline, and with less time left each time', async () => {
    const subject = new Subject()
    subject.fails(9, { retryable: true })
    const call = subject.run()
    const outcome = expectRefusal(() => call, 'restarting')
    await subject.clock.pass(1000)
    await outcome
    expect(subject.seen.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 4950, 4850])
    const short = subject.run(LOOKUP, { timeoutMs: 20 })
    const refused = expectRefusal(() => short, 'deadline_exceeded')
    await subject.clock.pass(100)
    await refused
  })
})

describe('deadlines', () => {
  it('[ROU3] an owner that does not answer is waited for until the deadline and no longer', async () => {
    const subject = new Subject()
    subject.plan.push(() => new Promise(() => {}))
    const refused = expectRefusal(() => subject.run(LOOKUP, { timeoutMs: 250 }), 'deadline_exceeded', {
      timeoutMs: 250,
    })
    await subject.clock.pass(250)
    await refused
    expect(subject.clock.pending).toBe(0)
  })
})

describe('the health of owners', () => {
  it('[HLT1] five failures in a row open the breaker, and one call that is served closes it', async () => {
    const subject = new Subject()
    subject.fails(5, { durableObjectReset: true })
    for (let i = 0; i < 5; i++) await expectRefusal(() => subject.run(), 'restarting')
    await expectRefusal(() => subject.run(), 'restarting')
    expect(subject.calls).toBe(5)
    await subject.clock.pass(500)
    let answer = (_: Reply<Answer>): void => {}
    subject.plan.push(() => new Promise((done) => (answer = done)))
    const probe = subject.run()
    await expectRefusal(() => subject.run(), 'restarting')
    answer({ ok: true, value: ANSWER })
    expect(await probe).toEqual(ANSWER)
    expect(await subject.run()).toEqual(ANSWER)
  })

  it('[HLT1] a probe that fails keeps it open', async () => {
    const subject = new Subject()
    subject.fails(6, { durableObjectReset: true })
    for (let i = 0; i < 5; i++) await expectRefusal(() => subject.run(), 'restarting')
    await subject.clock.pass(500)
    await expectRefusal(() => subject.run(), 'restarting')
    await expectRefusal(() => subject.run(), 'restarting')
    expect(subject.calls).toBe(6)
  })

  it.each(['overloaded', 'quarantined'] as const)(
    '[HLT2] one that says it is %s is left alone for a moment, the others are not',
    async (code) => {
      const subject = new Subject()
      subject.refuses(code, 60_000)
      await expectRefusal(() => subject.run(), code)
      await expectRefusal(() => subject.run(), code, { retryAfterMs: 1000 })
      expect(subject.calls).toBe(1)
      expect(await subject.run(LOOKUP, { name: 'other' })).toEqual(ANSWER)
      await subject.clock.pass(1000)
      expect(await subject.run()).toEqual(ANSWER)
    },
  )

  it('[HLT2] and is forgiven when somebody has mended it', async () => {
    const subject = new Subject()
    subject.refuses('quarantined', 60_000)
    await expectRefusal(() => subject.run(), 'quarantined')
    subject.lanes.forgive('p')
    expect(await subject.run()).toEqual(ANSWER)
  })

  it('[HLT1] callers in a hurry do not close an owner for the others', async () => {
    const subject = new Subject()
    for (let i = 0; i < 9; i++) {
      subject.plan.push(() => new Promise(() => {}))
      const refused = expectRefusal(() => subject.run(SELECT, { timeoutMs: 5 }), 'deadline_exceeded')
      await subject.clock.pass(5)
      await refused
    }
    expect(await subject.run()).toEqual(ANSWER)
  })
})

describe('bounds', () => {
  it.each([true, false])(
    '[BNR1] calls under way are bounded by owner, tenant and isolate (coalescing: %s)',
    async (coalescing) => {
      const subject = new Subject(coalescing)
      const outcomes: unknown[] = []
      const call = (name: string, timeoutMs = 5000): void =>
        void subject
          .run(SELECT, { name, timeoutMs })
          .catch((error: EtsError) => error.code)
          .then((outcome) => outcomes.push(outcome))
      subject.plan.push(...Array.from({ length: 10_000 }, () => () => new Promise<never>(() => {})))
      const { maxCalls, maxCallsOfOwner, maxCallsOfTenant } = LANES_LIMITS
      for (let i = 0; i < maxCallsOfOwner + 3; i++) call('p')
      await settled()
      expect(outcomes).toEqual(['overloaded', 'overloaded', 'overloaded'])
      // However many owners a tenant keeps busy, others get through.
      for (let i = 0; i < maxCalls; i++) call(`other${i % 9}`)
      await settled()
      expect(outcomes).toHaveLength(3 + maxCalls - (maxCallsOfTenant - maxCallsOfOwner))
      outcomes.length = 0
      for (let i = 0; i < maxCalls; i++) call(globalName('calm', `p${i % 9}`))
      await settled()
      expect(outcomes).toHaveLength(maxCallsOfTenant)
      await subject.clock.pass(5000)
      subject.plan.length = 0
      expect(await subject.run(SELECT, { name: 'third' })).toEqual(ANSWER)
    },
  )

  it('[BNR1] and so is what they are long', async () => {
    const subject = new Subject()
    subject.plan.push(...Array.from({ length: 100 }, () => () => new Promise<never>(() => {})))
    const long = checkOperations([{ table: 't', op: 'insert', args: [['a', 'x'.repeat(1_000_000)]] }])
    const outcomes: unknown[] = []
    for (let i = 0; i < 20; i++) {
      void subject.run(long).catch((error: EtsError) => outcomes.push(error.code))
    }
    await settled()
    expect(outcomes).toEqual(Array(5).fill('overloaded'))
    subject.plan.length = 0
    expect(await subject.run(LOOKUP, { name: 'other' })).toEqual(ANSWER)
  })

  it('[COA1] what takes long, or is long, travels by itself', async () => {
    const subject = new Subject()
    const calls = [LOOKUP, SELECT, SELECT, LOOKUP, LOOKUP, LOOKUP].map((each) => subject.run(each))
    expect((await Promise.all(calls)).map(({ together }) => together)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      2,
      2,
    ])
    expect(subject.lanes.statistics).toEqual({ calls: 6, sent: 5 })
  })

  it('[COA10] without the runtime that it needs every call goes by itself', async () => {
    const subject = new Subject(false)
    const answers = await Promise.all(Array.from({ length: 20 }, () => subject.run()))
    expect(answers).toEqual(Array(20).fill(ANSWER))
    expect(subject.lanes.statistics).toEqual({ calls: 20, sent: 20 })
  })
})
