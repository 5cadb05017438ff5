import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import type { Reply } from '../../src/protocol/reply.ts'
import type { Answer } from '../../src/protocol/tables.ts'
import { LANE_LIMITS, Lane, type LaneCall } from '../../src/router/lane.ts'
import { settled, TestClock } from '../support/a-clock.ts'

interface Sent {
  readonly keys: readonly string[]
  readonly answer: (how?: (key: string) => Reply<Answer>) => void
  readonly fail: (error: unknown) => void
}

const keyOf = ({ operations: [operation] }: LaneCall): string => String(operation?.args[0])
const answerTo = (key: string): Reply<Answer> => ({
  ok: true,
  value: { values: [key], seq: 1, incarnation: 1 },
})

/** A lane whose owner answers when the test says so. */
class Subject {
  readonly clock = new TestClock()
  readonly sent: Sent[] = []
  /** Requests that were cut off: what they do in the background is never done. */
  isCutOff = false
  readonly lane = new Lane({
    clock: this.clock.read,
    later: this.clock.later,
    background: () => {},
    sendOne: async (call) => {
      const [reply] = await this.#send([call])
      if (reply === undefined || !reply.ok) throw new EtsError('no_such_table', { table: 't' })
      return reply.value
    },
    sendMany: (calls) => this.#send(calls),
  })

  run(key: string, { table = 't', timeoutMs = 5000, length = 10 } = {}): Promise<Answer> {
    const operations = [{ table, op: 'lookup', args: [key] }] as const
    return this.lane.run({
      operations,
      options: {},
      untilMs: this.clock.nowMs + timeoutMs,
      timeoutMs,
      length,
    })
  }

  /** Answers everything that is sent until nothing more is. */
  async answerAll(how?: (key: string) => Reply<Answer>): Promise<void> {
    for (let answered = 0; ; answered++) {
      await this.clock.pass(LANE_LIMITS.gatherMs)
      const next = this.sent[answered]
      if (next === undefined) return
      next.answer(how)
    }
  }

  #send(calls: readonly LaneCall[]): Promise<readonly Reply<Answer>[]> {
    const keys = calls.map(keyOf)
    const { promise, resolve, reject } = Promise.withResolvers<readonly Reply<Answer>[]>()
    if (!this.isCutOff)
      this.sent.push({ keys, answer: (how = answerTo) => resolve(keys.map(how)), fail: reject })
    return promise
  }
}

const outcomeOf = (call: Promise<Answer>): Promise<unknown> =>
  call.then(
    ({ values }) => values[0],
    (error: unknown) => (error instanceof EtsError ? error.code : error),
  )

describe('a lane', () => {
  it('[COA1] a call that finds it empty goes at once, by itself, and leaves nothing behind', async () => {
    const { lane, run, sent, clock } = bound()
    const call = run('a')
    expect(sent.map(({ keys }) => keys)).toEqual([['a']])
    sent[0]?.answer()
    expect(await call).toEqual({ values: ['a'], seq: 1, incarnation: 1 })
    expect([lane.isIdle, clock.pending]).toEqual([true, 0])
  })

  it('[COA2] calls that come meanwhile travel together, each with its own answer', async () => {
    const { run, sent } = bound()
    const calls = ['a', 'b', 'c', 'd', 'e'].map((key) => run(key))
    await settled()
    sent[1]?.answer()
    await settled()
    sent[0]?.answer()
    sent[2]?.answer()
    expect(await Promise.all(calls)).toEqual([
      { values: ['a'], seq: 1, incarnation: 1 },
      { values: ['b'], seq: 1, incarnation: 1 },
      ...['c', 'd', 'e'].map((key) => ({ values: [key], seq: 1, incarnation: 1, together: 3 })),
    ])
    expect(sent.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c', 'd', 'e']])
  })

  it('[COA11] after several that went together as many are waited for, two milliseconds at most', async () => {
    const { run, sent, clock, lane } = bound()
    const calls = ['a', 'b', 'c', 'd', 'e'].map((key) => outcomeOf(run(key)))
    const call = (key: string): void => void calls.push(outcomeOf(run(key)))
    const keys = (): string[] => sent.map((each) => each.keys.join(''))
    await settled()
    for (const i of [0, 1]) sent[i]?.answer()
    await settled()
    sent[2]?.answer()
    await settled()
    for (const key of ['f', 'g']) call(key)
    await settled()
    expect(keys()).toEqual(['a', 'b', 'cde'])
    call('h')
    await settled()
    expect(keys()).toEqual(['a', 'b', 'cde', 'fgh'])
    sent[3]?.answer()
    await settled()
    call('i')
    await clock.pass(LANE_LIMITS.gatherMs - 1)
    expect(keys()).toHaveLength(4)
    await clock.pass(1)
    expect(keys().at(-1)).toBe('i')
    sent[4]?.answer()
    await settled()
    expect(lane.isIdle).toBe(true)
    call('j')
    expect(keys().at(-1)).toBe('j')
    sent[5]?.answer()
    expect((await Promise.all(calls)).join('')).toBe('abcdefghij')
    expect(clock.pending).toBe(0)
  })

  it('[COA3] one that is refused fails alone; a failure on the way is that of all who were on it', async () => {
    const { run, sent } = bound()
    const calls = ['a', 'b', 'c', 'bad', 'e'].map((key) => outcomeOf(run(key)))
    await settled()
    sent[0]?.answer()
    sent[1]?.fail(new EtsError('restarting', { retryAfterMs: 1 }))
    await settled()
    const refused = { ok: false, error: { code: 'no_such_table', details: { table: 't' } } } as const
    sent[2]?.answer((key) => (key === 'bad' ? refused : answerTo(key)))
    expect(await Promise.all(calls)).toEqual(['a', 'restarting', 'c', 'no_such_table', 'e'])
  })

  it('[COA4] a call whose time passes while it waits is never sent', async () => {
    const { run, sent, clock, lane } = bound()
    const calls = [run('a'), run('b'), run('late', { timeoutMs: 100 }), run('c')].map(outcomeOf)
    await clock.pass(100)
    expect(await calls[2]).toBe('deadline_exceeded')
    sent[0]?.answer()
    sent[1]?.answer()
    await settled()
    sent[2]?.answer()
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'deadline_exceeded', 'c'])
    expect(sent.flatMap(({ keys }) => keys)).toEqual(['a', 'b', 'c'])
    expect(lane.isIdle).toBe(true)
  })

  it('[COA5] when the leader is cut off, one that waits leads on', async () => {
    const subject = new Subject()
    const first = outcomeOf(subject.run('a'))
    subject.isCutOff = true
    const leader = outcomeOf(subject.run('b', { timeoutMs: 3000 }))
    await settled()
    subject.isCutOff = false
    const followers = ['c', 'd'].map((key) => outcomeOf(subject.run(key)))
    await subject.clock.pass(LANE_LIMITS.missedAfterMs - 1)
    expect(subject.sent.map(({ keys }) => keys)).toEqual([['a']])
    await subject.clock.pass(1)
    await subject.answerAll()
    expect(await Promise.all(followers)).toEqual(['c', 'd'])
    await subject.clock.pass(3000)
    expect([await first, await leader]).toEqual(['a', 'deadline_exceeded'])
  })

  it('[COA5] a call by itself that never comes back does not keep the lane for ever', async () => {
    const subject = new Subject()
    subject.isCutOff = true
    void subject.run('lost', { timeoutMs: 500 })
    subject.isCutOff = false
    await subject.clock.pass(500)
    expect(subject.lane.isIdle).toBe(true)
  })

  it('[COA6] no leader leads for long: then one of those who wait does', async () => {
    const subject = new Subject()
    const calls: Promise<unknown>[] = []
    const call = (key: string): void => void calls.push(outcomeOf(subject.run(key)))
    call('first')
    const rounds = LANE_LIMITS.maxRounds * 2
    for (let round = 0; round < rounds; round++) {
      call(`r${round}`)
      await settled()
      subject.sent.at(-1)?.answer()
      await settled()
    }
    await subject.answerAll()
    expect(await Promise.all(calls)).toEqual(['first', ...Array.from({ length: rounds }, (_, i) => `r${i}`)])
    expect(subject.lane.isIdle).toBe(true)
  })

  it('[COA7] tables take turns, so that a busy one delays no other', async () => {
    const { run, sent } = bound()
    const busy = Array.from({ length: 400 }, (_, i) => outcomeOf(run(`busy${i}`, { table: 'busy' })))
    const calm = outcomeOf(run('calm', { table: 'calm' }))
    await settled()
    sent[1]?.answer()
    await settled()
    expect(sent[2]?.keys).toContain('calm')
    expect(sent[2]?.keys).toHaveLength(LANE_LIMITS.maxBatch)
    void busy
    sent[2]?.answer()
    expect(await calm).toBe('calm')
  })

  it('[COA8] more than may wait are overloaded at once, and a table takes no more than half of it', async () => {
    const { run } = bound()
    const outcomes: unknown[] = []
    const call = (key: string, table: string): void =>
      void outcomeOf(run(key, { table })).then((outcome) => outcomes.push(outcome))
    for (let i = 0; i < 700; i++) call(`a${i}`, 'a')
    await settled()
    // One is alone on its way, one is led, and half of the room is taken.
    expect(outcomes).toEqual(Array(700 - 2 - LANE_LIMITS.maxWaitingOfTable).fill('overloaded'))
    for (let i = 0; i < 700; i++) call(`b${i}`, 'b')
    await settled()
    expect(outcomes).toHaveLength(1400 - 2 - LANE_LIMITS.maxWaiting)
  })

  it('[COA12] who would wait for longer than a second, or than there is time, is overloaded at once', async () => {
    const subject = new Subject()
    /** An owner that takes 250 ms for a round. */
    const round = async (): Promise<void> => {
      const sent = subject.sent.length
      await subject.clock.pass(250)
      subject.sent[sent - 1]?.answer()
      await settled()
    }
    const outcomes: [string, unknown][] = []
    const call = (key: string, how = {}): void =>
      void outcomeOf(subject.run(key, how)).then((outcome) => outcomes.push([key, outcome]))
    call('alone')
    for (let i = 0; i < 12; i++) {
      call(`slow${i}`)
      await round()
    }
    outcomes.length = 0
    // Behind the round that is under way, with the first of them, three more take a second, and a fourth is too long.
    for (let i = 0; i < 4 * LANE_LIMITS.maxBatch; i++) call(`busy${i}`)
    call('hurry', { timeoutMs: 500 })
    await settled()
    expect(outcomes).toHaveLength(LANE_LIMITS.maxBatch)
    expect(new Set(outcomes.map(([, outcome]) => outcome))).toEqual(new Set(['overloaded']))
    expect(outcomes.at(-1)?.[0]).toBe('hurry')
    // Another table has its share of the next round.
    call('calm', { table: 'calm', timeoutMs: 600 })
    await settled()
    expect(outcomes.at(-1)?.[0]).toBe('hurry')
    await round()
    await round()
    expect(outcomes).toContainEqual(['calm', 'calm'])
    await subject.answerAll()
    expect(outcomes.filter(([, outcome]) => outcome === 'deadline_exceeded')).toEqual([])
  })

  it('[COA12] a stall that is over is forgotten in a few rounds', async () => {
    const subject = new Subject()
    const calls: Promise<unknown>[] = []
    const call = (key: string): void => void calls.push(outcomeOf(subject.run(key)))
    call('first')
    call('stalled')
    await subject.clock.pass(1400)
    await subject.answerAll()
    for (let i = 0; i < 12; i++) {
      call(`a${i}`)
      call(`b${i}`)
      await subject.clock.pass(5)
      await subject.answerAll()
    }
    for (let i = 0; i < 500; i++) call(`c${i}`)
    await subject.answerAll()
    expect(await Promise.all(calls)).not.toContain('overloaded')
  })

  it('[COA8] what travels together is bounded in number and length', async () => {
    const { run, sent, answerAll } = bound()
    const length = LANE_LIMITS.maxBatchLength / 4
    const calls = Array.from({ length: 12 }, (_, i) => outcomeOf(run(`k${i}`, { length })))
    await answerAll()
    expect(Math.max(...sent.map(({ keys }) => keys.length))).toBe(4)
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 12 }, (_, i) => `k${i}`))
  })

  it('[COA9] whatever comes, fails, is late or cut off: each call has one outcome, its own, and is sent once at most', async () => {
    const event = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('call'),
          timeoutMs: fc.integer({ min: 1, max: 4000 }),
          table: fc.constantFrom('t', 'u'),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constantFrom('answer', 'fail', 'refuse'), which: fc.nat(5) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'mend') }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 2000 }) }),
      },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const subject = new Subject()
        const outcomes = new Map<string, unknown>()
        let made = 0
        for (const each of events) {
          if ('timeoutMs' in each) {
            const key = `k${made++}`
            const call = outcomeOf(subject.run(key, { timeoutMs: each.timeoutMs, table: each.table }))
            void call.then((outcome) => {
              expect(outcomes.has(key)).toBe(false)
              outcomes.set(key, outcome)
            })
          } else if ('ms' in each) await subject.clock.pass(each.ms)
          else if ('which' in each) {
            const sent = subject.sent.at(-1 - each.which)
            if (each.kind === 'answer') sent?.answer()
            else if (each.kind === 'fail') sent?.fail(new Error('on the way'))
            else
              sent?.answer(() => ({ ok: false, error: { code: 'no_such_table', details: { table: 't' } } }))
          } else subject.isCutOff = each.kind === 'cut'
          await settled()
        }
        subject.isCutOff = false
        for (let i = 0; i < 20; i++) {
          for (const sent of subject.sent) sent.answer()
          await subject.clock.pass(500)
        }
        const keys = subject.sent.flatMap(({ keys: of }) => of)
        expect(new Set(keys).size).toBe(keys.length)
        for (const [key, outcome] of outcomes) {
          if (typeof outcome === 'string' && outcome.startsWith('k')) expect(outcome).toBe(key)
        }
        // Alone and cut off, a call has no timer of the lane: the one of `Lanes` ends it.
        expect(made - outcomes.size).toBeLessThanOrEqual(events.filter(({ kind }) => kind === 'call').length)
        expect(subject.lane.isIdle).toBe(true)
        expect(subject.clock.pending).toBe(0)
      }),
      { seed: 6, numRuns: 300 },
    )
  })
})

function bound() {
  const subject = new Subject()
  return {
    lane: subject.lane,
    sent: subject.sent,
    clock: subject.clock,
    run: subject.run.bind(subject),
    answerAll: subject.answerAll.bind(subject),
  }
}
