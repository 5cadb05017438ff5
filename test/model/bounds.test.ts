import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import { EVICTIONS, TABLE_TYPES, type TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase } from '../support/a-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'

const MAX_ROWS = 4
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const

interface Entry {
  readonly key: string
  value: number
  expiresAtMs: number
  isPinned: boolean
  isUsed: boolean
}

/** A table with a bound, as lists that are searched: the oldest first, by coming (SIEVE) or by use (LRU). */
class NaiveBounded {
  readonly #eviction: 'lru' | 'sieve'
  /** Pinned ones are in no order. */
  #pinned: Entry[] = []
  #entries: Entry[] = []
  #hand: Entry | undefined

  constructor(eviction: 'lru' | 'sieve') {
    this.#eviction = eviction
  }

  rows(): Term[] {
    return [...this.#pinned, ...this.#entries].map(({ key, value }) => [key, value])
  }

  run(op: string, args: readonly Term[], nowMs: number): unknown {
    for (const each of [...this.#pinned, ...this.#entries]) if (each.expiresAtMs <= nowMs) this.#remove(each)
    const key = (op === 'insert' ? (args[0] as Term[])[0] : args[0]) as string
    const entry = [...this.#pinned, ...this.#entries].find((each) => each.key === key)
    switch (op) {
      case 'insert': {
        const { ttlMs = Infinity, pin = false } = (args[1] ?? {}) as { ttlMs?: number; pin?: boolean }
        const value = (args[0] as Term[])[1] as number
        return this.#put(entry, { key, value, expiresAtMs: nowMs + ttlMs, isPinned: pin, isUsed: false })
      }
      case 'lookup':
        if (entry === undefined) return []
        this.#use(entry)
        return [[key, entry.value]]
      case 'update_counter':
        if (entry === undefined)
          return this.#put(entry, {
            key,
            value: 1,
            expiresAtMs: Infinity,
            isPinned: false,
            isUsed: false,
          }) === true
            ? 1
            : 'table_full'
        entry.value++
        this.#use(entry)
        return entry.value
      case 'delete':
        if (entry !== undefined) this.#remove(entry)
        return true
      default:
        if (entry !== undefined && entry.isPinned !== (op === 'pin')) this.#pin(entry, op === 'pin')
        return entry !== undefined
    }
  }

  #put(entry: Entry | undefined, next: Entry): true | 'table_full' {
    if (entry !== undefined) {
      entry.value = next.value
      entry.expiresAtMs = next.expiresAtMs
      if (entry.isPinned !== next.isPinned) this.#pin(entry, next.isPinned)
      this.#use(entry)
      return true
    }
    if (this.#pinned.length === MAX_ROWS) return 'table_full'
    if (this.#pinned.length + this.#entries.length === MAX_ROWS) this.#evict()
    if (next.isPinned) this.#pinned.push(next)
    else this.#entries.push(next)
    return true
  }

  #pin(entry: Entry, isPinned: boolean): void {
    this.#remove(entry)
    entry.isPinned = isPinned
    entry.isUsed = false
    if (isPinned) this.#pinned.push(entry)
    else this.#entries.push(entry)
  }

  #use(entry: Entry): void {
    entry.isUsed = true
    if (this.#eviction === 'sieve' || entry.isPinned) return
    this.#entries = [...this.#entries.filter((each) => each !== entry), entry]
  }

  #remove(entry: Entry): void {
    if (this.#hand === entry) this.#hand = this.#entries[this.#entries.indexOf(entry) + 1]
    this.#pinned = this.#pinned.filter((each) => each !== entry)
    this.#entries = this.#entries.filter((each) => each !== entry)
  }

  #evict(): void {
    if (this.#eviction === 'lru') {
      this.#entries.shift()
      return
    }
    let at = this.#hand === undefined ? 0 : this.#entries.indexOf(this.#hand)
    while (this.#entries[at]?.isUsed) {
      ;(this.#entries[at] as Entry).isUsed = false
      at = (at + 1) % this.#entries.length
    }
    this.#hand = this.#entries[at]
    this.#remove(this.#entries[at] as Entry)
  }
}

interface Step {
  readonly call: readonly [op: Operation['op'], ...args: Term[]]
  readonly laterMs: number
}

const key = fc.constantFrom<Term>(...KEYS)
const row = fc.tuple(key, fc.nat(3)) as fc.Arbitrary<Term>
const options = fc.constantFrom<Term>({}, {}, {}, { ttlMs: 5 }, { ttlMs: 20 }, { pin: true })
const marked = fc.oneof(options, fc.constantFrom<Term>({ tags: ['x'] }, { tags: ['x', 'y'], pin: true }))
const call = (op: string, ...args: fc.Arbitrary<Term>[]) =>
  fc.tuple(fc.constant(op), ...args) as unknown as fc.Arbitrary<Step['call']>
const steps = fc.array(
  fc.record({
    call: fc.oneof(
      { weight: 6, arbitrary: call('insert', row, options) },
      { weight: 4, arbitrary: call('lookup', key) },
      call('update_counter', key, fc.constant(1), fc.constant(['', 0])),
      call('delete', key),
      call('pin', key),
      call('unpin', key),
    ),
    laterMs: fc.constantFrom(0, 0, 0, 1, 4, 16),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
)

function answerOf(work: () => Term): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof EtsError && error.code !== 'badarg') return error.code
    throw error
  }
}

const sorted = (list: readonly unknown[]): unknown[] => list.map((each) => JSON.stringify(each)).sort()

describe('a table with bounds', () => {
  it.each(['lru', 'sieve'] as const)(
    '[BND11] answers like lists that are searched, whatever goes when, pinned and ended rows among it (%s)',
    modelTimeout,
    (eviction) => {
      const property = fc.property(
        fc.constantFrom<TableType>('set', 'ordered_set'),
        steps,
        (type, history) => {
          const naive = new NaiveBounded(eviction)
          const { database, run, now, rows } = aDatabase({ type, maxRows: MAX_ROWS, eviction })
          let nowMs = 0
          for (const { call, laterMs } of history) {
            nowMs += laterMs
            now(nowMs)
            const [op, ...args] = call
            expect(answerOf(() => run(op, ...args))).toEqual(naive.run(op, args, nowMs))
            expect(sorted(rows())).toEqual(sorted(naive.rows()))
            database.table('t').check()
          }
        },
      )
      fc.assert(property, modelRuns(250))
    },
  )

  it(
    '[BND11] is never beyond its bounds, and in order, of any type and policy, under fixations too',
    modelTimeout,
    () => {
      const shape = fc.record({
        type: fc.constantFrom(...TABLE_TYPES),
        eviction: fc.constantFrom(...EVICTIONS),
        maxBytes: fc.constantFrom(null, 600, 1_000),
      })
      const sizedRow = fc.tuple(key, fc.constantFrom('', 'x'.repeat(90), 'x'.repeat(300)))
      const anyStep = fc.oneof(
        { weight: 5, arbitrary: call('insert', sizedRow, marked) },
        call('insert_list', fc.array(sizedRow, { maxLength: 6 })),
        call('lookup', key),
        call('take', key),
        call('invalidate_tags', fc.constantFrom<Term>(['x'], ['y', 'z'])),
        call('pin', key),
        call('unpin', key),
        call('expire', key, fc.constant(5)),
        call('safe_fixtable', fc.boolean()),
        call('delete_all_objects'),
        call('select_replace', fc.constant([[['$1', '_'], [], [{ tuple: ['$1', 'y'.repeat(120)] }]]])),
      )
      const history = fc.array(fc.tuple(anyStep, fc.constantFrom(0, 0, 5)), { maxLength: 50, size: 'max' })
      const property = fc.property(shape, history, (options, each) => {
        const { database, run, now } = aDatabase({ ...options, maxRows: MAX_ROWS })
        let nowMs = 0
        for (const [[op, ...args], laterMs] of each) {
          nowMs += laterMs
          now(nowMs)
          const before = [run('tab2list'), database.seq]
          const refused = isRefused(() => run(op, ...args))
          if (refused) expect([run('tab2list'), database.seq]).toEqual(before)
          const table = database.table('t')
          table.check()
          expect(table.held).toBeLessThanOrEqual(MAX_ROWS)
          if (options.maxBytes !== null) expect(table.bytes).toBeLessThanOrEqual(options.maxBytes)
          const [inserted] = args
          if (op === 'insert' && !refused) expect(run('member', (inserted as Term[])[0] as Term)).toBe(true)
        }
      })
      fc.assert(property, modelRuns(250))
    },
  )
})

function isRefused(work: () => Term): boolean {
  try {
    work()
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(EtsError)
    return true
  }
}
