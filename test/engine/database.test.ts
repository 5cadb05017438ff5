import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Database, type Operation } from '../../src/engine/database.ts'
import { aDatabase, at } from '../support/a-database.ts'
import { expectRefusal } from '../support/refusal.ts'

describe('a turn', () => {
  it('[TRN1] a refused operation takes back everything the operations before it did', async () => {
    const { database, run, rows } = aDatabase({}, [
      ['a', 1],
      ['b', 2],
    ])
    const before = database.seq
    const batch: Operation[] = [
      { table: 't', op: 'delete', args: ['a'] },
      { table: 't', op: 'insert', args: [['c', 3]] },
      { table: 't', op: 'update_counter', args: ['b', 5] },
      { table: 'u', op: 'new', args: [] },
      { table: 't', op: 'update_counter', args: ['missing', 1] },
    ]
    await expectRefusal(() => database.run(batch, at(0)), 'badarg', { why: 'key', index: 4 })
    expect(rows()).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(database.find('u')).toBeUndefined()
    expect(database.seq).toBe(before)
    expect(run('member', 'c')).toBe(false)
  })

  it('[TRN1] a dropped table is back with its rows when the turn fails', async () => {
    const { database, rows } = aDatabase({}, [['a', 1]])
    const batch: Operation[] = [
      { table: 't', op: 'delete_table', args: [] },
      { table: 't', op: 'lookup', args: ['a'] },
    ]
    await expectRefusal(() => database.run(batch, at(0)), 'no_such_table', { index: 1 })
    expect(rows()).toEqual([['a', 1]])
  })

  it('[TRN2] each operation sees what the ones before it did', () => {
    const { database } = aDatabase()
    const values = database.run(
      [
        { table: 't', op: 'insert', args: [['n', 1]] },
        { table: 't', op: 'update_counter', args: ['n', 1] },
        { table: 't', op: 'take', args: ['n'] },
        { table: 't', op: 'member', args: ['n'] },
      ],
      at(0),
    )
    expect(values).toEqual([true, 2, [['n', 2]], false])
  })

  it('[TRN3] seq grows by one with each change and not with a read', () => {
    const { database, run } = aDatabase()
    const before = database.seq
    run('insert', ['a', 1])
    run('lookup', 'a')
    run('delete', 'nobody')
    run('insert_list', [
      ['b', 1],
      ['c', 1],
    ])
    expect(database.seq).toBe(before + 3)
  })

  it('[TRN4] a random turn that fails leaves the table as if it had not been', () => {
    const key = fc.constantFrom('a', 'b', 'c', 1, [1])
    const operation = fc.oneof(
      key.map((k): Operation => ({ table: 't', op: 'insert', args: [[k, 1]] })),
      key.map((k): Operation => ({ table: 't', op: 'delete', args: [k] })),
      key.map((k): Operation => ({ table: 't', op: 'update_counter', args: [k, 1, ['', 0]] })),
    )
    const turns = fc.array(fc.tuple(fc.array(operation, { minLength: 1, maxLength: 6 }), fc.boolean()), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(turns, (history) => {
        const tested = aDatabase()
        const reference = aDatabase()
        for (const [operations, fails] of history) {
          if (!fails) reference.database.run(operations, at(0))
          const turn: Operation[] = fails
            ? [...operations, { table: 'none', op: 'tab2list', args: [] }]
            : operations
          try {
            tested.database.run(turn, at(0))
          } catch {
            expect(fails).toBe(true)
          }
        }
        expect(new Set(tested.rows().map(String))).toEqual(new Set(reference.rows().map(String)))
        expect(tested.database.seq).toBe(reference.database.seq)
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('named tables', () => {
  it('[TAB1] a name is taken once, and free again when its table is dropped', async () => {
    const { run } = aDatabase()
    await expectRefusal(() => run('new'), 'table_exists', { table: 't' })
    expect(run('delete_table')).toBe(true)
    expect(run('new')).toBe('t')
  })

  it('[TAB2] a verb on a table that is not there is refused; info answers null', async () => {
    const database = new Database()
    await expectRefusal(
      () => database.run([{ table: 'x', op: 'tab2list', args: [] }], at(0)),
      'no_such_table',
      {
        table: 'x',
      },
    )
    expect(database.run([{ table: 'x', op: 'info', args: [] }], at(0))).toEqual([null])
  })

  it('[TAB3] options not given are those configured for the name, then the defaults', () => {
    const database = new Database({ defaultsFor: (table) => (table === 'second' ? { keypos: 2 } : {}) })
    const infoOf = (table: string, given = {}): unknown =>
      database.run(
        [
          { table, op: 'new', args: [given] },
          { table, op: 'info', args: ['keypos'] },
        ],
        at(0),
      )[1]
    expect([infoOf('first'), infoOf('second'), infoOf('third', { keypos: 3 })]).toEqual([1, 2, 3])
  })

  it('[TAB5] a process has a bounded number of tables', async () => {
    const database = new Database({ maxTables: 1 })
    database.run([{ table: 'a', op: 'new', args: [] }], at(0))
    await expectRefusal(() => database.run([{ table: 'b', op: 'new', args: [] }], at(0)), 'too_large', {
      limit: 1,
    })
  })
})
