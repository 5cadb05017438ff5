import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Database, Operation } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import type { TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { at } from '../support/a-database.ts'
import { JournaledDatabase } from '../support/journaled-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const
const REFUSED: Operation = { table: 'nobody', op: 'tab2list', args: [] }

interface Entry {
  readonly key: string
  value: number
  tags: readonly string[]
  expiresAtMs: number
  staleSinceMs: number | null
}

/** Rows as a list, from which an invalidation takes what it says. */
class NaiveTagged {
  readonly #isBag: boolean
  entries: Entry[] = []

  constructor(isBag: boolean) {
    this.#isBag = isBag
  }

  run(op: string, args: readonly Term[], nowMs: number): void {
    this.entries = this.entries.filter(({ expiresAtMs }) => nowMs < expiresAtMs)
    const under = this.entries.filter(({ key }) => key === args[0])
    switch (op) {
      case 'insert':
        this.#insert(args[0] as [string, number], (args[1] ?? {}) as Given, nowMs)
        return
      case 'update_counter':
        for (const entry of under) Object.assign(entry, { value: entry.value + 1, staleSinceMs: null })
        if (under.length === 0) this.#insert([args[0] as string, 1], {}, nowMs)
        return
      case 'expire':
        for (const entry of under) entry.expiresAtMs = nowMs + (args[1] as number)
        return
      case 'delete':
        this.entries = this.entries.filter(({ key }) => key !== args[0])
        return
      case 'delete_all_objects':
        this.entries = []
        return
      case 'invalidate_tags': {
        const isHit = ({ tags }: Entry): boolean => tags.some((tag) => (args[0] as string[]).includes(tag))
        const isSoft = (args[1] as { soft?: boolean } | undefined)?.soft ?? false
        if (isSoft) for (const entry of this.entries.filter(isHit)) entry.staleSinceMs = nowMs
        else this.entries = this.entries.filter((entry) => !isHit(entry))
      }
    }
  }

  #insert([key, value]: [string, number], { tags = [], ttlMs = Infinity }: Given, nowMs: number): void {
    const fresh = {
      key,
      value,
      tags: [...new Set(tags)].sort(),
      expiresAtMs: nowMs + ttlMs,
      staleSinceMs: null,
    }
    const at = this.#isBag ? -1 : this.entries.findIndex((entry) => entry.key === key)
    if (at === -1) this.entries.push(fresh)
    else this.entries[at] = fresh
  }
}

interface Given {
  readonly tags?: readonly string[]
  readonly ttlMs?: number
}

type Call = readonly [op: string, ...args: Term[]]

const key = fc.constantFrom<Term>(...KEYS)
const tags = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }) as fc.Arbitrary<Term>
const call = (op: string, ...args: fc.Arbitrary<Term>[]) =>
  fc.tuple(fc.constant(op), ...args) as unknown as fc.Arbitrary<Call>
const insertion = fc
  .record({ tags, ttlMs: fc.constantFrom(5, 50) }, { requiredKeys: [] })
  .map((each) => each as Term)

const turn = fc.record({
  calls: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: call('insert', fc.tuple(key, fc.nat(3)) as fc.Arbitrary<Term>, insertion) },
      { weight: 3, arbitrary: call('invalidate_tags', tags) },
      { weight: 2, arbitrary: call('invalidate_tags', tags, fc.constant({ soft: true })) },
      call('update_counter', key, fc.constant(1), fc.constant(['', 0])),
      call('expire', key, fc.constantFrom(5, 50)),
      call('delete', key),
      call('delete_all_objects'),
      call('pin', key),
      call('safe_fixtable', fc.boolean()),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  isRefused: fc.boolean(),
  next: fc.constantFrom('nothing', 'nothing', 'sweep', 'checkpoint', 'restart'),
  laterMs: fc.constantFrom(0, 0, 1, 5),
})
const history = fc.array(turn, { minLength: 1, maxLength: 15, size: 'max' })

describe('tags', () => {
  it.each<TableType>(['set', 'ordered_set', 'duplicate_bag'])(
    '[TAG1] take away and make stale what a list has that is searched, over refused turns and restarts (%s)',
    modelTimeout,
    (type) => {
      const property = fc.property(history, (turns) => {
        const process = new JournaledDatabase()
        const isBag = type === 'duplicate_bag'
        const naive = new NaiveTagged(isBag)
        process.run([{ table: 't', op: 'new', args: [{ type, journal: 'sync' }] }], at(0))
        let nowMs = 0
        for (const { calls, isRefused, next, laterMs } of turns) {
          nowMs += laterMs
          const usable = calls.filter(([op]) => !isBag || op !== 'update_counter')
          const operations = usable.map(([op, ...args]) => ({ table: 't', op, args }))
          if (isRefused) expect(() => process.run([...operations, REFUSED], at(nowMs))).toThrow(EtsError)
          else {
            process.run(operations, at(nowMs))
            for (const [op, ...args] of usable) naive.run(op, args, nowMs)
          }
          if (next === 'sweep') process.database.sweep(at(nowMs), 2)
          if (next === 'checkpoint') process.checkpoint()
          if (next === 'restart') process.restart(at(nowMs))
          naive.run('', [], nowMs)
          compare(process.database, naive, nowMs)
        }
      })
      fc.assert(property, modelRuns(150))
    },
  )
})

function compare(database: Database, naive: NaiveTagged, nowMs: number): void {
  database.table('t').check()
  const ask = (op: string, ...args: Term[]): Term =>
    database.run([{ table: 't', op, args }], at(nowMs))[0] as Term
  expect(ask('info', 'size')).toBe(naive.entries.length)
  expect(sorted(ask('tab2list') as Term[])).toEqual(
    sorted(naive.entries.map(({ key: each, value }) => [each, value])),
  )
  for (const each of KEYS) {
    const expected = naive.entries
      .filter((entry) => entry.key === each)
      .map(({ tags: carried, staleSinceMs }) => ({
        tags: carried,
        stale: staleSinceMs !== null,
        staleSinceMs,
      }))
    expect(ask('row_info', each)).toMatchObject(expected)
  }
  database.table('t').check()
}

const sorted = (list: readonly Term[]): string[] => list.map((each) => JSON.stringify(each)).sort()
