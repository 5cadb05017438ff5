import { describe, expect, it } from 'vitest'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase, at, type TestDatabase } from '../support/a-database.ts'
import { JournaledDatabase } from '../support/journaled-database.ts'

/** Two rows with the tag `x`, one of which has `y` too, and one without. */
function threeRows(options = {}): TestDatabase {
  const tested = aDatabase(options)
  tested.run('insert', ['a', 1], { tags: ['x'] })
  tested.run('insert', ['b', 1], { tags: ['y', 'x', 'y'] })
  tested.run('insert', ['c', 1])
  return tested
}

const keysOf = (tested: TestDatabase): Term[] =>
  tested
    .rows()
    .map(([key]) => key as Term)
    .sort()

describe('a tag', () => {
  it.each(TABLE_TYPES)('[TAG2] takes its rows away at once, for every way of looking (%s)', (type) => {
    const tested = threeRows({ type })
    const { run } = tested
    expect(run('invalidate_tags', ['y', 'unknown'])).toBe(true)
    expect([keysOf(tested), run('info', 'size')]).toEqual([['a', 'c'], 2])
    expect([run('lookup', 'b'), run('member', 'b'), run('take', 'b'), run('row_info', 'b')]).toEqual([
      ...[[], false, [], []],
    ])
    expect(run('select_count', [['_', [], [true]]])).toBe(2)
    // A row that is written later has the tag anew, and its key is free.
    expect(run('insert_new', ['b', 2], { tags: ['y'] })).toBe(true)
    expect(run('lookup', 'b')).toEqual([['b', 2]])
  })

  it('[TAG3] that is invalidated softly leaves its rows, which are stale until they are written', () => {
    const { run, now } = threeRows()
    now(5)
    run('invalidate_tags', ['x'], { soft: true })
    const info = (key: string): Term => run('row_info', key) as Term
    expect(run('lookup', 'a')).toEqual([['a', 1]])
    expect(info('a')).toMatchObject([{ tags: ['x'], stale: true, staleSinceMs: 5 }])
    expect(info('b')).toMatchObject([{ tags: ['x', 'y'], stale: true }])
    expect(info('c')).toMatchObject([{ tags: [], stale: false, staleSinceMs: null }])
    // Another deadline makes nothing fresh; another value does.
    run('expire', 'a', 100)
    run('update_counter', 'b', 1)
    expect([info('a'), info('b')]).toMatchObject([
      [{ staleSinceMs: 5 }],
      [{ stale: false, tags: ['x', 'y'] }],
    ])
  })

  it('[TAG4] is one change however many rows carry it, in one turn with others and taken back with it', () => {
    const { database, run } = threeRows()
    const { seq } = database
    const turn = [
      { table: 't', op: 'invalidate_tags', args: [['x']] },
      { table: 't', op: 'insert', args: [['a', 2], { tags: ['x'] }] },
    ]
    expect(() => database.run([...turn, { table: 'none', op: 'info', args: ['colour'] }], at(0))).toThrow()
    expect([run('info', 'size'), run('lookup', 'a'), database.seq]).toEqual([3, [['a', 1]], seq])
    database.run(turn, at(0))
    expect([run('info', 'size'), run('lookup', 'a'), database.seq]).toEqual([2, [['a', 2]], seq + 2])
    expect(run('invalidate_tags', ['unknown'])).toBe(true)
    expect(database.seq).toBe(seq + 2)
  })

  it('[TAG5] costs the same with many rows; they are given back in slices, and then it is forgotten', () => {
    const { database, run } = aDatabase()
    const empty = run('info', 'bytes')
    run(
      'insert_list',
      Array.from({ length: 5_000 }, (_, i) => [i, 0]),
      { tags: ['many'] },
    )
    const table = database.table('t')
    expect(table.soonestMs).toBe(Number.POSITIVE_INFINITY)
    run('invalidate_tags', ['many'])
    expect([run('info', 'size'), table.held > 4_000, table.soonestMs]).toEqual([0, true, 0])
    let slices = 0
    while (table.sweep(at(0), 500)) slices++
    expect(slices).toBeGreaterThan(8)
    expect([table.held, table.bytes, table.soonestMs]).toEqual([0, empty, Number.POSITIVE_INFINITY])
    table.check()
  })

  it('[TAG6] rows that it took away make room before others, and go for good', () => {
    const tested = threeRows({ maxRows: 3, eviction: 'lru' })
    const turn = [
      { table: 't', op: 'invalidate_tags', args: [['y']] },
      { table: 't', op: 'insert', args: [['d', 1]] },
    ]
    tested.database.run(turn, at(0))
    expect(keysOf(tested)).toEqual(['a', 'c', 'd'])
  })

  it('[TAG7] a snapshot shows what it took away since, and nothing of before', () => {
    const { database, run } = threeRows()
    database.run([{ table: 't', op: 'invalidate_tags', args: [['y']] }], at(0))
    const snapshot = database.table('t').snapshot()
    const seen: Term[] = []
    run('invalidate_tags', ['x'])
    database.table('t').sweep(at(0), 100)
    snapshot.visit(0, 100, at(0), (images) => seen.push(...images.map(({ row }) => row[0] as Term)) > 0)
    expect(seen.sort()).toEqual(['a', 'c'])
    snapshot.close()
  })

  it('[TAG8] survives a restart with what it took away, also after it was forgotten', () => {
    const process = new JournaledDatabase()
    const run = (op: string, ...args: Term[]): Term =>
      process.run([{ table: 't', op, args }], at(0))[0] as Term
    run('new', { journal: 'sync' })
    for (const key of ['a', 'b', 'c']) run('insert', [key, 1], { tags: [key], pin: key === 'c' })
    run('invalidate_tags', ['a'])
    run('invalidate_tags', ['b'], { soft: true })
    process.restart(at(1))
    expect([run('lookup', 'a'), run('info', 'size')]).toEqual([[], 2])
    expect(run('row_info', 'b')).toMatchObject([{ tags: ['b'], staleSinceMs: 0 }])
    expect(run('row_info', 'c')).toMatchObject([{ tags: ['c'], pinned: true, stale: false }])
    while (process.database.sweep(at(1), 10));
    run('insert', ['d', 1])
    process.restart(at(2))
    expect([run('lookup', 'a'), run('info', 'size')]).toEqual([[], 3])
    process.database.table('t').check()
  })
})
