import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type DrillOptions, type DrillResult, drill } from '../../../src/cli/chaos/drill.ts'
import { reportOf, summaryOf } from '../../../src/cli/chaos/report.ts'
import type { RoundPlan } from '../../../src/cli/chaos/schedule.ts'
import { JOURNAL_MODES } from '../../../src/engine/options.ts'
import { FakeService, type Faults } from './fake-service.ts'

beforeEach(() => {
  vi.useFakeTimers({ loopLimit: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A drill in the time of the fake timers. */
async function drillOf(faults: Faults, options: Partial<DrillOptions> = {}): Promise<DrillResult> {
  const running = drill({
    seed: 1,
    rounds: 2,
    troubles: { kills: 1, faults: 1 },
    limitMs: 600_000,
    journals: JOURNAL_MODES,
    startService: async () => new FakeService(faults),
    ...options,
  })
  running.catch(() => {})
  await vi.runAllTimersAsync()
  return running
}

describe('a drill', () => {
  it.each([1, 2])('[CHS4] finds nothing in a sound service, seed %i', async (seed) => {
    const { figures, violations } = await drillOf({}, { seed, rounds: 3, troubles: { kills: 2, faults: 2 } })
    expect(violations).toEqual([])
    expect(figures).toMatchObject({ seed, rounds: 3, kills: 6, faults: 6, undecided: 0, violations: 0 })
    expect(figures.operations).toBe(figures.acknowledged + figures.unknown)
    for (const each of ['acknowledged', 'unknown', 'retries', 'replayed', 'histories'] as const) {
      expect(figures[each]).toBeGreaterThan(10)
    }
  })

  it('[CHS1] the same seed and the same service give the same drill', async () => {
    const plans: RoundPlan[][] = [[], []]
    const run = (i: number) => drillOf({}, { seed: 7, onPlan: (plan) => plans[i]?.push(plan) })
    const [first, second] = [await run(0), await run(1)]
    expect(second.figures).toEqual(first.figures)
    expect(plans[1]).toEqual(plans[0])
    expect((await drillOf({}, { seed: 8 })).figures.operations).not.toBe(first.figures.operations)
  })

  it('[CHS1] no round begins after the limit of time, and there may be no kills', async () => {
    const { figures } = await drillOf({}, { rounds: 100, troubles: { kills: 0, faults: 0 }, limitMs: 2000 })
    expect(figures).toMatchObject({ kills: 0, violations: 0 })
    expect(figures.rounds).toBeGreaterThan(0)
    expect(figures.rounds).toBeLessThan(20)
  })

  it.each<[string, Faults, string[]]>([
    ['[CHS4] retries that count twice', { ignoresKeys: true }, ['duplicated', 'not_linearizable']],
    ['[CHS4] keys that a crash forgets', { forgetsKeysInCrash: true }, ['not_linearizable']],
    ['[CHS4] the end of a sync table lost', { syncLossMs: 50 }, ['lost', 'not_linearizable']],
    [
      '[CHS4] deletions that a crash takes back',
      { forgetsDeletes: true },
      ['resurrected', 'not_linearizable'],
    ],
    ['[CHS4] stale reads', { readsStale: true }, ['not_linearizable']],
    ['[CHS5] an async table that loses two seconds', { asyncLossMs: 2000 }, ['lost']],
    ['[CHS5] an async table that loses here and there', { asyncHoles: 0.3 }, ['torn']],
    ['[CHS6] a none table that keeps its rows', { keepsNone: true }, ['resurrected', 'not_linearizable']],
    ['[CHS6] a none table that is gone', { dropsNone: true }, ['unexpected_answer']],
  ])('%s is found', async (_, faults, kinds) => {
    const { figures, violations } = await drillOf(faults, { troubles: { kills: 2, faults: 0 } })
    expect([...new Set(violations.map(({ kind }) => kind))]).toEqual(expect.arrayContaining(kinds))
    expect(figures.violations).toBeGreaterThanOrEqual(violations.length)
  })

  it('[CHS7] ends with its figures, after the smallest violation', async () => {
    const sound = await drillOf({}, { rounds: 1 })
    expect(summaryOf(sound)).toMatch(
      /^chaos: seed 1 rounds 1 kills 1 operations \d+ acknowledged \d+ unknown \d+ retries \d+ violations 0$/,
    )
    expect(reportOf(sound)).toEqual([
      'async tables may lose 1000 ms, taken with 500 ms of slack',
      expect.stringMatching(/^histories \d+ undecided 0 replayed \d+$/),
    ])
    const [headline, ...lines] = reportOf(await drillOf({ ignoresKeys: true }, { rounds: 1 }))
    expect(headline).toMatch(/^\w+: chaos-\w+\.\w+\/\w+: /)
    expect(lines[0]).toMatch(/^ {2}client \d {2}0\.0–/)
  })

  it('[CHS7] a service that refuses a table ends the drill, and is ended', async () => {
    const stop = vi.fn(async () => {})
    const service = new FakeService()
    const send = async () => ({ status: 400, body: { code: 'bad_request' }, replayed: false })
    const startService = async () => ({ send, stop, suffer: service.suffer })
    await expect(drillOf({}, { startService })).rejects.toThrow('was not created: 400 {"code":"bad_request"}')
    expect(stop).toHaveBeenCalledOnce()
  })
})
