import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { shardMapOf } from '../../src/protocol/shard-map.ts'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'
import { KEYS, SHARDS, ShardedOwners } from '../support/sharded-owners.ts'

/** A table with a row under each of {@link KEYS}. */
async function aTable(options: object = {}): Promise<ShardedOwners> {
  const owners = new ShardedOwners(SHARDS)
  await owners.run('p.t', 'new', options)
  for (const key of KEYS) await owners.run('p.t', 'insert', [key, 1])
  return owners
}

const outcomeOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EtsError) return { code: error.code, why: (error.details as { why?: string }).why }
    throw error
  }
}

/** The lines of what has no order, in one. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value

const key = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom('a', 'b', '{a}1', '{a}2'))
const spec = fc.constantFrom(
  [[['$1', '$2'], [['>', '$2', 3]], ['$2']]],
  [[['$1', '$2'], [], [['+', '$1', 1]]]],
  [
    [['$1', 5], [], ['$_']],
    [['$1', '$2'], [['<', '$2', 3]], [true]],
  ],
  [[['$1', '_'], [], [true]]],
  'no specification',
)
const pattern = fc.constantFrom(['$1', '$2'], ['_', 5], '$1', ['$2', '$1'], '_')
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('insert'), fc.tuple(key, fc.integer({ min: 0, max: 9 }))) },
  fc.tuple(
    fc.constantFrom('delete', 'lookup', 'take', 'member', 'next', 'prev', 'next_lookup', 'prev_lookup'),
    key,
  ),
  fc.tuple(fc.constant('update_counter'), key, fc.constant(1)),
  fc.tuple(
    fc.constantFrom(
      'tab2list',
      'foldr',
      'traverse',
      'traverse_back',
      'traverse_lookup',
      'first',
      'last',
      'first_lookup',
      'last_lookup',
      'delete_all_objects',
      'traverse_delete',
    ),
  ),
  fc.tuple(fc.constant('info'), fc.constantFrom('size', 'type', 'bytes', 'fixed', 'colour')),
  fc.tuple(fc.constantFrom('select', 'select_reverse', 'select_count', 'select_delete'), spec),
  fc.tuple(fc.constantFrom('match', 'match_object', 'match_delete'), pattern),
  fc.tuple(fc.constantFrom('select_chunks', 'select_reverse_chunks'), spec, fc.constantFrom(1, 3, 0)),
  fc.tuple(fc.constantFrom('match_chunks', 'match_object_chunks'), pattern, fc.constantFrom(2, 5)),
)

/** Walks and lists of other types have an order of their own, another one over shards. */
const BY_POSITION = [
  'first',
  'last',
  'next',
  'prev',
  'first_lookup',
  'last_lookup',
  'next_lookup',
  'prev_lookup',
]

describe('tables over shards', () => {
  it.each(['ordered_set', 'set', 'bag'] as const)(
    '[SHD4] %s: every verb answers as one table would',
    async (type) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const one = new TestOwner()
          const many = new ShardedOwners(SHARDS)
          await one.run('p.t', 'new', { type })
          await many.run('p.t', 'new', { type })
          for (const [op, ...args] of steps) {
            if (type !== 'ordered_set' && BY_POSITION.includes(op)) continue
            const wanted = await outcomeOf(() => one.run('p.t', op, ...args))
            const found = await outcomeOf(() => many.run('p.t', op, ...args))
            if (type === 'ordered_set') expect(found).toEqual(wanted)
            else if (!op.endsWith('_chunks')) expect(sorted(found)).toEqual(sorted(wanted))
          }
        }),
        { seed: 6, numRuns: 150 },
      )
    },
  )

  it('[SHD4] a walk without an order meets every key once', async () => {
    const owners = await aTable()
    for (const [first, next] of [
      ['first', 'next'],
      ['last', 'prev'],
    ] as const) {
      const met: unknown[] = []
      for (let at = await owners.run('p.t', first); at !== '$end_of_table'; ) {
        met.push(at)
        at = await owners.run('p.t', next, at)
      }
      expect(met.sort()).toEqual([...KEYS].sort())
    }
  })

  it('[SHD5] rows are where their keys belong, whatever the key position, also when it changes', async () => {
    const owners = new ShardedOwners(SHARDS)
    await owners.run('p.t', 'new', { keypos: 2 })
    for (const each of KEYS) await owners.run('p.t', 'insert', ['x', each])
    for (const [shard, each] of KEYS.entries()) {
      expect(await owners.owner(shard).run('p.t', 'tab2list')).toEqual([['x', each]])
    }
    // Behind the router's back the table is made anew with its key elsewhere.
    for (const shard of KEYS.keys()) {
      await owners.owner(shard).run('p.t', 'delete_table')
      await owners.owner(shard).run('p.t', 'new', { keypos: 1 })
    }
    expect(await owners.run('p.t', 'insert', [KEYS[2], KEYS[1]])).toBe(true)
    expect(await owners.owner(2).run('p.t', 'tab2list')).toEqual([[KEYS[2], KEYS[1]]])
  })

  it('[SHD6] what has keys on several shards is refused, and one tag brings it together', async () => {
    const owners = await aTable()
    const rows = KEYS.map((each) => [each, 2])
    await expectRefusal(() => owners.run('p.t', 'insert_list', rows), 'cross_shard', {
      processes: ['p', 'p~1', 'p~2'],
    })
    await expectRefusal(
      () => owners.batch(KEYS.map((each) => ({ table: 'p.t', op: 'update_counter', args: [each, 1] }))),
      'cross_shard',
    )
    expect(await owners.run('p.t', 'select_count', [[['_', 2], [], [true]]])).toBe(0)
    expect(
      await owners.run(
        'p.t',
        'insert_list',
        ['{a}1', '{a}2', '{a}3'].map((each) => [each, 2]),
      ),
    ).toBe(true)
    const batch = ['{a}1', '{a}2'].map((each) => ({ table: 'p.t', op: 'update_counter', args: [each, 1] }))
    expect((await owners.batch(batch)).values).toEqual([3, 3])
  })

  it.each([
    ['rename', 'p.u'],
    ['slot', 0],
    ['cursor_open', 'c', 'match', '_', 1],
    ['cursor_next', 'c'],
  ])('[SHD6] %s is refused', async (op, ...args) => {
    const owners = await aTable({ type: 'ordered_set' })
    await expectRefusal(() => owners.run('p.t', op, ...args), 'cross_shard')
  })

  it('[SHD6] what goes to every shard is no part of a batch', async () => {
    const owners = await aTable()
    const both = ['tab2list', 'info'].map((op) => ({ table: 'p.t', op, args: [] }))
    await expectRefusal(() => owners.batch(both), 'cross_shard')
  })

  it('[SHD7] a read of which one shard is missing is refused and never shorter', async () => {
    const owners = await aTable()
    owners.down.add(1)
    for (const op of ['tab2list', 'info']) await expectRefusal(() => owners.run('p.t', op), 'restarting')
    expect(await owners.run('p.t', 'lookup', KEYS[2])).toEqual([[KEYS[2], 1]])
    await expectRefusal(() => owners.run('p.t', 'lookup', KEYS[1]), 'restarting')
  })

  it('[SHD8] a write to every shard that one refuses is told as one, and trying again does the rest', async () => {
    const owners = await aTable()
    owners.down.add(1)
    await expectRefusal(() => owners.run('p.t', 'delete_all_objects'), 'partial_failure', {
      done: ['p', 'p~2'],
      failed: 'p~1',
      cause: 'restarting',
      retryAfterMs: 1,
    })
    owners.down.clear()
    expect(await owners.run('p.t', 'tab2list')).toEqual([[KEYS[1], 1]])
    expect(await owners.run('p.t', 'delete_all_objects')).toBe(true)
    expect(await owners.run('p.t', 'info', 'size')).toBe(0)
  })

  it('[SHD8] what the first shard refuses has changed nothing', async () => {
    const owners = await aTable()
    await expectRefusal(() => owners.run('p.t', 'select_delete', 'nonsense'), 'badarg', { why: 'match_spec' })
    owners.down.add(0)
    await expectRefusal(() => owners.run('p.t', 'delete_all_objects'), 'restarting')
    owners.down.clear()
    expect(await owners.run('p.t', 'info', 'size')).toBe(3)
  })

  it('[SHD9] a table that was made on some shards only is completed by a second try, and dropped by one', async () => {
    const owners = new ShardedOwners(SHARDS)
    owners.down.add(2)
    await expectRefusal(() => owners.run('p.t', 'new', { keypos: 2 }), 'partial_failure', {
      done: ['p~1'],
      failed: 'p~2',
    })
    expect(await owners.run('p.t', 'first').catch((error) => error.code)).toBe('no_such_table')
    owners.down.clear()
    await expectRefusal(() => owners.run('p.t', 'new', { keypos: 1 }), 'partial_failure', {
      cause: 'table_exists',
    })
    expect(await owners.run('p.t', 'delete_table')).toBe(true)
    expect(await owners.run('p.t', 'new', { keypos: 1 })).toBe('p.t')
    await expectRefusal(() => owners.run('p.t', 'new'), 'table_exists')
    expect(await owners.run('p.t', 'delete_table')).toBe(true)
    await expectRefusal(() => owners.run('p.t', 'delete_table'), 'no_such_table')
  })

  it('[SHD9] a part of a table that has rows is not taken over', async () => {
    const owners = await aTable()
    await owners.owner(0).run('p.t', 'delete_table')
    await expectRefusal(() => owners.run('p.t', 'new'), 'table_exists')
    expect(await owners.owner(1).run('p.t', 'info', 'size')).toBe(1)
  })

  it.each([
    ['ordered_set', 'match_object'],
    ['ordered_set', 'select'],
    ['ordered_set', 'select_reverse'],
    ['set', 'select'],
  ] as const)('[SHD10] a scan of %s by %s meets every row that stays once, in order', async (type, verb) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 60 }),
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 200 })), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (keys, changes, limit) => {
          const owners = new ShardedOwners(SHARDS)
          await owners.run('p.t', 'new', { type })
          for (const each of keys) await owners.run('p.t', 'insert', [each])
          const query = verb === 'match_object' ? ['_'] : [[['$1'], [], [{ tuple: ['$1'] }]]]
          const stays = new Set(keys)
          const met: number[] = []
          const pending = [...changes]
          for (let cursor: unknown = null; ; ) {
            const page = (await owners.run('p.t', 'scan', verb, query, {
              limit,
              cursor: cursor as null,
            })) as {
              rows: [number][]
              cursor: unknown
            }
            expect(page.rows.length).toBeLessThanOrEqual(limit)
            met.push(...page.rows.map(([each]) => each))
            if (page.cursor === null) break
            cursor = page.cursor
            const change = pending.shift()
            if (change === undefined) continue
            stays.delete(change[1])
            await (change[0]
              ? owners.run('p.t', 'insert', [change[1]])
              : owners.run('p.t', 'delete', change[1]))
          }
          expect(new Set(met).size).toBe(met.length)
          for (const each of stays) expect(met).toContain(each)
          const order =
            verb === 'select_reverse' ? (a: number, b: number) => b - a : (a: number, b: number) => a - b
          if (type === 'ordered_set') expect(met).toEqual(met.toSorted(order))
        },
      ),
      { seed: 6, numRuns: 60 },
    )
  })

  it('[SHD10] a cursor that is none is refused', async () => {
    for (const type of ['set', 'ordered_set']) {
      const owners = await aTable({ type })
      for (const cursor of [
        {},
        { shard: 3, cursor: null },
        { shard: 0, cursor: 1 },
        { slot: 1, of: '0.1' },
      ]) {
        await expectRefusal(() => owners.run('p.t', 'scan', 'match', '_', { cursor }), 'badarg', {
          why: 'cursor',
        })
      }
    }
  })
})

describe('the number of shards', () => {
  it('[SHD11] an owner refuses calls by another number of shards than it began with', async () => {
    for (const [before, after] of [
      [1, 3],
      [3, 1],
      [3, 4],
      [4, 2],
    ] as const) {
      const owners = new ShardedOwners(before)
      await owners.run('p.t', 'new')
      for (const each of KEYS) await owners.run('p.t', 'insert', [each])
      owners.placement = { map: shardMapOf(after) }
      for (const each of KEYS) {
        await expectRefusal(() => owners.run('p.t', 'lookup', each), 'moved', {
          process: 'p',
          shards: before,
        })
      }
      await expectRefusal(() => owners.run('p.t', 'tab2list'), 'moved')
      owners.placement = { map: shardMapOf(before) }
      expect(await owners.run('p.t', 'info', 'size')).toBe(3)
    }
  })

  it('[SHD11] a process in which nothing ever changed may have any', async () => {
    const owners = new ShardedOwners(1)
    expect(await owners.run('p.t', 'info')).toBe(null)
    owners.placement = { map: shardMapOf(3) }
    expect(await owners.run('p.t', 'new')).toBe('p.t')
  })
})
