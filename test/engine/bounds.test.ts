import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/engine/ledger.ts'
import { DEFAULT_OPTIONS, EVICTIONS, TABLE_TYPES } from '../../src/engine/options.ts'
import { Table } from '../../src/engine/table.ts'
import type { Term } from '../../src/engine/term.ts'
import { insert, lookup } from '../../src/engine/verbs/objects.ts'
import { aDatabase, at } from '../support/a-database.ts'
import { expectRefusal } from '../support/refusal.ts'

const keysOf = (rows: readonly (readonly Term[])[]): Term[] => rows.map(([key]) => key as Term)

describe('a table with bounds', () => {
  it.each(TABLE_TYPES)(
    '[BND12] none refuses what is beyond maxRows, and a replacement is not (%s)',
    async (type) => {
      const { run } = aDatabase({ type, maxRows: 2 }, [
        ['a', 1],
        ['b', 1],
      ])
      await expectRefusal(() => run('insert', ['c', 1]), 'table_full', { limit: 'maxRows', max: 2, used: 3 })
      if (type === 'set' || type === 'ordered_set') expect(run('insert', ['a', 2])).toBe(true)
      run('delete', 'a')
      expect(run('insert', ['c', 1])).toBe(true)
    },
  )

  it('[BND12] none refuses what is beyond maxBytes, and a row that grows past it', async () => {
    const { run } = aDatabase({ maxBytes: 400 }, [
      ['a', 'x'.repeat(100)],
      ['small', 1],
    ])
    const before = run('info', 'bytes') as number
    await expectRefusal(() => run('insert', ['b', 'y'.repeat(100)]), 'table_full', {
      limit: 'maxBytes',
      max: 400,
      used: expect.any(Number),
    })
    await expectRefusal(() => run('update_element', 'a', [2, 'x'.repeat(250)]), 'table_full')
    expect([run('info', 'bytes'), run('lookup', 'b')]).toEqual([before, []])
  })

  it.each(EVICTIONS)(
    '[BND13] a row that alone is larger than the bound is refused (%s)',
    async (eviction) => {
      const { run } = aDatabase({ maxBytes: 300, eviction }, [['a', 1]])
      await expectRefusal(() => run('insert', ['b', 'y'.repeat(300)]), 'too_large')
      expect(run('lookup', 'a')).toEqual([['a', 1]])
    },
  )

  it.each(['lru', 'sieve', 'tinylfu'] as const)(
    '[BND14] nothing that lives goes for a row in the place of one that has ended (%s)',
    (eviction) => {
      const { run, now } = aDatabase({ maxBytes: 20_000, eviction, statistics: true, events: true })
      for (let i = 0; i < 5; i++) run('insert', [`live${i}`, 'v'])
      for (let i = 0; i < 60; i++) run('insert', [`dead${i}`, 'v'.repeat(50)], { ttlMs: 100 + i })
      const { bytes } = run('stats') as { bytes: number }
      run('insert', ['live4', 'x'.repeat(20_000 - bytes - 10)])
      now(10_000)
      run('insert', ['dead20', 'y'.repeat(4_000)])
      for (let i = 0; i < 5; i++) expect(run('member', `live${i}`)).toBe(true)
      now(20_000)
      expect(run('stats')).toMatchObject({ evictions: 0, inserts: 66, updates: 1 })
      for (let i = 0; i < 5; i++) run('info')
      expect((run('events', { limit: 1000 }) as { events: Term[] }).events).toHaveLength(60)
    },
  )

  it('[BND10] tags that a row has already need no room', () => {
    const { run } = aDatabase({ maxBytes: 1_000 })
    run('insert', ['a', 'v'], { tags: ['t', 'u'] })
    const { bytes } = run('stats') as { bytes: number }
    const room = 'x'.repeat(1_000 - bytes)
    expect(run('insert', ['a', `v${room}`], { tags: ['t', 'u'] })).toBe(true)
    expect(run('stats')).toMatchObject({ bytes: 1_000 })
  })

  it('[BND14] a row that ended this very millisecond makes room, whatever was asked about the next sweep', () => {
    const row = (key: string): Term => [key, 1]
    for (let ttlMs = 1; ttlMs < 200; ttlMs++) {
      const table = new Table({ ...DEFAULT_OPTIONS, maxRows: 2 }, new Ledger())
      insert(table, row('ends'), { ttlMs }, at(0))
      insert(table, row('stays'), undefined, at(0))
      table.nextDueMs()
      expect(insert(table, row('new'), undefined, at(ttlMs))).toBe(true)
      expect(keysOf(['ends', 'stays', 'new'].flatMap((key) => lookup(table, key, at(ttlMs))))).toEqual([
        'stays',
        'new',
      ])
    }
  })

  it.each(EVICTIONS)('[BND14] rows that have ended go before any other (%s)', (eviction) => {
    const { database, run, rows } = aDatabase({ maxRows: 30, eviction })
    for (let i = 0; i < 10; i++) run('insert', [i, 0])
    run(
      'insert_list',
      Array.from({ length: 20 }, (_, i) => [100 + i, 0]),
      { expiresAtMs: 0 },
    )
    const turn = Array.from({ length: 20 }, (_, i) => ({ table: 't', op: 'insert', args: [[200 + i, 0]] }))
    database.run(turn, at(0))
    expect(keysOf(rows()).filter((key) => (key as number) < 10)).toHaveLength(10)
    expect(run('info', 'size')).toBe(30)
    database.table('t').check()
  })

  it.each(TABLE_TYPES)(
    '[BND15] evicts the row that was not used for longest; a look is no use (%s)',
    (type) => {
      const { run, rows } = aDatabase({ type, maxRows: 3, eviction: 'lru' }, [
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ])
      run('lookup', 'a')
      for (const [op, ...args] of [['member', 'b'], ['row_info', 'b'], ['ttl', 'b'], ['tab2list']] as const)
        run(op, ...args)
      run('insert', ['d', 1])
      expect(keysOf(rows()).sort()).toEqual(['a', 'c', 'd'])
    },
  )

  it('[BND5] evicting is a change: it has a number, and is taken back with the call that needed the room', async () => {
    const { database, run, rows } = aDatabase({ maxRows: 2, eviction: 'lru' }, [
      ['a', 1],
      ['b', 1],
    ])
    const { seq } = database
    await expectRefusal(
      () =>
        database.run(
          [
            { table: 't', op: 'insert', args: [['c', 1]] },
            { table: 't', op: 'insert', args: ['no row'] },
          ],
          at(0),
        ),
      'badarg',
    )
    expect([database.seq, keysOf(rows())]).toEqual([seq, ['a', 'b']])
    run('insert', ['c', 1])
    expect(database.seq).toBe(seq + 2)
    database.table('t').check()
  })

  it('[BND6] pinned rows stay; where they leave no room the table is full, and nothing else was given up', async () => {
    const { run, rows } = aDatabase({ maxRows: 3, eviction: 'lru' })
    run('insert', ['a', 1], { pin: true })
    run('insert_list', [
      ['b', 1],
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ])
    expect(keysOf(rows()).sort()).toEqual(['a', 'd', 'e'])
    expect([run('pin', 'd'), run('pin', 'e'), run('pin', 'none')]).toEqual([true, true, false])
    await expectRefusal(() => run('insert', ['f', 1]), 'table_full', { limit: 'maxRows', max: 3, used: 4 })
    run('unpin', 'd')
    run('insert', ['f', 1])
    expect(keysOf(rows()).sort()).toEqual(['a', 'e', 'f'])
    // Stored anew without the option it is like any other.
    run('insert', ['a', 2])
    run('insert_list', [
      ['g', 1],
      ['h', 1],
    ])
    expect(keysOf(rows()).sort()).toEqual(['e', 'g', 'h'])
  })

  it('[BND7] bytes of large rows push out as many small ones as they need', () => {
    for (const eviction of ['lru', 'sieve', 'tinylfu'] as const) {
      const { database, run } = aDatabase({ maxBytes: 10_000, eviction })
      for (let i = 0; i < 500; i++) run('insert', [i, 'x'.repeat((i % 7) * 30)])
      run('insert', ['large', 'x'.repeat(6_000)])
      for (let i = 0; i < 50; i++) run('update_element', 'large', [2, 'x'.repeat(6_000 + i * 10)])
      expect(run('info', 'bytes')).toBeLessThanOrEqual(10_000)
      expect(run('member', 'large')).toBe(true)
      database.table('t').check()
    }
  })

  it('[BND8] a replacement that pushes out others passes over those that are gone', () => {
    const rows = Array.from({ length: 10 }, (_, i): Term[] => [i, 'x'])
    const { database, run } = aDatabase({ maxBytes: 900, eviction: 'lru' }, rows)
    const spec = [[['$1', '_'], [], [{ tuple: ['$1', 'x'.repeat(100)] }]]]
    const replaced = run('select_replace', spec) as number
    expect(replaced).toBeLessThan(10)
    expect(run('info', 'bytes')).toBeLessThanOrEqual(900)
    database.table('t').check()
  })

  it('[BND9] options that contradict each other are refused', async () => {
    for (const options of [{ eviction: 'lru' }, { defaultTtlMs: 10, maxTtlMs: 9 }] as const)
      await expectRefusal(() => aDatabase(options), 'badarg')
  })

  it.each([
    ['set', 'none', 'pair'],
    ['set', 'lru', 'pair'],
    ['set', 'tinylfu', 'mortal'],
    ['set', 'sieve', 'whole'],
    ['ordered_set', 'none', 'pair'],
    ['bag', 'lru', 'mortal'],
  ])(
    '[BND10] bytes are within a quarter of what the heap grows by: %s, %s, %s',
    { timeout: 60_000 },
    (...kind) => {
      const script = join(import.meta.dirname, '..', 'support', 'heap-growth.ts')
      const output = execFileSync(process.execPath, ['--expose-gc', script, ...kind], { encoding: 'utf8' })
      const { grown, counted } = JSON.parse(output) as { grown: number; counted: number }
      expect(counted / grown).toBeGreaterThan(0.75)
      expect(counted / grown).toBeLessThan(1.25)
    },
  )
})

describe('times of a table', () => {
  it('[TTL1] a row without a deadline gets the default, and none is longer than the maximum', async () => {
    const { run } = aDatabase({ defaultTtlMs: 50, maxTtlMs: 80 })
    run('insert', ['a', 1])
    run('insert', ['b', 1], { ttlMs: 80 })
    run('update_counter', 'c', 1, ['', 0])
    run('insert', ['d', 1], { idleTtlMs: 60 })
    expect(['a', 'b', 'c', 'd'].map((key) => run('ttl', key))).toEqual([50, 80, 50, 60])
    const refused: readonly (() => unknown)[] = [
      () => run('insert', ['a', 1], { ttlMs: 81 }),
      () => run('insert', ['a', 1], { expiresAtMs: 81 }),
      () => run('insert', ['a', 1], { idleTtlMs: 81 }),
      () => run('expire', 'a', 81),
      () => run('expire_at', 'a', 81),
      () => run('persist', 'a'),
    ]
    for (const each of refused)
      await expectRefusal(each, 'badarg', { why: 'ttl', message: expect.any(String) })
    expect(run('ttl', 'a')).toBe(50)
  })

  it('[TTL1] without a default a row lives as long as it may', () => {
    const { run } = aDatabase({ maxTtlMs: 80 })
    run('insert', ['a', 1])
    expect(run('ttl', 'a')).toBe(80)
  })

  it('[TTL2] jitter shortens a time to live, never lengthens it, and leaves a moment as it is', () => {
    const { run } = aDatabase({ defaultTtlMs: 1_000, ttlJitter: 0.2 })
    for (let i = 0; i < 200; i++) run('insert', [i, 0], i % 2 === 0 ? {} : { ttlMs: 1_000 })
    run('insert', ['moment', 0], { expiresAtMs: 1_000 })
    const ttls = Array.from({ length: 200 }, (_, i) => run('ttl', i) as number)
    expect(Math.max(...ttls)).toBeLessThanOrEqual(1_000)
    expect(Math.min(...ttls)).toBeGreaterThanOrEqual(800)
    expect(new Set(ttls).size).toBeGreaterThan(80)
    expect(run('ttl', 'moment')).toBe(1_000)
  })
})
