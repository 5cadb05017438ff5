import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Database, type Operation } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { at } from '../support/a-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'

const TABLES = ['a', 'b', 'c', 'd'] as const
const KEYS = ['x', 'y', 'z', 1, [1, 'x']] as const
const SPEC = [['$1', [], ['$_']]]

const table = fc.constantFrom<string>(...TABLES)
const key = fc.constantFrom<Term>(...KEYS)
const row = fc.tuple(key, fc.nat(2))
const spanMs = fc.constantFrom(1, 5, 100)
const timing = fc
  .record({ ttlMs: spanMs, idleTtlMs: spanMs }, { requiredKeys: [] })
  .map((each) => each as Term)

const call = (op: Operation['op'], ...args: fc.Arbitrary<Term>[]): fc.Arbitrary<Operation> =>
  fc.tuple(table, fc.tuple(...args)).map(([name, given]) => ({ table: name, op, args: given }))

const idling = fc.constantFrom<Term>({ idleTtlMs: 5 }, { idleTtlMs: 100, ttlMs: 100 })

const operation = fc.oneof(
  ...[call('insert', row, idling), call('insert', row, idling), call('lookup', key), call('touch', key)],
  ...[call('insert', row), call('insert', row, timing), call('insert_list', fc.array(row, { maxLength: 3 }))],
  ...[call('insert_new', row, timing), call('delete', key), call('take', key), call('delete_object', row)],
  ...[call('delete_all_objects'), call('traverse_delete'), call('match_delete', fc.constant(['_', 1]))],
  ...[
    call('update_counter', key, fc.constant(1), fc.constant(['', 0])),
    call('update_counter', key, fc.constant(1)),
  ],
  ...[
    call('update_element', key, fc.constant([2, 0])),
    call('select_delete', fc.constant([[['_', 2], [], [true]]])),
  ],
  call('select_replace', fc.constant([[['$1', '_'], [], [{ tuple: ['$1', 7] }]]])),
  ...[
    call('expire', key, spanMs),
    call('expire_at', key, fc.nat(100)),
    call('persist', key),
    call('touch', key),
  ],
  ...[call('lookup', key), call('lookup_element', key, fc.nat(3)), call('first'), call('next', key)],
  ...[call('safe_fixtable', fc.boolean()), call('safe_fixtable', fc.constant(true))],
  ...[call('rename', table), call('delete_table')],
  call(
    'new',
    fc.constantFrom(...TABLE_TYPES).map((type) => ({ type })),
  ),
  call('cursor_open', fc.constantFrom('p', 'q'), fc.constant('select'), fc.constant(SPEC), fc.constant(1)),
  call('cursor_next', fc.constantFrom('p', 'q')),
)

interface Turn {
  readonly operations: readonly Operation[]
  /** Whether an operation that is always refused comes last. */
  readonly isRefused: boolean
  readonly laterMs: number
}

const turns = fc.array(
  fc.record({
    operations: fc.array(operation, { minLength: 1, maxLength: 8, size: 'max' }),
    isRefused: fc.boolean(),
    laterMs: fc.constantFrom(0, 0, 1, 4, 100),
  }),
  { minLength: 1, maxLength: 15, size: 'max' },
) as fc.Arbitrary<Turn[]>

const REFUSED: Operation = { table: 'nobody', op: 'tab2list', args: [] }

describe('turns over several tables', () => {
  it(
    '[TRN5] a turn that is refused at any operation leaves everything that can be seen as it was',
    modelTimeout,
    () => {
      fc.assert(
        fc.property(turns, (history) => {
          const database = fourTables()
          let nowMs = 0
          for (const { operations, isRefused, laterMs } of history) {
            nowMs += laterMs
            sweep(database, nowMs)
            const before = everything(database, nowMs)
            const refused = isRefusedTurn(database, isRefused ? [...operations, REFUSED] : operations, nowMs)
            check(database)
            if (refused) expect(everything(database, nowMs)).toEqual(before)
          }
        }),
        modelRuns(250),
      )
    },
  )

  it('[TRN5] an idling row that a refused turn read has the deadline that it had', () => {
    const database = fourTables()
    database.run([{ table: 'a', op: 'insert', args: [['x', 1], { idleTtlMs: 10 }] }], at(0))
    const read: Operation = { table: 'a', op: 'lookup', args: ['x'] }
    expect(isRefusedTurn(database, [read, REFUSED], 5)).toBe(true)
    expect(database.run([{ table: 'a', op: 'ttl', args: ['x'] }], at(5))).toEqual([5])
  })

  it(
    '[TRN4] what comes after refused turns is what comes without them, the order of rows included',
    modelTimeout,
    () => {
      fc.assert(
        fc.property(turns, (history) => {
          const tested = fourTables()
          const reference = fourTables()
          let nowMs = 0
          for (const { operations, isRefused, laterMs } of history) {
            nowMs += laterMs
            for (const each of [tested, reference]) sweep(each, nowMs)
            const refused = isRefusedTurn(tested, isRefused ? [...operations, REFUSED] : operations, nowMs)
            if (!refused) reference.run(operations, at(nowMs))
            expect(everything(tested, nowMs)).toEqual(everything(reference, nowMs))
          }
        }),
        modelRuns(250),
      )
    },
  )
})

/** One table of each type, so that every turn has tables to work on. */
function fourTables(): Database {
  const database = new Database()
  TABLE_TYPES.forEach((type, i) => {
    database.run([{ table: TABLES[i] as string, op: 'new', args: [{ type }] }], at(0))
  })
  return database
}

/** Every turn gives rows that are due back, refused or not; doing it first keeps that out of the comparison. */
function sweep(database: Database, nowMs: number): void {
  for (const name of TABLES) database.find(name)?.sweep(at(nowMs), 1_000)
}

function isRefusedTurn(database: Database, operations: readonly Operation[], nowMs: number): boolean {
  try {
    database.run(operations, at(nowMs))
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(EtsError)
    return true
  }
}

function check(database: Database): void {
  for (const name of TABLES) database.find(name)?.check()
}

/** All that callers can ask for. The reads among it keep nothing alive. */
function everything(database: Database, nowMs: number): unknown {
  const names = [...database.tables.keys()]
  return [database.seq, ...names.toSorted().map((name) => contents(database, name, nowMs))]
}

function contents(database: Database, name: string, nowMs: number): unknown {
  const ask = (op: Operation['op'], ...args: Term[]): unknown => {
    try {
      return database.run([{ table: name, op, args }], at(nowMs))[0]
    } catch (error) {
      return (error as EtsError).details
    }
  }
  return {
    info: ask('info'),
    rows: ask('tab2list'),
    entries: ask('traverse_lookup'),
    deadlines: KEYS.map((each) => [ask('ttl', each as Term), ask('row_info', each as Term)]),
    // Under a fixation also where a removed key had its place.
    steps: KEYS.map((each) => ask('next', each as Term)),
    cursors: JSON.stringify([...(database.find(name)?.cursors ?? [])]),
    nextDueMs: database.find(name)?.nextDueMs(),
  }
}
