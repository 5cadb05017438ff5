import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Database, type Operation } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import { TABLE_TYPES, type TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import { at } from '../support/a-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { expectRefusal } from '../support/refusal.ts'

/** Rows are `[key, id]`: no two have the same id, so a row that comes back is another one. */
type NumberedRow = readonly [key: number, id: number]

interface Page {
  readonly rows: readonly NumberedRow[]
  readonly cursor: Term
}

const EVERYTHING: Term = ['$1', '$2']
const SPEC: Term = [[EVERYTHING, [], ['$_']]]

/** A database with one table `t`, and how to ask it. */
function aTable(type: TableType, maxVisited = 1_000_000) {
  const database = new Database({ maxVisited, incarnation: 1 })
  const run = (op: Operation['op'], ...args: Term[]): Term =>
    database.run(checkOperations([{ table: 't', op, args }]), at(0))[0] as Term
  run('new', { type })
  const scan = (verb: string, query: Term, limit: number, cursor: Term): Page =>
    run('scan', verb, query, { limit, cursor }) as unknown as Page
  return { database, run, scan }
}

type Run = ReturnType<typeof aTable>['run']

/** The rows of a table, kept beside it; in a set a row is gone when another takes its place. */
class NumberedRows {
  present: NumberedRow[] = []
  readonly #isBag: boolean
  readonly #run: Run
  #id = 0

  constructor(type: TableType, run: Run) {
    this.#isBag = type === 'bag' || type === 'duplicate_bag'
    this.#run = run
  }

  insert(key: number): void {
    const row = [key, this.#id++] as const
    this.present = this.present.filter((each) => this.#isBag || each[0] !== key)
    this.present.push(row)
    this.#run('insert', row)
  }

  apply({ op, key }: Change): void {
    if (op === 'insert') {
      this.insert(key)
      return
    }
    this.present = this.present.filter((each) => each[0] !== key)
    this.#run('delete', key)
  }
}

/** What happens between two pages: rows under some keys come or go. */
interface Change {
  readonly op: 'insert' | 'delete'
  readonly key: number
}
const key = fc.nat(6)
const change: fc.Arbitrary<Change> = fc.record({
  op: fc.constantFrom('insert', 'insert', 'delete', 'delete'),
  key,
}) as fc.Arbitrary<Change>

const walks = fc.record({
  type: fc.constantFrom(...TABLE_TYPES),
  keys: fc.array(key, { maxLength: 30, size: 'max' }),
  /** Done before the scan, so that rows of a key lie in slots out of order. */
  before: fc.array(change, { maxLength: 20, size: 'max' }),
  changes: fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 30, size: 'max' }),
  limit: fc.constantFrom(1, 2, 3, 7),
  maxVisited: fc.constantFrom(1, 2, 5, 1_000),
  verb: fc.constantFrom('select', 'select_reverse', 'match_object'),
  boundKey: fc.option(key, { nil: undefined, freq: 2 }),
})

describe('scans of a table that changes between their pages', () => {
  it(
    '[SCN1] every row that is there throughout is met once, no row twice, in key order where there is one',
    modelTimeout,
    () => {
      fc.assert(
        fc.property(walks, ({ type, keys, before, changes, limit, maxVisited, verb, boundKey }) => {
          // The rows under a key of a bag are looked at when one of them is stored, and when they are removed.
          const isBag = type === 'bag' || type === 'duplicate_bag'
          const { run, scan } = aTable(type, isBag ? maxVisited + 20 : maxVisited)
          const rows = new NumberedRows(type, run)
          for (const each of keys) rows.insert(each)
          for (const each of before) rows.apply(each)
          const isWanted = ([k]: NumberedRow): boolean => boundKey === undefined || k === boundKey
          const query = boundKey === undefined ? EVERYTHING : [boundKey, '$2']
          let throughout = rows.present.filter(isWanted)
          const met: NumberedRow[] = []
          let cursor: Term = null
          for (let page = 0; page === 0 || cursor !== null; page++) {
            expect(page).toBeLessThan(400)
            const answer: Page = scan(
              verb,
              verb === 'match_object' ? query : [[query, [], ['$_']]],
              limit,
              cursor,
            )
            expect(answer.rows.length).toBeLessThanOrEqual(isBag ? limit : Math.min(limit, maxVisited))
            met.push(...answer.rows)
            cursor = answer.cursor
            for (const each of changes[page] ?? []) rows.apply(each)
            throughout = throughout.filter((row) => rows.present.includes(row))
          }
          const ids = met.map((row) => row[1])
          expect(new Set(ids).size).toBe(ids.length)
          expect(throughout.filter((row) => !ids.includes(row[1]))).toEqual([])
          expect(met.every(isWanted)).toBe(true)
          if (type === 'ordered_set') expectAscending(verb === 'select_reverse' ? met.reverse() : met)
        }),
        modelRuns(1_000),
      )
    },
  )

  it(
    '[SCN2] a named cursor of an ordered_set meets every row that stays once, in key order',
    modelTimeout,
    () => {
      fc.assert(
        fc.property(walks, ({ keys, changes, limit, verb }) => {
          const { run } = aTable('ordered_set')
          for (const each of keys) run('insert', [each, 0])
          const stayed = new Set(keys)
          const met: number[] = []
          const query = verb === 'match_object' ? EVERYTHING : SPEC
          let page = run('cursor_open', 'c', verb, query, limit)
          for (let i = 0; page !== '$end_of_table'; i++) {
            met.push(...(page as unknown as NumberedRow[]).map(([k]) => k))
            for (const each of changes[i] ?? []) {
              if (each.op === 'insert') run('insert', [each.key, 0])
              else run('delete', each.key)
              if (each.op === 'delete') stayed.delete(each.key)
            }
            page = run('cursor_next', 'c')
          }
          expect(run('cursor_next', 'c')).toBe('$end_of_table')
          expect([...stayed].filter((each) => !met.includes(each))).toEqual([])
          expectAscending((verb === 'select_reverse' ? met.reverse() : met).map((each) => [each, 0]))
        }),
        modelRuns(500),
      )
    },
  )
})

/** Strictly: no key comes twice. */
function expectAscending(rows: readonly NumberedRow[]): void {
  for (let i = 1; i < rows.length; i++) {
    expect((rows[i - 1] as NumberedRow)[0]).toBeLessThan((rows[i] as NumberedRow)[0])
  }
}

const FORGED: readonly unknown[] = [
  ...[1, 'x', true, [], {}, [1], { slot: 0 }, { key: 1, of: 1 }, { of: '1.1' }, { slot: null, of: '1.1' }],
  ...[-1, -1e308, 1e308, 0.5, '0', [0], {}, Number.MIN_SAFE_INTEGER].map((slot) => ({ slot, of: '1.1' })),
  ...[
    { slot: 0, of: '0.1' },
    { slot: 0, of: '1.2' },
    { slot: 0, of: 1.1 },
    { slot: 0, of: ['1.1'] },
  ],
  ...[{ cursor: null }, JSON.parse('{"__proto__":{"slot":0,"of":"1.1"}}'), { slot: 0, of: '1.1', key: {} }],
  ...[{ slot: { toString: 'x' }, of: '1.1' }, { constructor: 1 }],
]

describe('cursors from elsewhere', () => {
  it.each(TABLE_TYPES)(
    '[SCN3] a forged cursor is refused or begins at a key, and never fails (%s)',
    (type) => {
      const { run } = aTable(type)
      for (let k = 0; k < 5; k++) run('insert', [k, k])
      for (const cursor of FORGED)
        expectPageOrRefusal(() => run('scan', 'select', SPEC, { cursor: cursor as Term }))
    },
  )

  it('[SCN3] whatever JSON is given as a cursor, the answer is a page or a refusal', modelTimeout, () => {
    const tables = TABLE_TYPES.map((type) => aTable(type))
    for (const { run } of tables) run('insert', ['a', 1])
    const member = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.constant('1.1'))
    const cursor = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record({ slot: member, of: member, key: member }, { requiredKeys: [] }),
      fc.record({ slot: fc.double(), of: fc.constant('1.1') }),
    )
    fc.assert(
      fc.property(cursor, (json) => {
        for (const { run } of tables) {
          expectPageOrRefusal(() => run('scan', 'match_object', EVERYTHING, { cursor: json as Term }))
        }
      }),
      modelRuns(1_000),
    )
  })

  it('[SCN3] a cursor of another table, or of before a restart, is refused', async () => {
    const { run, scan } = aTable('set')
    for (let k = 0; k < 5; k++) run('insert', [k, k])
    const { cursor } = scan('select', SPEC, 2, null)
    run('delete_table')
    run('new')
    await expectRefusal(() => scan('select', SPEC, 2, cursor), 'badarg', { why: 'cursor' })
    const later = new Database({ incarnation: 2 })
    later.run([{ table: 't', op: 'new', args: [] }], at(0))
    const again: Operation = { table: 't', op: 'scan', args: ['select', SPEC, { cursor }] }
    await expectRefusal(() => later.run([again], at(0)), 'badarg', { why: 'cursor' })
  })
})

function expectPageOrRefusal(work: () => Term): void {
  try {
    expect(work()).toHaveProperty('rows')
  } catch (error) {
    expect(error).toBeInstanceOf(EtsError)
    expect((error as EtsError).code).toMatch(/^(badarg|bad_request)$/)
  }
}

const QUERIES: readonly (readonly [Operation['op'], ...Term[]])[] = [
  ...(['match', 'match_object', 'match_delete'] as const).map((op) => [op, EVERYTHING] as const),
  ...(['select', 'select_reverse', 'select_count', 'select_delete'] as const).map(
    (op) => [op, SPEC] as const,
  ),
  ['select_replace', SPEC],
  ...(['match_chunks', 'match_object_chunks'] as const).map((op) => [op, EVERYTHING, 2] as const),
  ...(['select_chunks', 'select_reverse_chunks'] as const).map((op) => [op, SPEC, 2] as const),
]

describe('the bound on rows that one call may look at', () => {
  it.each(TABLE_TYPES)(
    '[SCN4] a query over as many rows as allowed is answered, over one more refused (%s)',
    async (type) => {
      for (const [op, ...args] of QUERIES) {
        if (op === 'select_replace' && type === 'bag') continue
        const { run } = aTable(type, 6)
        for (let k = 0; k < 6; k++) run('insert', [k, k])
        expect(() => run(op, ...args), op).not.toThrow()
        for (let k = 0; k < 7; k++) run('insert', [k, k])
        await expectRefusal(() => run(op, ...args), 'too_large', { limit: 6 })
      }
    },
  )

  it('[SCN4] a cursor whose page lies beyond the bound is refused and stays where it was', async () => {
    const { run } = aTable('ordered_set', 4)
    for (let k = 0; k < 10; k++) run('insert', [k, k === 1 ? 1 : 0])
    const ones: Term = [[['_', 1], [], ['$_']]]
    expect(run('cursor_open', 'c', 'select', ones, 1)).toEqual([[1, 1]])
    await expectRefusal(() => run('cursor_next', 'c'), 'too_large', { limit: 4 })
    for (let k = 2; k < 7; k++) run('delete', k)
    expect(run('cursor_next', 'c')).toBe('$end_of_table')
  })
})
