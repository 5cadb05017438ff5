import { describe, expect, it } from 'vitest'
import type { Database, Operation } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import { TABLE_TYPES, type TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { VERBS, type VerbName } from '../../src/engine/verbs/registry.ts'
import { aDatabase, at } from '../support/a-database.ts'

const DEADLINE_MS = 1_000
const ALL: Term = ['$1', '$2']
const SPEC: Term = [[ALL, [], ['$_']]]

type Call = [op: VerbName, ...args: Term[]]

/**
 * Every verb whose answer depends on which rows there are, with arguments that ask for the row under `k`, or
 * for all rows. The answer past the deadline is that of a table which never held the row.
 */
const CALLS: Readonly<Partial<Record<VerbName, readonly Term[]>>> = {
  lookup: ['k'],
  lookup_element: ['k', 2],
  member: ['k'],
  take: ['k'],
  insert_new: [['k', 2]],
  insert_new_list: [[['k', 2]]],
  update_counter: ['k', 5],
  update_element: ['k', [2, 9]],
  ...{ first: [], last: [], next: ['a'], prev: ['z'] },
  ...{ first_lookup: [], last_lookup: [], next_lookup: ['a'], prev_lookup: ['z'] },
  slot: [1],
  ...{ traverse: [], traverse_back: [], traverse_lookup: [], traverse_delete: [] },
  ...{ tab2list: [], foldl: [], foldr: [] },
  ...{ match: [ALL], match_object: [['k', '_']] },
  ...{ select: [SPEC], select_reverse: [SPEC], select_count: [[['$1', [], [true]]]] },
  ...{ select_delete: [[['$1', [], [true]]]], select_replace: [SPEC] },
  ...{ match_chunks: [ALL, 1], match_object_chunks: [ALL, 1] },
  ...{ select_chunks: [SPEC, 1], select_reverse_chunks: [SPEC, 1] },
  cursor_open: ['c', 'select', SPEC, 9],
  cursor_next: ['c0'],
  scan: ['select', SPEC],
  ttl: ['k'],
  expire: ['k', 5],
  expire_at: ['k', 9_999],
  persist: ['k'],
  pin: ['k'],
  unpin: ['k'],
  touch: ['k'],
  row_info: ['k'],
  info: ['size'],
  stats: [],
}

/** Verbs that answer the same whatever rows there are; of them only what is left behind is compared. */
const SILENT: Readonly<Partial<Record<VerbName, readonly Term[]>>> = {
  insert: [['k', 3]],
  insert_list: [[['k', 3]]],
  delete: ['k'],
  delete_object: [['k', 1]],
  delete_all_objects: [],
  match_delete: [ALL],
  explain: ['match', ALL],
  invalidate_tags: [['x']],
  reset_stats: [],
  // Refused by a table that does not tell; what is told of a row that ended is for test/engine/stats.
  events: [],
  safe_fixtable: [true],
  new: [],
  rename: ['u'],
  delete_table: [],
}

/** A table with `k`, if wanted, which ends at the deadline, between `a` and `z`, if it is not to be at the edge. */
function aTable(type: TableType, hasMortal: boolean, isAtEdge: boolean) {
  const table = aDatabase({ type }, isAtEdge ? [] : [['a', 1]])
  if (hasMortal) table.run('insert', ['k', 1], { expiresAtMs: DEADLINE_MS })
  if (!isAtEdge) table.run('insert', ['z', 1])
  if (type === 'ordered_set') table.run('cursor_open', 'c0', 'select', SPEC, 1)
  return table
}

interface Outcome {
  readonly answer: unknown
  readonly rows: unknown
}

/** What a verb answers at a moment, and the rows that it leaves. */
function outcome(type: TableType, hasMortal: boolean, [op, ...args]: Call, nowMs: number): Outcome {
  const { run, now } = aTable(type, hasMortal, /^(first|last)/.test(op))
  now(nowMs)
  const answer = answerOf(() => run(op, ...args))
  return { answer: withoutVersions(answer), rows: answerOf(() => [...(run('tab2list') as Term[])].sort()) }
}

function answerOf(work: () => Term): unknown {
  try {
    return work()
  } catch (error) {
    return { refused: (error as EtsError).details }
  }
}

/** Versions count changes, and the row that never was made none. */
const withoutVersions = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer, (name, each) => (name === 'version' ? undefined : each)))

const isRefusal = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'refused' in answer

const calls: readonly Call[] = Object.entries({ ...CALLS, ...SILENT }).map(
  ([op, args]) => [op, ...args] as unknown as Call,
)

describe('a deadline', () => {
  it('[TIM1] is tested with every verb there is', () => {
    expect(calls.map(([op]) => op).sort()).toEqual(Object.keys(VERBS).sort())
  })

  it.each(calls)('[TIM1] %s sees a row until its deadline, not at it and not after it', (op, ...args) => {
    for (const type of TABLE_TYPES) {
      const mortal = (nowMs: number): Outcome => outcome(type, true, [op, ...args], nowMs)
      const never = (nowMs: number): Outcome => outcome(type, false, [op, ...args], nowMs)
      for (const nowMs of [DEADLINE_MS, DEADLINE_MS + 1]) {
        expect(mortal(nowMs), `${type} at ${nowMs}`).toEqual(never(nowMs))
      }
      const before = mortal(DEADLINE_MS - 1).answer
      const without = never(DEADLINE_MS - 1).answer
      if (!isBlind(op, type) && !(isRefusal(before) && isRefusal(without))) {
        expect(before, type).not.toEqual(without)
      }
    }
  })

  /** Whether a verb cannot tell that the row is there: `prev` of an unordered table goes on from the last. */
  const isBlind = (op: VerbName, type: TableType): boolean =>
    op in SILENT || (op.startsWith('prev') && type !== 'ordered_set')
})

describe('time', () => {
  it('[TIM2] an expired counter starts again from its default, and is refused without one', () => {
    const { run, now } = aDatabase({}, [])
    run('insert', ['n', 41], { ttlMs: 10 })
    now(9)
    expect(run('update_counter', 'n', 1)).toBe(42)
    now(10)
    expect(() => run('update_counter', 'n', 1)).toThrow(EtsError)
    expect(run('update_counter', 'n', 1, ['', 100])).toBe(101)
    expect(run('ttl', 'n')).toBe(null)
  })

  it('[TIM3] an insert gives the row the deadline it names, or none', () => {
    for (const type of ['set', 'ordered_set', 'bag'] as const) {
      const { run } = aDatabase({ type })
      run('insert', ['k', 1], { ttlMs: 10 })
      expect(run('ttl', 'k')).toBe(10)
      run('insert', ['k', 1])
      expect(run('ttl', 'k')).toBe(null)
      run('insert_list', [['k', 1]], { ttlMs: 7 })
      expect(run('ttl', 'k')).toBe(7)
    }
  })

  it('[TIM3] an update of the row leaves its deadline', () => {
    const { run } = aDatabase()
    run('insert', ['k', 1], { ttlMs: 10 })
    run('update_counter', 'k', 1)
    run('update_element', 'k', [2, 5])
    run('select_replace', [[['$1', '_'], [], [{ tuple: ['$1', 6] }]]])
    expect(run('ttl', 'k')).toBe(10)
  })

  it('[TIM4] reading an idling row lets it live on, never past its hard deadline', () => {
    const { run, now } = aDatabase()
    run('insert', ['k', 1], { idleTtlMs: 10, ttlMs: 25 })
    for (const moment of [9, 18]) {
      now(moment)
      run('lookup', 'k')
    }
    expect(run('ttl', 'k')).toBe(7)
    now(24)
    expect([run('touch', 'k'), run('ttl', 'k')]).toEqual([true, 1])
    now(25)
    expect(run('lookup', 'k')).toEqual([])
  })

  it.each([
    ['lookup', 'k'],
    ['lookup_element', 'k', 2],
    ['touch', 'k'],
  ] as const)('[TIM4] %s counts as a read', (op, ...args) => {
    expect(leftAfter(op, ...args)).toBe(10)
  })

  it.each(
    calls
      .filter(([op]) => VERBS[op].mode === 'read' && !['lookup', 'lookup_element', 'touch'].includes(op))
      .filter(([op]) => !['slot', 'cursor_open', 'cursor_next'].includes(op)),
  )('[TIM4] %s does not count as a read', (op, ...args: readonly Term[]) => {
    expect(leftAfter(op, ...args)).toBe(5)
  })

  /** What is left of an idle time of 10 when a verb is run after 5. */
  function leftAfter(op: VerbName, ...args: readonly Term[]): Term {
    const { run, now } = aDatabase({ events: true }, [
      ['a', 1],
      ['z', 1],
    ])
    run('insert', ['k', 1], { idleTtlMs: 10 })
    now(5)
    run(op, ...args)
    return run('ttl', 'k')
  }

  it.each(TABLE_TYPES)('[TIM5] a moment that is past or present ends the row at once (%s)', (type) => {
    const { run, now } = aDatabase({ type }, [['k', 1]])
    now(100)
    expect([run('expire_at', 'k', 100), run('member', 'k'), run('info', 'size')]).toEqual([true, false, 0])
    run('insert', ['k', 2], { expiresAtMs: 99 })
    expect([run('lookup', 'k'), run('persist', 'k'), run('expire', 'k', 5)]).toEqual([[], false, false])
    run('insert', ['k', 3])
    expect(run('tab2list')).toEqual([['k', 3]])
  })

  it('[TIM5] what a turn lets end is not counted any more in that turn', () => {
    const { database } = aDatabase({}, [['k', 1]])
    const turn: Operation[] = [
      { table: 't', op: 'insert', args: [['l', 1], { ttlMs: 10 }] },
      { table: 't', op: 'expire_at', args: ['k', 5] },
      { table: 't', op: 'info', args: ['size'] },
    ]
    expect(database.run(turn, at(5))[2]).toBe(1)
  })

  it('[TIM7] a condition lets a deadline move only from none, from some, to later or to earlier', () => {
    const moved = (from: number | undefined, condition: string, to: number): Term => {
      const { run } = aDatabase()
      run('insert', ['k', 1], from === undefined ? {} : { expiresAtMs: from })
      return run('expire_at', 'k', to, { condition })
    }
    const table = (condition: string): Term[] => [
      ...[9, 10, 11].map((to) => moved(10, condition, to)),
      moved(undefined, condition, 10),
    ]
    expect(table('NX')).toEqual([false, false, false, true])
    expect(table('XX')).toEqual([true, true, true, false])
    expect(table('GT')).toEqual([false, false, true, false])
    expect(table('LT')).toEqual([true, false, false, true])
  })

  it('[TIM5] persist takes deadline and idle time away', () => {
    const { run, now } = aDatabase()
    run('insert', ['k', 1], { idleTtlMs: 10, ttlMs: 25 })
    expect([run('persist', 'k'), run('persist', 'k'), run('ttl', 'k')]).toEqual([true, false, null])
    now(1_000_000)
    expect(run('member', 'k')).toBe(true)
  })

  it.each(TABLE_TYPES)(
    '[TIM6] a sweep gives back the memory of all that ended, in slices of any size (%s)',
    (type) => {
      for (const slice of [1, 7, 1_000]) {
        const { database, run } = aDatabase({ type }, [['stays', 0]])
        const before = run('info', 'bytes')
        const rows = Array.from({ length: 500 }, (_, i): Term => [type === 'bag' ? i % 9 : i, i])
        run('insert_list', rows, { ttlMs: 50 })
        sweepAll(database, 50, slice)
        expect([run('info', 'bytes'), database.table('t').nextDueMs()]).toEqual([before, Infinity])
        database.table('t').check()
      }
    },
  )

  function sweepAll(database: Database, nowMs: number, slice: number): void {
    const table = database.table('t')
    while (table.sweep(at(nowMs), slice)) table.check()
  }

  it('[TIM6] rows that nobody sweeps for are given back by the operations that come', () => {
    const { run, now } = aDatabase()
    const before = run('info', 'bytes')
    run(
      'insert_list',
      Array.from({ length: 100 }, (_, i) => [i]),
      { ttlMs: 50 },
    )
    now(1_000)
    for (let i = 0; i < 10; i++) run('member', 'x')
    expect(run('info', 'bytes')).toBe(before)
  })
})
