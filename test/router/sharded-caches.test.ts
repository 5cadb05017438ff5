import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'
import { KEYS, SHARDS, ShardedOwners } from '../support/sharded-owners.ts'

interface Slice {
  readonly keys: readonly string[]
  readonly deleted: number
  readonly cursor: unknown
}

interface Events {
  readonly events: readonly { readonly key: string }[]
  readonly cursor: string
  readonly missed: boolean
}

const callsOf = (owners: ShardedOwners): number => owners.calls.reduce((all, each) => all + each, 0)

/** What a call gives that waits, while time passes on every shard. */
async function inTime<T>(owners: ShardedOwners, waiting: Promise<T>): Promise<T> {
  let isOver = false
  const over = waiting.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await owners.pass(10)
    await new Promise((resume) => setTimeout(resume))
  }
  return over
}

/** Runs one verb, by its name and arguments. */
type Run = (op: string, ...args: unknown[]) => Promise<unknown>

const key = fc.constantFrom(...KEYS, 'kk', 'a', '{k}1', 7)
const tags = fc.subarray(['x', 'y'])
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('cache_put'), key, fc.nat(9), fc.record({ tags })) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('cache_get', 'cache_has', 'cache_ttl', 'cache_take', 'cache_delete'),
      key,
    ),
  },
  fc.tuple(fc.constant('cache_incr'), key, fc.constant(1)),
  fc.tuple(fc.constant('cache_get_many'), fc.array(key, { maxLength: 5 })),
  fc.tuple(fc.constantFrom('keys', 'delete'), fc.constantFrom('', 'k', 'kk'), fc.integer({ min: 1, max: 4 })),
  fc.tuple(
    fc.constant('cache_invalidate'),
    tags.filter(({ length }) => length > 0),
    fc.record({ soft: fc.boolean() }),
  ),
  fc.tuple(fc.constantFrom('cache_stats', 'cache_reset_stats', 'delete_all_objects', 'delete_table')),
)

/** All slices of what begins with a prefix. */
async function sliced(run: Run, op: string, prefix: string, limit: number): Promise<unknown> {
  const keys: string[] = []
  let deleted = 0
  for (let cursor: unknown = null; ; ) {
    const slice = (await run(op, prefix, { limit, cursor })) as Slice
    keys.push(...(slice.keys ?? []))
    deleted += slice.deleted ?? 0
    cursor = slice.cursor
    if (cursor === null) return [keys, deleted]
  }
}

/** What a step answers, without what shards number on their own. */
async function outcomeOf(
  run: Run,
  isOrdered: boolean,
  [op, ...args]: [string, ...unknown[]],
): Promise<unknown> {
  const [prefix, limit] = args as [string, number]
  try {
    if (op === 'delete') return await sliced(run, 'cache_delete_prefix', prefix, limit)
    if (op === 'keys') {
      const [keys] = (await sliced(run, 'cache_keys', prefix, limit)) as [string[]]
      return isOrdered ? keys : keys.sort()
    }
    const value = await run(op, ...args)
    if (op === 'cache_put') return typeof value
    if (op !== 'cache_stats')
      return JSON.parse(JSON.stringify(value, (name, each) => (name === 'version' ? 1 : each)))
    const { size, hits, misses, inserts, updates, deletes } = value as Record<string, unknown>
    return { size, hits, misses, inserts, updates, deletes }
  } catch (error) {
    return (error as { code: unknown }).code
  }
}

describe('a cache over several shards', () => {
  it.each(['set', 'ordered_set', undefined])(
    '[SHD4] answers as one would (%s, undefined for one that nobody creates)',
    async (type) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const one = new TestOwner()
          const many = new ShardedOwners(SHARDS)
          const runs: readonly Run[] = [one, many].map(
            (each) =>
              (op, ...args) =>
                each.run('p.c', op, ...args),
          )
          if (type !== undefined) for (const run of runs) await run('cache_new', { type })
          for (const each of steps as [string, ...unknown[]][]) {
            const [wanted, found] = await Promise.all(
              runs.map((run) => outcomeOf(run, type === 'ordered_set', each)),
            )
            expect([each, found]).toEqual([each, wanted])
          }
        }),
        { seed: 7, numRuns: 200 },
      )
    },
  )

  it('[SHD13] has statistics, and is invalidated by tag, as one', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', {})
    const [a, b] = KEYS
    await owners.run('p.c', 'cache_put', a, 1, { tags: ['x'] })
    await owners.run('p.c', 'cache_put', b, 1, { tags: ['x', 'y'] })
    for (const key of KEYS) await owners.run('p.c', 'cache_get', key)
    expect(await owners.run('p.c', 'cache_stats')).toMatchObject({
      ...{ size: 2, hits: 2, misses: { all: 1, absent: 1 }, hitRatio: 2 / 3, eviction: 'tinylfu' },
      loads: { won: 0 },
    })
    expect(await owners.run('p.c', 'cache_invalidate', ['y'])).toBe(true)
    expect(await owners.run('p.c', 'cache_invalidate', ['z'])).toBe(false)
    expect(await owners.run('p.c', 'cache_get', a)).toMatchObject({ value: 1 })
    expect(await owners.run('p.c', 'cache_get', b)).toEqual({ miss: 'invalidated', tag: 'y' })
    expect(await owners.run('p.c', 'cache_reset_stats')).toBe(true)
    expect(await owners.run('p.c', 'cache_stats')).toMatchObject({ size: 1, hits: 0 })
  })

  it.each(['set', 'ordered_set'])('[SHD13] lists and removes keys by prefix (%s)', async (type) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'ab', 'b'), fc.nat(99)), {
          maxLength: 40,
          selector: String,
        }),
        fc.constantFrom('', 'a', 'ab', 'c'),
        fc.integer({ min: 1, max: 12 }),
        async (parts, prefix, limit) => {
          const owners = new ShardedOwners(SHARDS)
          await owners.run('p.c', 'cache_new', { type })
          const all = parts.map((part) => part.join(':'))
          for (const each of all) await owners.run('p.c', 'cache_put', each, 1)
          const wanted = all.filter((each) => each.startsWith(prefix)).sort()
          const listed: string[] = []
          for (let cursor: unknown = null; ; ) {
            const slice = (await owners.run('p.c', 'cache_keys', prefix, { limit, cursor })) as Slice
            expect(slice.keys.length).toBeLessThanOrEqual(limit)
            listed.push(...slice.keys)
            cursor = slice.cursor
            if (cursor === null) break
          }
          expect(type === 'set' ? listed.sort() : listed).toEqual(wanted)
          let deleted = 0
          for (let cursor: unknown = null; ; ) {
            const slice = (await owners.run('p.c', 'cache_delete_prefix', prefix, { limit, cursor })) as Slice
            deleted += slice.deleted
            cursor = slice.cursor
            if (cursor === null) break
          }
          expect(deleted).toBe(wanted.length)
          expect(await owners.run('p.c', 'info', 'size')).toBe(all.length - wanted.length)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('[SHD13] removes slice by slice under one idempotency key, of which each shard sees one request', async () => {
    const owners = new ShardedOwners(SHARDS, { settings: { maxVisited: 20 } })
    for (let i = 0; i < 150; i++) await owners.run('p.c', 'cache_put', `k${i}`, 1)
    const removal = { table: 'p.c', op: 'cache_delete_prefix', args: ['other'] as unknown[] }
    const answers = await Promise.all(
      [1, 2].map(() => owners.batch([removal], { idempotencyKey: 'once' }).then(({ values }) => values[0])),
    )
    expect(answers[0]).toMatchObject({ deleted: 0, cursor: { shard: 0 } })
    expect(answers[1]).toEqual(answers[0])
  })

  it('[SHD13] refuses a cursor that no slice gave', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', {})
    for (const cursor of [
      { shard: 7, cursor: null },
      { shard: 0 },
      { slot: 1 },
      { shard: 0, cursor: { slot: 1 } },
    ]) {
      await expectRefusal(() => owners.run('p.c', 'cache_keys', '', { cursor }), 'badarg', { why: 'cursor' })
      await expectRefusal(() => owners.run('p.c', 'cache_delete_prefix', '', { cursor }), 'badarg', {
        why: 'cursor',
      })
    }
  })

  it('[SHD16] gives the entries under keys of several shards, in the order of the keys', async () => {
    const owners = new ShardedOwners(SHARDS)
    for (const [i, key] of KEYS.entries()) await owners.run('p.c', 'cache_put', key, i)
    const [a, b, c] = KEYS
    const found = (await owners.run('p.c', 'cache_get_many', [c, 'none', a, c, b])) as object[]
    expect(found).toMatchObject([{ value: 2 }, { miss: 'absent' }, { value: 0 }, { value: 2 }, { value: 1 }])
    expect(await owners.run('p.c', 'cache_get_many', [])).toEqual([])
    owners.down.add(1)
    await expectRefusal(() => owners.run('p.c', 'cache_get_many', [a, b]), 'restarting')
    await expectRefusal(() => owners.run('p.c', 'cache_delete_many', [a, b]), 'cross_shard')
  })

  it.each(KEYS)('[SHD14] is on every shard from the first write on (%s)', async (key) => {
    const owners = new ShardedOwners(SHARDS)
    await expectRefusal(() => owners.run('p.c', 'cache_stats'), 'no_such_table')
    expect(await owners.run('p.c', 'cache_get', key)).toEqual({ miss: 'absent' })
    expect(await owners.run('p.c', 'info')).toBeNull()
    await owners.run('p.c', 'cache_put', key, 1, { tags: ['x'] })
    for (let shard = 0; shard < SHARDS; shard++) expect(owners.owner(shard).owner.keyposOf('p.c')).toBe(1)
    expect(await owners.run('p.c', 'info')).toMatchObject({ size: 1, eviction: 'tinylfu' })
    expect(await owners.run('p.c', 'cache_stats')).toMatchObject({ size: 1, inserts: 1 })
    expect(await owners.run('p.c', 'cache_keys', '')).toMatchObject({ keys: [key] })
    const calls = callsOf(owners)
    await owners.run('p.c', 'cache_put', key, 2)
    expect(callsOf(owners)).toBe(calls + 1)
  })

  it('[SHD14] is made with the write that has a key of its own, which is done once', async () => {
    const owners = new ShardedOwners(SHARDS)
    const incr = { table: 'p.c', op: 'cache_incr', args: [KEYS[0], 1] }
    const first = await owners.batch([incr], { idempotencyKey: 'k' })
    const second = await owners.batch([incr], { idempotencyKey: 'k' })
    expect([first.values, second.values, second.replayed]).toEqual([[1], [1], true])
  })

  it('[SHD14] is made anew on every shard after somebody else has dropped it, whatever a router remembers', async () => {
    const owners = new ShardedOwners(SHARDS)
    const [a, b] = KEYS
    for (const key of KEYS) await owners.run('p.c', 'cache_put', key, 1)
    expect(await owners.run('p.c', 'tab2list')).toHaveLength(SHARDS)
    for (let shard = 0; shard < SHARDS; shard++) await owners.owner(shard).run('p.c', 'delete_table')
    await owners.run('p.c', 'cache_put', b, 1)
    expect(await owners.run('p.c', 'info')).toMatchObject({ size: 1 })
    expect(await owners.run('p.c', 'cache_get', a)).toEqual({ miss: 'absent' })
  })

  it('[SHD14] counts a shard that lacks it as empty, and is completed by the next write there', async () => {
    const owners = new ShardedOwners(SHARDS)
    const [a, b] = KEYS
    await owners.run('p.c', 'cache_put', a, 1)
    await owners.owner(1).run('p.c', 'delete_table')
    expect(await owners.run('p.c', 'cache_stats')).toMatchObject({ size: 1 })
    expect(await owners.run('p.c', 'cache_reset_stats')).toBe(true)
    await expectRefusal(() => owners.run('p.c', 'events'), 'badarg', { why: 'options' })
    await owners.run('p.c', 'cache_put', b, 2)
    expect(await owners.run('p.c', 'info')).toMatchObject({ size: 2 })
  })

  it('[SHD14] of a batch are made in one call of each shard', async () => {
    const owners = new ShardedOwners(SHARDS)
    const batch = Array.from({ length: 200 }, (_, i) => ({
      table: `p.c${i}`,
      op: 'cache_put',
      args: ['k', i],
    }))
    expect((await owners.batch(batch)).values).toHaveLength(200)
    expect(callsOf(owners)).toBe(SHARDS + 2)
  })

  it('[SHD15] has a call wait for the first shard that has something to tell, and leaves little behind', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', { events: true })
    const { cursor: after } = (await owners.run('p.c', 'events')) as Events
    const waiting = owners.run('p.c', 'events', { after, waitMs: 30_000 }) as Promise<Events>
    await owners.run('p.c', 'cache_put', KEYS[1], 1, { ttlMs: 3_000 })
    const { events, cursor } = await inTime(owners, waiting)
    expect(events).toMatchObject([{ key: KEYS[1], cause: 'expired' }])
    // Those who were asked in vain wait for no longer than the call took.
    await owners.pass(4_000)
    for (let shard = 0; shard < SHARDS; shard++) expect(owners.owner(shard).pending).toBe(0)
    const next = owners.run('p.c', 'events', { after: cursor, waitMs: 5_000 }) as Promise<Events>
    expect(await inTime(owners, next)).toMatchObject({ events: [], cursor, missed: false })
  })

  it('[SHD15] tells each event once, also where a shard tells of an earlier moment after a later one', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', { events: true })
    const [a, b] = KEYS
    await owners.run('p.c', 'cache_put', a, 1, { tags: ['x'] })
    await owners.run('p.c', 'cache_put', `{${a}}2`, 1, { ttlMs: 11 })
    await owners.run('p.c', 'cache_put', b, 1, { ttlMs: 5 })
    await owners.pass(10)
    await owners.run('p.c', 'cache_invalidate', ['x'])
    await owners.pass(2)
    for (const key of [a, b]) await owners.run('p.c', 'cache_get', key)
    const told: string[] = []
    for (let after: string | undefined; ; ) {
      const options = { limit: 1, ...(after === undefined ? {} : { after }) }
      const page = (await owners.run('p.c', 'events', options)) as Events
      if (page.events.length === 0) break
      told.push(...page.events.map(({ key }) => key))
      after = page.cursor
    }
    expect(told.sort()).toEqual([a, b, `{${a}}2`].sort())
  })

  it('[SHD15] shows the state of each shard once, however often it was asked', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', { events: true })
    const events = (waitMs: number) => owners.batch([{ table: 'p.c', op: 'events', args: [{ waitMs }] }])
    const { seq, incarnation } = await events(0)
    expect(await inTime(owners, events(1_000))).toMatchObject({ seq, incarnation })
  })

  it('[SHD15] tells of what went on all shards in one list', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.c', 'cache_new', { events: true })
    for (const [i, key] of KEYS.entries()) await owners.run('p.c', 'cache_put', key, 1, { tags: [`t${i}`] })
    const order = [2, 0, 1]
    for (const i of order) await owners.run('p.c', 'cache_invalidate', [`t${i}`])
    await owners.pass(2_000)
    const all = (await owners.run('p.c', 'events')) as Events
    expect(all.missed).toBe(false)
    expect(all.events.map(({ key }) => key).sort()).toEqual([...KEYS].sort())
    const told: unknown[] = []
    let after: string | undefined
    for (;;) {
      const page = (await owners.run('p.c', 'events', {
        limit: 1,
        ...(after === undefined ? {} : { after }),
      })) as Events
      if (page.events.length === 0) break
      told.push(...page.events)
      after = page.cursor
    }
    expect(told).toEqual(all.events)
    expect(after).toBe(all.cursor)
    for (const cursor of ['x', `${after}~x.1`, 'a.1~b.1~c.x'])
      await expectRefusal(() => owners.run('p.c', 'events', { after: cursor }), 'badarg', { why: 'cursor' })
  })
})
