import { describe, expect, it } from 'vitest'
import { aCache } from '../support/a-cache.ts'
import { expectRefusal } from '../support/refusal.ts'

const NO_SPANS = [0, -1, 1.5, '5', null, true, Number.MAX_SAFE_INTEGER + 2, {}]
const SPANS = ['ttlMs', 'idleTtlMs', 'staleWhileRevalidateMs', 'staleIfErrorMs']

describe('bad input', () => {
  it.each(SPANS)('[CAC12] %s is a positive whole number', async (name) => {
    for (const span of NO_SPANS) {
      const { run } = aCache()
      run('cache_put', 'a', 'before')
      const options = { ttlMs: 5, [name]: span }
      await expectRefusal(() => run('cache_put', 'a', 1, options), 'badarg', { why: 'options' })
      await expectRefusal(() => run('cache_put_many', [['a', 1]], options), 'badarg', { why: 'options' })
      const lease = (run('cache_load', 'b') as { lease: string }).lease
      await expectRefusal(() => run('cache_fill', 'b', lease, 1, options), 'badarg', { why: 'options' })
      expect(run('cache_get', 'a')).toEqual({ value: 'before', version: 2 })
      expect(run('cache_load', 'b')).toMatchObject({ loading: true })
    }
  })

  it('[CAC12] a number that JSON cannot hold is a bad request', async () => {
    for (const ttlMs of [Number.NaN, Number.POSITIVE_INFINITY])
      await expectRefusal(() => aCache().run('cache_put', 'a', 1, { ttlMs }), 'bad_request')
  })

  it.each([
    ['cache_put', 'a', 1, { condition: 'nx' }],
    ['cache_put', 'a', 1, { ifVersion: -1 }],
    ['cache_put', 'a', 1, { ifMatch: 'x' }],
    ['cache_put', 'a', 1, { type: 'text/plain\n' }],
    ['cache_put', 'a', 1, { type: 'x'.repeat(256) }],
    ['cache_put', 'a', 1, { encoding: 'hex' }],
    ['cache_put', 'a', 1, { colour: 1 }],
    ['cache_put', 'a', 1, { idleTtlMs: 5, staleIfErrorMs: 5 }],
    ['cache_put', 'a', 1, []],
    ['cache_put_many', { a: 1 }],
    ['cache_put_many', [['a']]],
    ['cache_put_many', [['a', 1]], { ifVersion: 1 }],
    ['cache_put_many', new Array(1001).fill(['a', 1])],
    ['cache_get', 'a', { stale: true }],
    ['cache_get_many', 'a'],
    ['cache_get_many', new Array(1001).fill('a')],
    ['cache_incr', 'a', 1.5],
    ['cache_incr', 'a', '1'],
    ['cache_incr', 'a', 1, { max: null }],
    ['cache_expire', 'a', 0],
    ['cache_expire_at', 'a', -1],
    ['cache_delete', 'a', 1.5],
    ['cache_keys', 5],
    ['cache_keys', '', { limit: 0 }],
    ['cache_keys', '', { limit: 10_001 }],
    ['cache_load', 'a', { leaseTtlMs: 0 }],
    ['cache_load', 'a', { leaseTtlMs: 300_001 }],
    ['cache_load', 'a', { waitMs: 30_001 }],
    ['cache_load', 'a', { refreshAheadMs: -1 }],
    ['cache_fill', 'a', 5, 1],
    ['cache_fail', 'a', 'x', { backoffMs: 300_001 }],
  ] as const)('[CAC12] %s(%j, …) is refused and changes nothing', async (op, ...args) => {
    const { run, database } = aCache()
    run('cache_put', 'a', 'before')
    const { seq } = database
    await expectRefusal(() => run(op, ...args), 'badarg', { why: 'options' })
    expect(database.seq).toBe(seq)
  })

  it('[CAC12] a cursor that this cache did not give is refused', async () => {
    const { run } = aCache()
    run('cache_put', 'a', 1)
    for (const cursor of [{ slot: 0, of: 'another' }, { slot: 0 }, {}, { key: 'a' }])
      await expectRefusal(() => run('cache_keys', '', { cursor }), 'badarg', { why: 'cursor' })
  })
})
