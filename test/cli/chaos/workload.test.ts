import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/cli/chaos/random.ts'
import { planRound } from '../../../src/cli/chaos/schedule.ts'
import { allTables, Workload } from '../../../src/cli/chaos/workload.ts'
import { JOURNAL_MODES } from '../../../src/engine/options.ts'

const first = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next())

describe('chance', () => {
  it('[CHS1] is the same for the same seed, whatever the machine', () => {
    expect(first(new Random(1), 100)).toEqual(first(new Random(1), 100))
    expect(new Random(1).fork('kills').int(0, 1_000_000)).toBe(596421)
    expect(first(new Random(1), 5)).not.toEqual(first(new Random(2), 5))
  })

  it('[CHS1] a fork depends on its names alone', () => {
    const drawn = new Random(1)
    first(drawn, 10)
    expect(first(drawn.fork('a'), 5)).toEqual(first(new Random(1).fork('a'), 5))
    expect(first(drawn.fork('a'), 5)).not.toEqual(first(drawn.fork('b'), 5))
  })

  it('[CHS1] is even, and so are the first numbers of forks', () => {
    const random = new Random(3)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const digit = i % 2 === 0 ? random.int(0, 9) : random.fork(i).int(0, 9)
      counts[digit] = (counts[digit] as number) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe('the plan', () => {
  it('[CHS1] kills are where the seed says, in order', () => {
    const plan = planRound(new Random(5), 2, { kills: 3, faults: 2 })
    expect(planRound(new Random(5), 2, { kills: 3, faults: 2 })).toEqual(plan)
    expect(planRound(new Random(5), 3, { kills: 3, faults: 2 })).not.toEqual(plan)
    expect(plan.troubles).toHaveLength(5)
    expect(plan.troubles.map(({ atMs }) => atMs)).toEqual(
      plan.troubles.map(({ atMs }) => atMs).sort((a, b) => a - b),
    )
  })

  it('[CHS1] the operations of a client are those of the seed', () => {
    const operations = (seed: number) => {
      const workload = new Workload(new Random(seed), { round: 1, journals: JOURNAL_MODES }, 3)
      return Array.from({ length: 200 }, (_, n) => workload.operation(n, 0))
    }
    expect(operations(1)).toEqual(operations(1))
    expect(operations(1)).not.toEqual(operations(2))
  })
})

describe('the work', () => {
  const all = [1, 2].flatMap((round) =>
    [1, 2, 3, 4].flatMap((client) => {
      const workload = new Workload(new Random(1), { round, journals: JOURNAL_MODES }, client)
      return Array.from({ length: 500 }, (_, n) => workload.operation(n, n < 250 ? 0 : 1))
    }),
  )

  it('[CHS2] no two operations have the same key, and keys are of the form that is asked for', () => {
    const keys = all.map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(key).toMatch(/^[\w-]{1,128}$/)
  })

  it('[CHS2] no value is written twice, and each is removed at most once, by who wrote it', () => {
    const given = all.flatMap(({ client, action }) =>
      action.kind === 'insert' || action.kind === 'insert_new' ? `${client} ${action.value}` : [],
    )
    const removed = all.flatMap(({ client, action }) =>
      action.kind === 'delete_object' ? `${client} ${action.value}` : [],
    )
    expect(new Set(given).size).toBe(given.length)
    expect(new Set(removed).size).toBe(removed.length)
    expect(removed.filter((each) => !given.includes(each))).toEqual([])
    expect(removed.length).toBeGreaterThan(50)
  })

  it('[CHS2] every table is worked on, and only tables that can lose rows get new keys after a crash', () => {
    expect(new Set(all.map(({ target }) => target.table))).toEqual(
      new Set(allTables().map(({ table }) => table)),
    )
    for (const journal of JOURNAL_MODES) {
      const keysOf = (from: number, to: number) =>
        new Set(
          all.flatMap(({ target }, i) =>
            target.journal === journal && i >= from && i < to ? target.key : [],
          ),
        )
      const [before, after] = [keysOf(0, 250), keysOf(250, 500)]
      expect([...before].some((key) => after.has(key))).toBe(journal === 'sync')
    }
  })
})
