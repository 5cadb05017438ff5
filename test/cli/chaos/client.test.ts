import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_ATTEMPTS, type Operation, PATIENCE_MS, perform } from '../../../src/cli/chaos/client.ts'
import type { Answer, Exchange } from '../../../src/cli/chaos/exchange.ts'
import type { Recorded } from '../../../src/cli/chaos/history.ts'
import { Random } from '../../../src/cli/chaos/random.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const ONE: Answer = { status: 200, body: { value: 1 }, replayed: false }
const refusal = (status: number, code: string): Answer => ({ status, body: { code }, replayed: false })

const anOperation = (changes: Partial<Operation> = {}): Operation => ({
  client: 1,
  target: { table: 't', key: 'k', shape: 'counter', journal: 'sync' },
  action: { kind: 'increment' },
  idempotencyKey: 'op-1',
  manner: 'steady',
  ...changes,
})

/** Performs an operation against the given answers, the last of which goes on; `undefined` is no answer. */
async function performed(
  operation: Operation,
  ...answers: (Answer | undefined)[]
): Promise<{ recorded: Recorded; sent: Exchange[] }> {
  const sent: Exchange[] = []
  const send = async (exchange: Exchange): Promise<Answer> => {
    sent.push(exchange)
    const answer = answers[Math.min(sent.length, answers.length) - 1]
    if (answer === undefined) throw new Error('connection refused')
    return answer
  }
  const running = perform(operation, send, new Random(1))
  await vi.runAllTimersAsync()
  return { recorded: await running, sent }
}

describe('a client', () => {
  it('[CHS2] sends the same request with the same key until it is answered', async () => {
    const trouble = [
      undefined,
      refusal(503, 'restarting'),
      refusal(503, 'overloaded'),
      refusal(504, 'deadline_exceeded'),
    ]
    const { recorded, sent } = await performed(anOperation(), ...trouble, { ...ONE, replayed: true })
    expect(recorded.outcome).toEqual({ kind: 'acknowledged', output: 1, replayed: true })
    expect(recorded.sentMs).toHaveLength(5)
    expect(new Set(sent.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(sent[0]).toMatchObject({ method: 'POST', idempotencyKey: 'op-1' })
  })

  it('[CHS2] sends no key with a read', async () => {
    const { sent } = await performed(anOperation({ action: { kind: 'read' } }), undefined, {
      ...ONE,
      body: { value: [] },
    })
    expect(sent.map(({ idempotencyKey }) => idempotencyKey)).toEqual([undefined, undefined])
  })

  it('[CHS3] gives up at last, and does not know the outcome', async () => {
    const { recorded } = await performed(anOperation(), undefined)
    expect(recorded).toMatchObject({ outcome: { kind: 'unknown' }, returnedMs: Infinity })
    expect(recorded.sentMs.length).toBeLessThanOrEqual(MAX_ATTEMPTS)
    expect((recorded.sentMs.at(-1) as number) - (recorded.sentMs[0] as number)).toBeLessThanOrEqual(
      PATIENCE_MS,
    )
  })

  it.each<[Answer]>([
    [refusal(404, 'no_such_table')],
    [refusal(422, 'idempotency_mismatch')],
    [refusal(500, 'internal')],
    [refusal(503, 'quarantined')],
    [{ status: 200, body: { value: 'one' }, replayed: false }],
    [{ status: 200, body: {}, replayed: false }],
  ])('[CHS3] does not ask again after %j', async (answer) => {
    const { recorded, sent } = await performed(anOperation(), answer)
    expect(recorded.outcome).toEqual({
      kind: 'refused',
      answer: `${answer.status} ${JSON.stringify(answer.body)}`,
    })
    expect(sent).toHaveLength(1)
  })

  it('[CHS3] hasty asks again soon, careless never, twice at once, late after a while', async () => {
    const hasty = await performed(anOperation({ manner: 'hasty' }), undefined, ONE)
    expect(hasty.sent.map(({ timeoutMs }) => timeoutMs < 10)).toEqual([true, false])
    const careless = await performed(anOperation({ manner: 'careless' }), undefined, ONE)
    expect([careless.sent.length, careless.recorded.outcome.kind]).toEqual([1, 'unknown'])
    const twice = await performed(anOperation({ manner: 'twice' }), undefined, ONE)
    expect([twice.sent.length, twice.recorded.sentMs.length]).toEqual([2, 1])
    const late = await performed(anOperation({ manner: 'late' }), ONE)
    const [first, second] = late.recorded.sentMs as [number, number]
    expect(second - first).toBeGreaterThanOrEqual(100)
  })

  it('[CHS3] what is sent twice is over only when both are, and counts from the first answer', async () => {
    let under = 0
    let calls = 0
    const send = async (): Promise<Answer> => {
      under += 1
      await new Promise((resume) => setTimeout(resume, calls++ === 0 ? 100 : 5))
      under -= 1
      return ONE
    }
    const running = perform(anOperation({ manner: 'twice' }), send, new Random(1)).then((recorded) => ({
      recorded,
      under,
    }))
    await vi.runAllTimersAsync()
    const { recorded, under: left } = await running
    expect(left).toBe(0)
    expect(recorded.returnedMs - (recorded.sentMs[0] as number)).toBeLessThan(50)
  })
})
