import { describe, expect, it } from 'vitest'
import { aCache } from '../support/a-cache.ts'
import { expectRefusal } from '../support/refusal.ts'

describe('tags of entries', () => {
  it('[CAC14] take entries away at once, and a miss says which tag it was', () => {
    const { run, ask } = aCache()
    run('cache_put', 'a', 1, { tags: ['p:1', 'list'] })
    run('cache_put', 'b', 2, { tags: ['p:2', 'list'] })
    run('cache_put', 'c', 3)
    expect(run('cache_invalidate', ['p:1', 'nobody'])).toBe(true)
    expect(run('cache_get', 'a')).toEqual({ miss: 'invalidated', tag: 'p:1' })
    expect(run('cache_get', 'b')).toMatchObject({ value: 2 })
    expect(run('cache_invalidate', ['list'])).toBe(true)
    expect(run('cache_get_many', ['a', 'b', 'c'])).toMatchObject([
      { miss: 'invalidated' },
      { miss: 'invalidated', tag: 'list' },
      { value: 3 },
    ])
    expect(ask('cache_stats')).toMatchObject({ invalidations: 2, misses: { invalidated: 3 } })
  })

  it('[CAC14] that nobody carries, of a cache that nobody made, change nothing', () => {
    const { run, database } = aCache()
    expect(run('cache_invalidate', ['x'])).toBe(false)
    expect(database.find('c')).toBeUndefined()
    run('cache_put', 'a', 1)
    const { seq } = database
    expect(run('cache_invalidate', ['x'])).toBe(false)
    expect(run('cache_invalidate', [])).toBe(false)
    expect(database.seq).toBe(seq)
  })

  it('[CAC14] are those of the last put; keepTtl, updates and counters leave them', () => {
    const { run, ask } = aCache()
    run('cache_put', 'a', 1, { tags: ['y', 'x', 'x'], pin: true, ttlMs: 50 })
    run('cache_put', 'a', 2, { keepTtl: true })
    expect(run('cache_incr', 'a', 1)).toBe(3)
    expect(ask('cache_info', 'a')).toMatchObject({ tags: ['x', 'y'], pin: true })
    run('cache_put', 'a', 3, { keepTtl: true, tags: ['z'] })
    expect(ask('cache_info', 'a')).toMatchObject({ tags: ['z'], pin: true, freshForMs: 50 })
    run('cache_put', 'a', 4)
    expect(ask('cache_info', 'a')).not.toHaveProperty('tags')
    expect(ask('cache_info', 'a')).not.toHaveProperty('pin')
    run('cache_incr', 'n', 1, { tags: ['count'] })
    run('cache_put_many', [['m', 1]], { tags: ['count'] })
    const { lease } = ask('cache_load', 'f')
    run('cache_fill', 'f', lease, 1, { tags: ['count'] })
    run('cache_invalidate', ['count'])
    for (const key of ['n', 'm', 'f']) expect(run('cache_has', key)).toBe(false)
  })

  it('[CAC14] end the leases of what is being loaded', async () => {
    const { run, ask } = aCache()
    const { lease } = ask('cache_load', 'a')
    run('cache_invalidate', ['x'])
    await expectRefusal(() => run('cache_fill', 'a', lease, 'old', { tags: ['x'] }), 'gone')
  })

  it.each([
    { tags: 'x' },
    { tags: [''] },
    { tags: [1] },
    { tags: ['x'.repeat(513)] },
    { tags: Array(65).fill('x') },
  ])(
    '[CAC12] what is no list of tags, a few of them and none too long, changes nothing (%#)',
    async ({ tags }) => {
      const { run, database } = aCache()
      await expectRefusal(() => run('cache_put', 'a', 1, { tags }), 'badarg', { why: 'options' })
      await expectRefusal(() => run('cache_invalidate', tags), 'badarg', { why: 'options' })
      expect(database.find('c')).toBeUndefined()
    },
  )
})

describe('soft invalidation', () => {
  const softly = { soft: true }

  it('[CAC15] lets an entry be stale, for one caller to load anew while others use it', () => {
    const cache = aCache()
    const { run, ask } = cache
    run('cache_put', 'a', 'old', { tags: ['x'], ttlMs: 1000 })
    cache.nowMs = 10
    run('cache_invalidate', ['x'], softly)
    expect(run('cache_get', 'a')).toEqual({ miss: 'stale' })
    expect(run('cache_has', 'a')).toBe(false)
    expect(run('cache_ttl', 'a')).toBe(-1)
    expect(run('cache_get', 'a', { stale: 'while_revalidate' })).toMatchObject({ value: 'old', stale: true })
    const { lease } = ask('cache_load', 'a')
    expect(ask('cache_load', 'a')).toEqual({ value: 'old', version: 2, stale: true })
    cache.nowMs = 999
    expect(ask('cache_load', 'a')).toMatchObject({ value: 'old' })
    run('cache_fill', 'a', lease, 'new', { tags: ['x'] })
    expect(run('cache_get', 'a')).toMatchObject({ value: 'new' })
  })

  it('[CAC15] lets it be served stale for as long as it says, from then on', () => {
    const cache = aCache()
    const { run, ask } = cache
    const times = { staleWhileRevalidateMs: 50, staleIfErrorMs: 200 }
    run('cache_put', 'a', 1, { tags: ['x'], ttlMs: 10_000, ...times })
    run('cache_put', 'b', 1, { tags: ['x'], ...times })
    run('cache_invalidate', ['x'], softly)
    for (const key of ['a', 'b']) {
      const seen = (stale: string) => ask('cache_get', key, { stale })
      cache.nowMs = 49
      expect(seen('while_revalidate')).toMatchObject({ stale: true })
      cache.nowMs = 50
      expect(seen('while_revalidate')).toEqual({ miss: 'stale' })
      cache.nowMs = 199
      expect(seen('if_error')).toMatchObject({ stale: true })
      cache.nowMs = 200
      expect(seen('if_error')).toEqual({ miss: 'stale' })
      const { lease } = ask('cache_load', key)
      expect(ask('cache_fail', key, lease)).toEqual({ miss: 'stale' })
    }
  })

  it('[CAC15] is not undone by another deadline, but by another value', () => {
    const { run } = aCache()
    run('cache_put', 'a', 1, { tags: ['x'], ttlMs: 100, staleIfErrorMs: 100 })
    run('cache_put', 'b', 1, { tags: ['x'], ttlMs: 100 })
    run('cache_put', 'c', 1, { tags: ['x'], ttlMs: 100 })
    run('cache_invalidate', ['x'], softly)
    for (const key of ['a', 'b']) {
      expect(run('cache_expire', key, 500)).toBe(true)
      expect(run('cache_persist', key)).toBe(true)
      expect(run('cache_has', key)).toBe(false)
    }
    run('cache_put', 'c', 2, { keepTtl: true })
    expect(run('cache_has', 'c')).toBe(true)
    expect(run('cache_ttl', 'c')).toBe(100)
  })

  it('[STT1] a stale entry that will not do is a miss', () => {
    const { run, ask } = aCache()
    run('cache_put', 'a', 1, { tags: ['x'] })
    run('cache_get', 'a')
    run('cache_invalidate', ['x'], softly)
    run('cache_get', 'a')
    run('cache_get', 'a', { stale: 'while_revalidate' })
    expect(ask('cache_stats')).toMatchObject({ hits: 2, misses: { all: 1, stale: 1 }, hitRatio: 2 / 3 })
  })
})
