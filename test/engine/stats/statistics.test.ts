import { describe, expect, it } from 'vitest'
import { Database } from '../../../src/engine/database.ts'
import { DEFAULT_OPTIONS, TABLE_TYPES } from '../../../src/engine/options.ts'
import { seededRandom } from '../../../src/engine/random.ts'
import type { Removal } from '../../../src/engine/stats/observer.ts'
import { Tombstones } from '../../../src/engine/stats/tombstones.ts'
import { TopKeys } from '../../../src/engine/stats/top-keys.ts'
import type { Term } from '../../../src/engine/term.ts'
import { mergeStatistics } from '../../../src/router/merge-statistics.ts'
import { aDatabase, at, type TestDatabase } from '../../support/a-database.ts'

const counted = (options = {}): TestDatabase => aDatabase({ statistics: true, ...options })
const statsOf = ({ run }: TestDatabase): { readonly [name: string]: Term } =>
  run('stats') as { readonly [name: string]: Term }

describe('statistics', () => {
  it.each(TABLE_TYPES)('[STT1] count hits, and misses by their cause (%s)', (type) => {
    const tested = counted({ type })
    const { run, now } = tested
    run('insert_list', [
      ['a', 1],
      ['b', 1],
    ])
    run('insert', ['c', 1], { ttlMs: 10 })
    run('insert', ['d', 1], { tags: ['x'] })
    run('delete', 'b')
    run('invalidate_tags', ['x'])
    now(10)
    // Before they are given back, and after.
    const table = tested.database.table('t')
    for (const key of ['c', 'd', 'b', 'none']) table.noteMiss(key, at(10))
    for (const key of ['a', 'a', 'b', 'c', 'd', 'none']) run('lookup', key)
    expect(table.whyMissing('d', at(10))).toEqual({ miss: 'invalidated', atMs: 0, tag: 'x' })
    expect(table.whyMissing('c', at(10))).toEqual({ miss: 'expired', atMs: 10 })
    expect(statsOf(tested)).toMatchObject({
      hits: 2,
      misses: { all: 8, absent: 2, expired: 2, evicted: 0, deleted: 2, invalidated: 2 },
      hitRatio: 0.2,
      ...{ inserts: 4, updates: 0, deletes: 1, evictions: 0, expirations: 1, invalidations: 1 },
      operations: { insert: 2, lookup: 6, delete: 1, stats: 1 },
    })
  })

  it('[STT2] tell evicted rows from deleted ones, and updates from inserts', () => {
    const tested = counted({ maxRows: 2, eviction: 'lru' })
    const { run } = tested
    for (const key of ['a', 'b', 'c']) run('insert', [key, 1])
    run('update_counter', 'c', 1)
    run('insert', ['c', 1])
    run('lookup', 'a')
    run('delete_all_objects')
    expect(statsOf(tested)).toMatchObject({
      misses: { all: 1, evicted: 1 },
      ...{ inserts: 3, updates: 2, evictions: 1, deletes: 2 },
    })
  })

  it('[STT3] do not count what a refused turn wrote', () => {
    const tested = counted({ maxRows: 2, eviction: 'lru' })
    const { database, run } = tested
    run('insert_list', [
      ['a', 1],
      ['b', 1],
    ])
    const written = ['inserts', 'updates', 'deletes', 'evictions', 'expirations', 'invalidations'] as const
    const before = statsOf(tested)
    const turn: [string, ...Term[]][] = [
      ...([
        ['insert', ['c', 1]],
        ['update_counter', 'c', 1],
        ['delete', 'b'],
      ] as [string, ...Term[]][]),
      ...([['delete_all_objects'], ['reset_stats'], ['insert', 'no row']] as [string, ...Term[]][]),
    ]
    const operations = turn.map(([op, ...args]) => ({ table: 't', op, args }))
    expect(() => database.run(operations, at(0))).toThrow()
    const after = statsOf(tested)
    for (const name of written) expect([name, after[name]]).toEqual([name, before[name]])
    expect(after.operations).toMatchObject({ insert: 2, reset_stats: 1 })
  })

  it('[STT4] of the last minutes are apart, and a reset begins all from zero', () => {
    const tested = counted()
    const { run, now } = tested
    now(100)
    run('insert', ['a', 1])
    run('lookup', 'a')
    now(3 * 60_000)
    run('lookup', 'a')
    expect(statsOf(tested)).toMatchObject({ sinceMs: 100, hits: 2, recent: { sinceMs: 100, hits: 2 } })
    now(6 * 60_000)
    run('lookup', 'none')
    expect(statsOf(tested)).toMatchObject({
      ...{ hits: 2, misses: { all: 1 } },
      recent: { sinceMs: 3 * 60_000, hits: 1, misses: { all: 1 }, inserts: 0, hitRatio: 0.5 },
    })
    now(60 * 60_000)
    expect(statsOf(tested)).toMatchObject({ hits: 2, recent: { hits: 0, hitRatio: null } })
    expect(run('reset_stats')).toBe(true)
    expect(statsOf(tested)).toMatchObject({ sinceMs: 60 * 60_000, hits: 0, misses: { all: 0 }, topKeys: [] })
  })

  it('[STT5] tell how late rows were given back', () => {
    const { database, run, now } = counted()
    run('insert', ['a', 1], { ttlMs: 100 })
    run('insert', ['b', 1], { ttlMs: 200 })
    now(900)
    database.sweep(at(900), 10)
    expect((run('stats') as { expiryLag: Term }).expiryLag).toEqual({
      boundsMs: [64, 250, 500, 1_000, 2_000, 5_000, 30_000],
      counts: [0, 0, 0, 2, 0, 0, 0, 0],
      maxMs: 800,
    })
  })

  it('[STT6] are size and bytes alone where nothing is counted', () => {
    const { run } = aDatabase({}, [['a', 1]])
    run('lookup', 'none')
    expect(Object.keys(run('stats') as object)).toEqual(['size', 'bytes'])
    expect(run('reset_stats')).toBe(true)
    expect(DEFAULT_OPTIONS.statistics).toBe(false)
  })

  it('[STT7] know the keys that are asked for most', () => {
    const top = new TopKeys()
    const random = seededRandom(5)
    // Every tenth read is of one key, every hundredth of another, the others of keys that come once.
    for (let i = 0; i < 200_000; i++) {
      const dice = random()
      top.seen(dice < 0.1 ? ['a', 1] : dice < 0.11 ? 'b' : i)
    }
    const [first, ...others] = top.list(10)
    expect(first?.key).toEqual(['a', 1])
    expect(first?.count).toBeGreaterThan(17_000)
    expect(first?.count).toBeLessThan(26_000)
    expect(others).toHaveLength(9)
  })

  it('[STT7] count the first reads one by one', () => {
    const tested = counted()
    for (const key of ['a', 'a', 'b', 'a']) tested.run('lookup', key)
    expect(statsOf(tested)).toMatchObject({
      topKeys: [
        { key: 'a', count: 3 },
        { key: 'b', count: 1 },
      ],
    })
  })

  it('[STT3] a row that a refused turn gave up is not gone, to causes and lags either', () => {
    const tested = counted({ maxRows: 2, eviction: 'lru' })
    const { database, run, now } = tested
    run('insert', ['a', 1])
    run('insert', ['b', 1], { ttlMs: 10 })
    const insertThenFail = ['c', 'd', 5].map((row) => ({
      ...{ table: 't', op: 'insert' },
      args: [typeof row === 'string' ? [row, 1] : row],
    }))
    expect(() => database.run(insertThenFail, at(5))).toThrow()
    run('delete_all_objects')
    run('lookup', 'a')
    run('insert', ['a', 1])
    run('insert', ['b', 1], { ttlMs: 10 })
    expect(() => database.run(insertThenFail, at(5))).toThrow()
    now(20)
    expect(statsOf(tested)).toMatchObject({
      misses: { all: 1, absent: 1 },
      ...{ evictions: 0, expirations: 1, deletes: 2, inserts: 4 },
      expiryLag: { counts: [1, 0, 0, 0, 0, 0, 0, 0], maxMs: 10 },
    })
  })

  it('[STT8] forget the causes of all keys when a table is cleared, and have them back when its turn is refused', () => {
    const tested = counted({ maxRows: 1, eviction: 'lru' })
    const { database, run } = tested
    const missOf = (key: string): Term => {
      const before = statsOf(tested).misses as Record<string, number>
      run('lookup', key)
      const after = statsOf(tested).misses as Record<string, number>
      return Object.keys(after).filter((cause) => cause !== 'all' && after[cause] !== before[cause])
    }
    run('insert', ['a', 1])
    run('insert', ['b', 1])
    expect(missOf('a')).toEqual(['evicted'])
    const cleared = [
      { table: 't', op: 'delete_all_objects', args: [] },
      { table: 't', op: 'insert', args: ['no row'] },
    ]
    expect(() => database.run(cleared, at(0))).toThrow()
    expect(missOf('a')).toEqual(['evicted'])
    // It was there again, and nobody gave it up then.
    run('insert', ['a', 1])
    run('delete_all_objects')
    expect([missOf('a'), missOf('b')]).toEqual([['absent'], ['absent']])
  })

  it('[STT8] remember the cause of the keys that went last, and say of others that they are absent', () => {
    const stones = new Tombstones()
    stones.fit(1_000)
    const mix = (key: number): number => Math.imul(key, 0x9e3779b1)
    for (let key = 0; key < 2_000; key++) stones.add(mix(key), 'deleted', key)
    const known = (from: number): number =>
      Array.from({ length: 100 }, (_, i) => stones.find(mix(from + i))).filter(
        ({ miss }) => miss === 'deleted',
      ).length
    expect(known(1_900)).toBe(100)
    expect(known(0)).toBeLessThan(50)
    expect(stones.find(mix(5_000))).toEqual({ miss: 'absent' })
    stones.fit(10_000)
    expect(known(1_900)).toBe(100)
  })

  it('[STT9] a listener sees what went without being asked to, when that has taken effect', () => {
    const seen: Removal[] = []
    const database = new Database({ removed: (_, removal) => seen.push(removal) })
    const run = (...calls: [string, ...Term[]][]): unknown =>
      database.run(
        calls.map(([op, ...args]) => ({ table: 't', op, args })),
        at(5),
      )
    run(['new', { maxRows: 2, eviction: 'lru', events: true }])
    run(['insert', ['a', 1]], ['insert', ['b', 1], { ttlMs: 10 }])
    expect(() => run(['insert', ['c', 1]], ['insert', 'no row'])).toThrow()
    expect(seen).toEqual([])
    run(['lookup', 'b'], ['insert', ['c', 1], { tags: ['x'] }], ['delete', 'none'])
    run(['invalidate_tags', ['x']])
    database.sweep(at(20), 10)
    expect(seen).toEqual([
      { key: 'a', cause: 'evicted', atMs: 5 },
      { key: 'b', cause: 'expired', atMs: 20, deadlineMs: 15 },
      { key: 'c', cause: 'invalidated', atMs: 5, tag: 'x' },
    ])
  })

  it('[STT10] of several shards are those of one table', () => {
    const shards = [counted(), counted()]
    shards.forEach(({ run }, i) => {
      run('insert', [i, 1], { ttlMs: 1 })
      for (let each = 0; each <= i; each++) run('lookup', i)
    })
    shards[0]?.run('lookup', 'none')
    expect(mergeStatistics(shards.map(statsOf))).toMatchObject({
      ...{ size: 2, hits: 3, misses: { all: 1, absent: 1 }, hitRatio: 0.75, inserts: 2, sinceMs: 0 },
      operations: { insert: 2, lookup: 4 },
      recent: { hits: 3, hitRatio: 0.75 },
      expiryLag: { counts: [0, 0, 0, 0, 0, 0, 0, 0] },
    })
  })
})
