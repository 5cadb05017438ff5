import { describe, expect, it } from 'vitest'
import { aCache } from '../support/a-cache.ts'
import { expectRefusal } from '../support/refusal.ts'

describe('entries', () => {
  it('[CAC1] the verbs of caches and those of tables see the same rows', () => {
    const { run } = aCache()
    expect(run('cache_put', 'a', { n: 1 })).toBe(2)
    expect(run('lookup', 'a')).toEqual([['a', { n: 1 }]])
    run('insert', ['b', 2])
    expect(run('cache_get', 'b')).toEqual({ value: 2, version: 3 })
    expect(run('update_counter', 'b', 5)).toBe(7)
    expect(run('cache_incr', 'b', 1)).toBe(8)
  })

  it('[CAC1] a row that is no pair, or not of this cache, is read as well as can be', () => {
    const { run } = aCache()
    run('new')
    run('insert_list', [['k'], ['wide', 1, 2, 3], ['odd', 1, { freshUntilMs: 'x' }]])
    expect(run('cache_get', 'k')).toMatchObject({ value: null })
    expect(run('cache_get', 'wide')).toMatchObject({ value: 1 })
    expect(run('cache_get', 'odd')).toMatchObject({ value: 1 })
  })

  it.each([-5, 'x', null, 1.5, {}, 2 ** 60, true])(
    '[CAC1] what the table API wrote as a span, %j, is none',
    (span) => {
      const cache = aCache()
      const { run, database } = cache
      run('cache_new', {})
      run('insert', ['a', 1, { freshUntilMs: span, staleIfErrorMs: span, staleWhileRevalidateMs: span }])
      for (const op of ['cache_get', 'cache_info', 'cache_peek', 'cache_ttl', 'cache_load', 'cache_persist'])
        run(op, 'a')
      expect(run('cache_expire', 'a', 10)).toBe(true)
      cache.nowMs = 10
      expect(run('cache_get', 'a', { stale: 'if_error' })).toEqual({ miss: 'expired' })
      database.sweep(10 as never, 100)
      database.table('c').check()
      expect(run('info', 'size')).toBe(0)
    },
  )

  it.each([
    { type: 'a\nb' },
    { type: 5 },
    { type: null },
    { encoding: 'rot13' },
    { encoding: null },
    { storedAtMs: null },
    { storedAtMs: 'x' },
    { negative: 'no' },
    [],
    ['type'],
    'type',
  ])('[CAC1] what the table API wrote beside a value, and no entry has there, is none: %j', (about) => {
    const { run } = aCache()
    run('cache_new', {})
    run('insert', ['a', 1, about])
    expect(run('cache_get', 'a')).toEqual({ value: 1, version: 2 })
    for (const op of ['cache_info', 'cache_peek', 'cache_entry'])
      expect(run(op, 'a')).toMatchObject({ version: 2 })
    for (const op of ['cache_load', 'cache_persist', 'cache_take']) run(op, 'a')
  })

  it.each(['no JSON', '[1', '['.repeat(100) + ']'.repeat(100), 'x'.repeat(1000), 5, null, { a: 1 }, [1]])(
    '[RAW2] a value that is no text of JSON, %j, though it is said to be, is itself',
    (value) => {
      const { run } = aCache()
      run('cache_put', 'a', value, { encoding: 'json', type: 'application/json' })
      expect(run('cache_get', 'a')).toMatchObject({ value })
      expect(run('cache_take', 'a')).toMatchObject({ value })
    },
  )

  it('[CAC1] a bag, and a table that has its key elsewhere, are no caches', async () => {
    for (const options of [{ type: 'bag' }, { type: 'duplicate_bag' }, { keypos: 2 }]) {
      const { run } = aCache()
      run('new', options)
      await expectRefusal(() => run('cache_get', 'a'), 'badarg', { why: 'table_type' })
      await expectRefusal(() => run('cache_put', 'a', 1), 'badarg', { why: 'table_type' })
      await expectRefusal(() => run('cache_load', 'a'), 'badarg', { why: 'table_type' })
    }
  })

  it('[CAC4] an entry that is good for nothing any more has no version, though its row is still there', async () => {
    const cache = aCache()
    const { run } = cache
    const old = run('cache_put', 'a', 'old', {
      ttlMs: 100_000,
      staleWhileRevalidateMs: 10,
      tags: ['t'],
    }) as number
    run('cache_invalidate', ['t'], { soft: true })
    cache.nowMs = 50
    expect(run('cache_get', 'a', { stale: 'if_error' })).toEqual({ miss: 'stale' })
    await expectRefusal(() => run('cache_put', 'a', 1, { ifVersion: old }), 'version_conflict', {
      version: 0,
    })
    expect(run('cache_put', 'a', 'new', { ifVersion: 0 })).toBeGreaterThan(old)
    expect(run('cache_get', 'a')).toMatchObject({ value: 'new' })
  })

  it('[CAC6] keepTtl keeps no time that is over', () => {
    const cache = aCache()
    const { run } = cache
    run('cache_put', 'a', 1, { ttlMs: 10, staleWhileRevalidateMs: 1_000 })
    cache.nowMs = 20
    run('cache_put', 'a', 2, { keepTtl: true, ttlMs: 50 })
    expect([run('cache_get', 'a'), run('cache_ttl', 'a')]).toMatchObject([{ value: 2 }, 50])
    // Made stale by a tag it has time left, and keeps it.
    run('cache_put', 'b', 1, { ttlMs: 100, tags: ['t'] })
    run('cache_invalidate', ['t'], { soft: true })
    run('cache_put', 'b', 2, { keepTtl: true })
    expect([run('cache_get', 'b'), run('cache_ttl', 'b')]).toMatchObject([{ value: 2 }, 100])
  })

  it('[CAC2] a put that wants an entry makes no cache', () => {
    const { run } = aCache()
    expect(run('cache_put', 'a', 1, { condition: 'XX' })).toBeNull()
    expect(run('cache_put_many', [['a', 1]], { condition: 'XX' })).toBe(0)
    expect(run('info')).toBeNull()
  })

  it('[CAC2] the first write makes the cache; until then it is empty', () => {
    const { run } = aCache({ defaultsFor: (name) => (name === 'c' ? { journal: 'sync' } : {}) })
    expect(run('cache_get', 'a')).toEqual({ miss: 'absent' })
    expect([run('cache_has', 'a'), run('cache_ttl', 'a'), run('cache_delete', 'a')]).toEqual([
      false,
      -1,
      false,
    ])
    expect(run('cache_keys', '')).toEqual({ keys: [], cursor: null })
    expect(run('info')).toBeNull()
    run('cache_put', 'a', 1)
    expect(run('info')).toMatchObject({ type: 'set', keypos: 1, journal: 'sync' })
  })

  it('[CAC2] a cache may be made with options, once', async () => {
    const { run } = aCache()
    expect(run('cache_new', { type: 'ordered_set', journal: 'none' })).toBe('c')
    expect(run('info')).toMatchObject({ type: 'ordered_set', journal: 'none' })
    await expectRefusal(() => run('cache_new'), 'table_exists')
    for (const options of [{ type: 'bag' }, { keypos: 2 }, { colour: 1 }])
      await expectRefusal(() => aCache().run('cache_new', options), 'badarg', { why: 'options' })
  })

  it('[CAC2] a cache that is configured to be its maker’s own is not made by the way', async () => {
    const { run } = aCache({ defaultsFor: () => ({ access: 'private' }) })
    await expectRefusal(() => run('cache_put', 'a', 1), 'no_such_table')
    expect(run('info')).toBeNull()
  })

  it('[CAC3] null is a value like any other, and not a miss', () => {
    const { run } = aCache()
    run('cache_put', 'a', null)
    expect(run('cache_get', 'a')).toEqual({ value: null, version: 2 })
    expect(run('cache_get_many', ['a', 'b'])).toEqual([{ value: null, version: 2 }, { miss: 'absent' }])
  })

  it('[CAC3] a negative entry is neither a value nor a miss', () => {
    const { run } = aCache()
    run('cache_put', 'a', 'whatever', { negative: true, ttlMs: 10 })
    expect(run('cache_get', 'a')).toEqual({ negative: true, version: 2 })
    expect(run('lookup', 'a')).toEqual([['a', null, { negative: true }]])
    expect(run('cache_load', 'a')).toEqual({ negative: true, version: 2 })
  })
})

describe('conditions', () => {
  it('[CAC4] NX stores only where there is nothing, XX only where there is something', () => {
    const { run } = aCache()
    expect(run('cache_put', 'a', 1, { condition: 'XX' })).toBeNull()
    expect(run('cache_put', 'a', 1, { condition: 'NX' })).toBe(2)
    expect(run('cache_put', 'a', 2, { condition: 'NX' })).toBeNull()
    expect(run('cache_put', 'a', 3, { condition: 'XX' })).toBe(3)
    expect(
      run(
        'cache_put_many',
        [
          ['a', 4],
          ['b', 5],
        ],
        { condition: 'NX' },
      ),
    ).toBe(1)
    expect(run('cache_get_many', ['a', 'b'])).toMatchObject([{ value: 3 }, { value: 5 }])
  })

  it('[CAC4] a version that is not the one of the entry is a conflict that names the one it has', async () => {
    const { run } = aCache()
    const version = run('cache_put', 'a', 1, { ifVersion: 0 })
    await expectRefusal(() => run('cache_put', 'a', 2, { ifVersion: 0 }), 'version_conflict', { version })
    expect(run('cache_put', 'a', 2, { ifVersion: version })).toBe(3)
    await expectRefusal(() => run('cache_delete', 'a', version), 'version_conflict', { version: 3 })
    expect(run('cache_get', 'a')).toEqual({ value: 2, version: 3 })
    expect([run('cache_delete', 'a', 3), run('cache_delete', 'a', 0)]).toEqual([true, false])
    await expectRefusal(() => run('cache_put', 'a', 1, { ifVersion: 3 }), 'version_conflict', { version: 0 })
  })

  it('[CAC4] a conflict takes the whole turn back', async () => {
    const { database } = aCache()
    const operations = [
      { table: 'c', op: 'cache_put', args: ['a', 1] },
      { table: 'c', op: 'cache_put', args: ['b', 1, { ifVersion: 7 }] },
    ]
    await expectRefusal(() => database.run(operations, 0 as never), 'version_conflict', { index: 1 })
    expect(database.find('c')).toBeUndefined()
  })
})

describe('time', () => {
  it('[CAC5] an entry is fresh until its TTL ends, and is served stale only to who asks', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 1, { ttlMs: 100, staleWhileRevalidateMs: 50, staleIfErrorMs: 200 })
    const seen = (stale?: string) => cache.run('cache_get', 'a', stale === undefined ? {} : { stale })
    cache.nowMs = 99
    expect(seen()).toEqual({ value: 1, version: 2 })
    cache.nowMs = 100
    expect(seen()).toEqual({ miss: 'stale' })
    expect(cache.run('cache_has', 'a')).toBe(false)
    expect(seen('while_revalidate')).toEqual({ value: 1, version: 2, stale: true })
    cache.nowMs = 149
    expect(seen('while_revalidate')).toMatchObject({ stale: true })
    cache.nowMs = 150
    expect(seen('while_revalidate')).toEqual({ miss: 'stale' })
    expect(seen('if_error')).toMatchObject({ stale: true })
    cache.nowMs = 299
    expect(seen('if_error')).toMatchObject({ stale: true })
    cache.nowMs = 300
    expect(seen('if_error')).not.toHaveProperty('value')
  })

  it('[CAC5] what never ends is never stale, until it is told to end', () => {
    const cache = aCache()
    const { run } = cache
    run('cache_put', 'a', 1, { staleIfErrorMs: 5 })
    cache.nowMs = 1e9
    expect(run('cache_get', 'a')).toMatchObject({ value: 1 })
    expect(run('cache_ttl', 'a')).toBe(null)
    run('cache_expire', 'a', 10)
    cache.nowMs += 14
    expect(run('cache_get', 'a', { stale: 'if_error' })).toMatchObject({ stale: true })
    cache.nowMs += 1
    expect(run('cache_get', 'a', { stale: 'if_error' })).toEqual({ miss: 'expired' })
  })

  it('[CAC6] ttl, expire and persist are about freshness, and stale times move with it', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 1, { ttlMs: 100, staleIfErrorMs: 50 })
    expect([cache.run('cache_ttl', 'a'), cache.run('ttl', 'a')]).toEqual([100, 150])
    expect(cache.run('cache_expire', 'a', 50, { condition: 'GT' })).toBe(false)
    expect(cache.run('cache_expire', 'a', 300)).toBe(true)
    expect([cache.run('cache_ttl', 'a'), cache.run('ttl', 'a')]).toEqual([300, 350])
    expect(cache.run('cache_persist', 'a')).toBe(true)
    expect([cache.run('cache_ttl', 'a'), cache.run('ttl', 'a')]).toEqual([null, null])
    cache.run('cache_put', 'b', 1, { ttlMs: 10 })
    expect(cache.run('cache_expire_at', 'b', 0)).toBe(true)
    expect(cache.run('cache_has', 'b')).toBe(false)
  })

  it('[CAC16] nothing lets an entry be there for longer than the cache allows, stale or fresh', async () => {
    const cache = aCache()
    const { run } = cache
    run('cache_new', { maxTtlMs: 100 })
    await expectRefusal(() => run('cache_put', 'a', 1, { ttlMs: 101 }), 'badarg', { why: 'ttl' })
    await expectRefusal(() => run('cache_put', 'a', 1, { expiresAtMs: 101 }), 'badarg', { why: 'ttl' })
    await expectRefusal(() => run('cache_incr', 'a', 1, { ttlMs: 101 }), 'badarg', { why: 'ttl' })
    expect(run('cache_has', 'a')).toBe(false)
    for (const [times, expiresAtMs] of [
      [{ ttlMs: 40, staleIfErrorMs: 30 }, 70],
      [{ ttlMs: 80, staleIfErrorMs: 500 }, 100],
      [{ staleIfErrorMs: 5 }, 100],
    ]) {
      run('cache_put', 'a', 1, times)
      expect(cache.ask('cache_info', 'a')).toMatchObject({ expiresAtMs })
    }
    run('cache_put', 'a', 1, { ttlMs: 40, staleIfErrorMs: 30 })
    await expectRefusal(() => run('cache_expire', 'a', 101), 'badarg', { why: 'ttl' })
    await expectRefusal(() => run('cache_persist', 'a'), 'badarg', { why: 'ttl' })
    expect(cache.ask('cache_info', 'a')).toMatchObject({ freshForMs: 40, expiresAtMs: 70 })
    expect(run('cache_expire', 'a', 90)).toBe(true)
    expect(cache.ask('cache_info', 'a')).toMatchObject({ freshForMs: 90, expiresAtMs: 100 })
  })

  it('[CAC6] keepTtl changes the value and leaves both moments as they are', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 1, { ttlMs: 100, staleIfErrorMs: 50 })
    cache.nowMs = 40
    cache.run('cache_put', 'a', 2, { keepTtl: true })
    expect(cache.run('cache_get', 'a')).toMatchObject({ value: 2 })
    expect([cache.run('cache_ttl', 'a'), cache.run('ttl', 'a')]).toEqual([60, 110])
    cache.run('cache_put', 'a', 3)
    expect(cache.run('cache_ttl', 'a')).toBeNull()
  })

  it('[CAC6] a moment that is past ends the entry at once', () => {
    const cache = aCache()
    cache.nowMs = 1000
    cache.run('cache_put', 'a', 1)
    cache.run('cache_put', 'a', 2, { expiresAtMs: 999 })
    expect(cache.run('cache_has', 'a')).toBe(false)
    expect(cache.run('info', 'size')).toBe(0)
  })

  it('[CAC11] peek shows what is there, stale or not, and keeps nothing alive', () => {
    const cache = aCache()
    cache.run('cache_put', 'a', 1, { idleTtlMs: 100 })
    cache.nowMs = 60
    expect(cache.run('cache_peek', 'a')).toEqual({
      value: 1,
      version: 2,
      etag: '2',
      bytes: 65,
      freshForMs: 40,
      expiresAtMs: 100,
    })
    expect(cache.run('cache_has', 'a')).toBe(true)
    expect(cache.run('cache_ttl', 'a')).toBe(40)
    cache.run('cache_get', 'a')
    expect(cache.run('cache_ttl', 'a')).toBe(100)
  })
})

describe('removal', () => {
  it('[CAC7] take gives the entry and removes it', () => {
    const { run } = aCache()
    run('cache_put', 'a', 1)
    expect(run('cache_take', 'a')).toEqual({ value: 1, version: 2 })
    expect(run('cache_take', 'a')).toHaveProperty('miss')
    run('cache_put_many', [
      ['a', 1],
      ['b', 2],
    ])
    expect(run('cache_delete_many', ['a', 'b', 'c'])).toBe(2)
  })

  it.each(['set', 'ordered_set'])('[CAC8] of a %s keys by prefix come in slices, each once', (type) => {
    const { run } = aCache()
    run('cache_new', { type })
    const wanted = Array.from({ length: 25 }, (_, i) => `p:${i}`)
    run(
      'cache_put_many',
      [...wanted, 'o', 'q:1', 'p'].map((key) => [key, 1]),
    )
    run('cache_put_many', [
      [1, 1],
      [['p:'], 1],
      [null, 1],
    ])
    const seen: unknown[] = []
    let cursor: unknown = null
    do {
      const page = run('cache_keys', 'p:', { limit: 4, cursor }) as { keys: string[]; cursor: unknown }
      expect(page.keys.length).toBeLessThanOrEqual(4)
      for (const key of page.keys) run('cache_delete', key)
      seen.push(...page.keys)
      cursor = page.cursor
    } while (cursor !== null)
    expect(seen.sort()).toEqual(wanted.sort())
  })

  it.each(['set', 'ordered_set'])('[CAC8] of a %s the entries of a prefix are removed in slices', (type) => {
    const { run } = aCache()
    run('cache_new', { type })
    run(
      'cache_put_many',
      Array.from({ length: 9 }, (_, i) => [`${i % 3}:${i}`, i]),
    )
    let cursor: unknown = null
    let deleted = 0
    do {
      const slice = run('cache_delete_prefix', '1:', { limit: 2, cursor }) as {
        deleted: number
        cursor: unknown
      }
      deleted += slice.deleted
      cursor = slice.cursor
    } while (cursor !== null)
    expect(deleted).toBe(3)
    expect(run('info', 'size')).toBe(6)
  })

  it('[CAC8] a slice ends where a call may look at no more, and goes on from there', () => {
    const { run } = aCache({ maxVisited: 3 })
    run(
      'cache_put_many',
      Array.from({ length: 8 }, (_, i) => [`k${i}`, i]),
    )
    const first = run('cache_keys', 'k7') as { keys: string[]; cursor: unknown }
    expect(first).toMatchObject({ keys: [] })
    const second = run('cache_keys', 'k7', { cursor: first.cursor }) as { keys: string[]; cursor: unknown }
    expect(run('cache_keys', 'k7', { cursor: second.cursor })).toEqual({ keys: ['k7'], cursor: null })
  })
})

describe('counters', () => {
  it('[CAC9] count from where they begin, and keep the time that they began with', () => {
    const cache = aCache()
    expect(cache.run('cache_incr', 'n', 2, { initial: 10, ttlMs: 100 })).toBe(12)
    cache.nowMs = 50
    expect(cache.run('cache_incr', 'n', -5, { initial: 99, ttlMs: 100 })).toBe(7)
    expect(cache.run('cache_ttl', 'n')).toBe(50)
    cache.nowMs = 100
    expect(cache.run('cache_incr', 'n', 1)).toBe(1)
    expect(cache.run('cache_ttl', 'n')).toBeNull()
  })

  it('[CAC9] stop at their bounds, or refuse to pass them', async () => {
    const { run } = aCache()
    run('cache_put', 'n', 5)
    await expectRefusal(() => run('cache_incr', 'n', 6, { max: 10 }), 'badarg', { why: 'counter_value' })
    expect(run('cache_incr', 'n', 5, { max: 10 })).toBe(10)
    expect(run('cache_incr', 'n', 5, { max: 12, beyond: 'clamp' })).toBe(12)
    expect(run('cache_incr', 'n', -50, { min: -1, beyond: 'clamp' })).toBe(-1)
    await expectRefusal(() => run('cache_incr', 'n', -1, { min: -1 }), 'badarg', { why: 'counter_value' })
    await expectRefusal(() => run('cache_incr', 'm', 1, { min: 5 }), 'badarg', { why: 'counter_value' })
    expect(run('cache_get_many', ['n', 'm'])).toMatchObject([{ value: -1 }, { miss: 'absent' }])
  })

  it.each([['text'], [1.5], [null], [{ n: 1 }], [[1]], [true]])('[CAC9] do not count %j', async (value) => {
    const { run } = aCache()
    run('cache_put', 'n', value)
    await expectRefusal(() => run('cache_incr', 'n', 1), 'badarg', { why: 'counter_value' })
    expect(run('cache_get', 'n')).toEqual({ value, version: 2 })
  })

  it('[CAC9] do not pass ±(2^53-1), whether or not they are bounded', async () => {
    const { run } = aCache()
    run('cache_put', 'n', Number.MAX_SAFE_INTEGER)
    await expectRefusal(() => run('cache_incr', 'n', 1), 'badarg', { why: 'counter_value' })
    await expectRefusal(() => run('cache_incr', 'n', 1, { beyond: 'clamp' }), 'badarg', {
      why: 'counter_value',
    })
  })
})
