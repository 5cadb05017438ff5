import { describe, expect, it } from 'vitest'
import { LEASES } from '../../src/cache/leases.ts'
import { aCache, type TestCache } from '../support/a-cache.ts'
import { expectRefusal } from '../support/refusal.ts'

const leaseOf = (cache: TestCache, key: unknown, options = {}): string =>
  cache.ask('cache_load', key, options).lease as string

describe('a load', () => {
  it('[LEA1] one caller wins the lease, the others are told who long it may take', () => {
    const cache = aCache()
    expect(cache.run('cache_load', 'a', { leaseTtlMs: 500 })).toEqual({
      miss: 'absent',
      lease: 'lease-1',
      leaseUntilMs: 500,
    })
    cache.nowMs = 100
    expect(cache.run('cache_load', 'a')).toEqual({ loading: true, retryAfterMs: 400 })
    expect(leaseOf(cache, 'b')).toBe('lease-2')
  })

  it('[LEA1] the fill is stored, and is there for all', () => {
    const cache = aCache()
    const lease = leaseOf(cache, 'a')
    const version = cache.run('cache_fill', 'a', lease, { n: 1 }, { ttlMs: 50 })
    expect(cache.run('cache_load', 'a')).toEqual({ value: { n: 1 }, version })
    expect(cache.run('cache_ttl', 'a')).toBe(50)
    expect(cache.database.table(LEASES).held).toBe(0)
  })

  it('[LEA2] a lease ends by itself when its holder does not come back', async () => {
    const cache = aCache()
    const first = leaseOf(cache, 'a', { leaseTtlMs: 500 })
    cache.nowMs = 499
    expect(cache.ask('cache_load', 'a')).toMatchObject({ loading: true })
    cache.nowMs = 500
    const second = leaseOf(cache, 'a')
    await expectRefusal(() => cache.run('cache_fill', 'a', first, 'late'), 'gone')
    cache.run('cache_fill', 'a', second, 'in time')
    expect(cache.run('cache_get', 'a')).toMatchObject({ value: 'in time' })
  })

  it('[LEA3] a lease of another key, a used one and a forged one are refused and change nothing', async () => {
    const cache = aCache()
    const a = leaseOf(cache, 'a')
    const b = leaseOf(cache, 'b')
    for (const lease of [b, 'forged', '', a.slice(1)]) {
      await expectRefusal(() => cache.run('cache_fill', 'a', lease, 1), 'gone')
      await expectRefusal(() => cache.run('cache_fail', 'a', lease, { backoffMs: 10 }), 'gone')
    }
    expect(cache.ask('cache_load', 'a')).toMatchObject({ loading: true })
    cache.run('cache_fill', 'a', a, 1)
    await expectRefusal(() => cache.run('cache_fill', 'a', a, 2), 'gone')
    expect(cache.run('cache_get', 'a')).toMatchObject({ value: 1 })
  })

  it('[LEA3] a refused turn gives no lease and uses none up', async () => {
    const cache = aCache()
    cache.run('cache_new')
    const load = { table: 'c', op: 'cache_load', args: ['a'] }
    const refused = { table: 'c', op: 'cache_delete', args: ['b', 7] }
    await expectRefusal(() => cache.database.run([load, refused], 0 as never), 'version_conflict')
    const lease = leaseOf(cache, 'a')
    const fill = { table: 'c', op: 'cache_fill', args: ['a', lease, 1] }
    await expectRefusal(() => cache.database.run([fill, refused], 0 as never), 'version_conflict')
    expect(cache.run('cache_fill', 'a', lease, 1)).toBeGreaterThan(0)
  })

  it('[LEA3] there is an end to the memory of leases', async () => {
    const cache = aCache()
    const key = (n: number) => `${n}${'x'.repeat(1_000_000)}`
    for (let n = 0; n < 9; n++) leaseOf(cache, key(n))
    await expectRefusal(() => cache.run('cache_load', key(9)), 'overloaded')
    cache.nowMs = 10_000
    expect(leaseOf(cache, key(9))).toBeDefined()
  })
})

describe('a write while an entry is loaded', () => {
  const WRITES: readonly [string, ...unknown[]][] = [
    ['cache_put', 'a', 1],
    [
      'cache_put_many',
      [
        ['z', 1],
        ['a', 1],
      ],
    ],
    ['cache_delete', 'a'],
    ['cache_delete_many', ['z', 'a']],
    ['cache_delete_prefix', 'a'],
    ['cache_take', 'a'],
    ['cache_incr', 'a', 1],
    ['insert', ['a', 1]],
    [
      'insert_list',
      [
        ['z', 1],
        ['a', 1],
      ],
    ],
    ['insert_new', ['a', 1]],
    ['insert_new_list', [['a', 1]]],
    ['delete', 'a'],
    ['take', 'a'],
    ['delete_object', ['a', 1]],
    ['delete_all_objects'],
    ['update_counter', 'a', 1, ['', 0]],
    ['update_element', 'a', [2, 1], ['', 0]],
    ['match_delete', '_'],
    ['select_delete', [['_', [], [true]]]],
    ['traverse_delete'],
    ['rename', 'c.other'],
    ['delete_table'],
  ]

  it.each(WRITES)(
    '[LEA4] %s voids the lease, so that nothing from before it is stored',
    async (op, ...args) => {
      const cache = aCache()
      const lease = leaseOf(cache, 'a')
      cache.run(op, ...args)
      await expectRefusal(() => cache.run('cache_fill', 'a', lease, 'old'), 'gone')
      if (op === 'rename') cache.database.run([{ table: 'c.other', op: 'rename', args: ['c'] }], 0 as never)
      await expectRefusal(() => cache.run('cache_fill', 'a', lease, 'old'), 'gone')
      expect(cache.run('cache_get', 'a')).not.toMatchObject({ value: 'old' })
    },
  )

  it.each([
    ['cache_put', 'z', 1],
    ['cache_delete_prefix', 'z'],
    ['cache_put', 'z', 1, { condition: 'XX' }],
    ['insert', ['z', 1]],
    ['delete', 'z'],
    ['cache_get', 'a'],
    ['cache_peek', 'a'],
    ['lookup', 'a'],
    ['cache_load', 'a'],
    ['cache_put', 'a', 1, { condition: 'XX' }],
    ['expire', 'a', 5],
    ['safe_fixtable', true],
  ] as const)('[LEA4] %s %j does not', (op, ...args) => {
    const cache = aCache()
    const lease = leaseOf(cache, 'a')
    cache.run(op, ...args)
    expect(cache.run('cache_fill', 'a', lease, 'new')).toBeGreaterThan(0)
  })

  it('[LEA4] a table that took the name of a dropped one knows nothing of its leases', async () => {
    const cache = aCache()
    const lease = leaseOf(cache, 'a')
    cache.database.turn(() => {
      cache.database.drop('c')
      cache.database.create('c')
    })
    await expectRefusal(() => cache.run('cache_fill', 'a', lease, 'old'), 'gone')
    expect(leaseOf(cache, 'a')).toBeDefined()
  })
})

describe('stale entries', () => {
  it('[LEA5] within its time a stale entry is served to all while one loads it anew', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 'old', { ttlMs: 100, staleWhileRevalidateMs: 100 })
    cache.nowMs = 150
    const winner = cache.ask('cache_load', 'a')
    expect(winner).toMatchObject({ value: 'old', stale: true, lease: 'lease-1' })
    const other = cache.ask('cache_load', 'a')
    expect(other).toMatchObject({ value: 'old', stale: true })
    expect(other).not.toHaveProperty('lease')
    cache.run('cache_fill', 'a', winner.lease, 'new', { ttlMs: 100 })
    expect(cache.run('cache_load', 'a')).toMatchObject({ value: 'new' })
  })

  it('[LEA6] a fresh entry that ends soon is loaded anew by one caller, ahead of time', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 'old', { ttlMs: 100 })
    cache.nowMs = 79
    expect(cache.ask('cache_load', 'a', { refreshAheadMs: 21 })).not.toHaveProperty('lease')
    cache.nowMs = 80
    const winner = cache.ask('cache_load', 'a', { refreshAheadMs: 21 })
    expect(winner).toMatchObject({ value: 'old', lease: 'lease-1' })
    expect(cache.ask('cache_load', 'a', { refreshAheadMs: 21 })).toEqual({ value: 'old', version: 2 })
    expect(cache.ask('cache_load', 'a')).toEqual({ value: 'old', version: 2 })
  })

  it('[LEA7] when loading fails a stale entry will do, for as long as it says', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 'old', { ttlMs: 100, staleIfErrorMs: 100 })
    cache.nowMs = 150
    const { lease, ...rest } = cache.ask('cache_load', 'a')
    expect(rest).not.toHaveProperty('value')
    expect(cache.ask('cache_load', 'a')).toMatchObject({ loading: true })
    expect(cache.ask('cache_fail', 'a', lease, { backoffMs: 30 })).toMatchObject({
      value: 'old',
      stale: true,
    })
    expect(cache.ask('cache_load', 'a')).toEqual({ value: 'old', version: 2, stale: true })
    cache.nowMs = 180
    expect(cache.ask('cache_load', 'a')).toHaveProperty('lease')
  })

  it('[LEA7] without one, nobody tries again until the back-off is over', () => {
    const cache = aCache()
    expect(cache.ask('cache_fail', 'a', leaseOf(cache, 'a'), { backoffMs: 30 })).toEqual({ miss: 'absent' })
    expect(cache.run('cache_load', 'a')).toEqual({ failed: true, retryAfterMs: 30 })
    cache.nowMs = 30
    expect(cache.ask('cache_fail', 'a', leaseOf(cache, 'a'))).toEqual({ miss: 'absent' })
    expect(cache.ask('cache_load', 'a')).toHaveProperty('lease')
  })

  it('[LEA7] a write during the back-off lets all go on', () => {
    const cache = aCache()
    cache.run('cache_fail', 'a', leaseOf(cache, 'a'), { backoffMs: 30 })
    cache.run('cache_delete', 'a')
    expect(cache.ask('cache_load', 'a')).toHaveProperty('lease')
  })
})

describe('statistics', () => {
  it('[LEA11] a back-off is no lease, and ending it voids none', () => {
    const cache = aCache()
    const { lease } = cache.ask('cache_load', 'a')
    cache.run('cache_fail', 'a', lease, { backoffMs: 1_000 })
    expect(cache.run('cache_stats')).toMatchObject({ leases: 0, loads: { won: 1, failed: 1, voided: 0 } })
    cache.run('cache_put', 'a', 1)
    expect(cache.run('cache_stats')).toMatchObject({ leases: 0, loads: { won: 1, failed: 1, voided: 0 } })
  })

  it('[LEA11] loads are counted by how they went', async () => {
    const cache = aCache()
    cache.run('cache_fill', 'a', leaseOf(cache, 'a'), 'x', { ttlMs: 10, staleWhileRevalidateMs: 50 })
    cache.run('cache_fail', 'b', leaseOf(cache, 'b'), { backoffMs: 10 })
    leaseOf(cache, 'c')
    cache.run('cache_load', 'c')
    cache.run('cache_delete', 'c')
    cache.nowMs = 10
    cache.run('cache_load', 'a')
    cache.run('cache_load', 'a')
    const loads = { won: 4, filled: 1, failed: 1, voided: 1, waited: 1, stale: 2 }
    expect(cache.run('cache_stats')).toMatchObject({ size: 1, leases: 1, loads })
    await expectRefusal(() => cache.run('cache_fill', 'c', 'forged', 1), 'gone')
    expect(cache.run('cache_stats')).toMatchObject({ loads })
    cache.run('cache_reset_stats')
    expect(cache.run('cache_stats')).toMatchObject({ leases: 1, loads: { won: 0, stale: 0 } })
  })

  it('[LEA11] a cache that took the name of another begins at zero; one that is not there has none', async () => {
    const cache = aCache()
    leaseOf(cache, 'a')
    cache.run('delete_table')
    await expectRefusal(() => cache.run('cache_stats'), 'no_such_table')
    cache.run('cache_new')
    expect(cache.run('cache_stats')).toMatchObject({ leases: 0, loads: { won: 0, voided: 0 } })
  })
})
