import { describe, expect, it } from 'vitest'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'

describe('what survives', () => {
  it('[OWN1] everything acknowledged on a sync table, with deadlines, versions and the order of bags', async () => {
    const process = new TestOwner()
    await process.create('p.set', { journal: 'sync' })
    await process.create('p.bag', { type: 'bag', journal: 'sync' })
    await process.create('p.ordered', { type: 'ordered_set', journal: 'sync' })
    await process.run('p.set', 'insert', ['k', { deep: [1, null] }], { ttlMs: 60_000, idleTtlMs: 5_000 })
    await process.run('p.bag', 'insert_list', [
      ['k', 3],
      ['k', 1],
      ['k', 2],
    ])
    await process.run('p.bag', 'delete_object', ['k', 3])
    await process.run('p.bag', 'insert', ['k', 3])
    await process.run('p.bag', 'insert', ['k', 1], { ttlMs: 9_000 })
    await process.run('p.ordered', 'insert_list', [[2], [1], [3]])
    const before = await snapshot(process)
    process.restart()
    expect(await snapshot(process)).toEqual(before)
    expect(process.owner.recovery).toMatchObject({ incarnation: 2, rows: 7, setAside: [] })
    const { seq } = await process.call([{ table: 'p.set', op: 'info', args: [] }])
    expect(await process.run('p.set', 'insert', ['new'])).toBe(true)
    expect((await process.call([{ table: 'p.set', op: 'info', args: [] }])).seq).toBe(seq + 1)
  })

  const snapshot = (process: TestOwner) =>
    Promise.all([
      process.run('p.set', 'lookup', 'k'),
      process.run('p.set', 'row_info', 'k'),
      process.run('p.bag', 'lookup', 'k'),
      process.run('p.bag', 'row_info', 'k'),
      process.run('p.ordered', 'traverse'),
    ])

  it('[OWN1] a turn that reads one sync table and writes another', async () => {
    const process = new TestOwner()
    await process.create('p.read', { journal: 'sync' })
    await process.create('p.written', { journal: 'sync' })
    await process.call([
      { table: 'p.read', op: 'lookup', args: ['k'] },
      { table: 'p.written', op: 'insert', args: [['k', 1]] },
    ])
    process.restart()
    expect(await process.run('p.written', 'tab2list')).toEqual([['k', 1]])
  })

  it('[OWN2] of an async table all but the last moments, and never a part of a turn', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'async' })
    await process.run('p.t', 'insert', ['old', 1])
    await process.pass(200)
    await process.call([
      { table: 'p.t', op: 'insert', args: [['new', 1]] },
      { table: 'p.t', op: 'insert', args: [['new', 2]] },
    ])
    await process.pass(199)
    process.restart()
    expect(await process.run('p.t', 'tab2list')).toEqual([['old', 1]])
  })

  it('[OWN2] a turn on a sync table takes what is waiting of async tables with it', async () => {
    const process = new TestOwner()
    await process.create('p.lazy', { journal: 'async' })
    await process.create('p.strict', { journal: 'sync' })
    await process.run('p.lazy', 'insert', ['a'])
    await process.run('p.strict', 'insert', ['b'])
    process.restart()
    expect(await process.run('p.lazy', 'tab2list')).toEqual([['a']])
  })

  it('[OWN3] of a table without a journal the table, empty, and nothing is written for its rows', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'none', keypos: 2 })
    const before = process.store.rowsWritten
    for (let i = 0; i < 100; i++) await process.run('p.t', 'insert', ['x', i])
    await process.pass(10_000)
    expect(process.store.rowsWritten).toBe(before)
    process.restart()
    expect(await process.run('p.t', 'info')).toMatchObject({ keypos: 2, size: 0 })
  })

  it('[OWN4] no row whose deadline passed meanwhile', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'sync' })
    await process.run('p.t', 'insert', ['short'], { ttlMs: 1_000 })
    await process.run('p.t', 'insert', ['long'], { ttlMs: 5_000 })
    process.restart()
    await process.pass(1_000)
    expect(await process.run('p.t', 'tab2list')).toEqual([['long']])
    process.restart()
    expect(await process.run('p.t', 'info', 'size')).toBe(1)
    await process.pass(4_000)
    expect(await process.run('p.t', 'tab2list')).toEqual([])
  })

  it('[OWN5] tables that were cleared, renamed and dropped as such, also in a turn that was taken back', async () => {
    const process = new TestOwner()
    for (const table of ['p.a', 'p.b', 'p.c', 'p.d']) {
      await process.create(table, { journal: 'sync' })
      await process.run(table, 'insert', [table])
    }
    await process.run('p.a', 'delete_all_objects')
    await process.run('p.a', 'insert', ['after'])
    await process.run('p.b', 'rename', 'p.b2')
    await process.run('p.c', 'delete_table')
    const failing = [
      { table: 'p.d', op: 'delete_all_objects', args: [] },
      { table: 'p.d', op: 'insert', args: [['never']] },
      { table: 'p.nowhere', op: 'tab2list', args: [] },
    ]
    await expectRefusal(() => process.call(failing), 'no_such_table')
    await process.run('p.d', 'insert', ['more'])
    process.restart()
    expect(await process.run('p.a', 'tab2list')).toEqual([['after']])
    expect(await process.run('p.b2', 'tab2list')).toEqual([['p.b']])
    expect(await process.run('p.b', 'info')).toBeNull()
    expect(await process.run('p.c', 'info')).toBeNull()
    expect(await process.run('p.d', 'tab2list')).toEqual([['p.d'], ['more']])
  })

  it('[OWN8] a table larger than the log, checkpointed in steps between turns', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'async' })
    const filler = 'x'.repeat(200)
    for (let round = 0; round < 40; round++) {
      const rows = Array.from({ length: 1000 }, (_, i) => [(round * 997 + i * 31) % 20_000, round, filler])
      await process.run('p.t', 'insert_list', rows)
      await process.pass(250)
    }
    const before = await process.run('p.t', 'tab2list')
    process.restart()
    expect(await process.run('p.t', 'tab2list')).toEqual(before)
    expect(
      [...process.store.readLog()].reduce((sum, { record }) => sum + record.text.length, 0),
    ).toBeLessThan(6_000_000)
    expect([...process.store.readPages()].length).toBeGreaterThan(40)
  })
})

describe('the storage', () => {
  it('[OWN7] when it refuses, the process is ended and the turn is not acknowledged', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'sync' })
    process.store.putLog = () => {
      throw new Error('disk full')
    }
    expect(() => process.owner.run([{ table: 'p.t', op: 'insert', args: [['a']] }])).toThrow('disk full')
    expect(process.failure).toMatchObject({ message: 'disk full' })
  })

  it('[OWN6] a read of a sync table waits for what it saw, a read of another table does not', async () => {
    const process = new TestOwner()
    await process.create('p.t', { journal: 'sync' })
    await process.create('p.other', { journal: 'none' })
    const insert = (i: number) => process.owner.run([{ table: 'p.t', op: 'insert', args: [[i]] }])
    insert(1)
    const second = insert(2)
    expect(second).toBeInstanceOf(Promise)
    expect(process.owner.run([{ table: 'p.t', op: 'tab2list', args: [] }])).toBeInstanceOf(Promise)
    expect(process.owner.run([{ table: 'p.other', op: 'tab2list', args: [] }])).not.toBeInstanceOf(Promise)
    expect(await process.run('p.t', 'tab2list')).toEqual([[1], [2]])
    await second
  })
})

describe('idempotency keys', () => {
  const count = { table: 'p.n', op: 'update_counter', args: ['n', 1, ['', 0]] }

  async function aCounter(): Promise<TestOwner> {
    const process = new TestOwner()
    await process.create('p.n', { journal: 'sync' })
    return process
  }

  it('[IDM1] a repeated write takes effect once and is answered as it was, across a restart too', async () => {
    const process = await aCounter()
    const options = { idempotencyKey: 'a' }
    expect((await process.call([count], options)).values).toEqual([1])
    expect(await process.call([count], options)).toMatchObject({ values: [1], replayed: true })
    await process.call([count])
    process.restart()
    expect(await process.call([count], options)).toMatchObject({ values: [1], replayed: true })
    expect(await process.run('p.n', 'lookup', 'n')).toEqual([['n', 2]])
  })

  it('[IDM2] the key with another request is refused, and a refused request is not remembered', async () => {
    const process = await aCounter()
    const options = { idempotencyKey: 'a' }
    await process.call([count], options)
    const other = { ...count, args: ['n', 2, ['', 0]] }
    await expectRefusal(() => process.call([other], options), 'idempotency_mismatch')
    const bad = { table: 'p.n', op: 'update_counter', args: ['nobody', 1] }
    await expectRefusal(() => process.call([bad], { idempotencyKey: 'b' }), 'badarg')
    expect((await process.call([count], { idempotencyKey: 'b' })).values).toEqual([2])
  })

  it('[IDM3] a key is forgotten after an hour, and of 20,001 the oldest', async () => {
    const process = await aCounter()
    await process.call([count], { idempotencyKey: 'a' })
    await process.pass(60 * 60 * 1000)
    expect((await process.call([count], { idempotencyKey: 'a' })).values).toEqual([2])
    for (let i = 0; i < 20_000; i++) await process.call([count], { idempotencyKey: `k${i}` })
    expect((await process.call([count], { idempotencyKey: 'a' })).values).toEqual([20_003])
    expect(await process.call([count], { idempotencyKey: 'k1' })).toMatchObject({
      values: [4],
      replayed: true,
    })
  })

  it('[IDM5] is not told of a row that went with the process, but still of what stayed', async () => {
    const process = await aCounter()
    await process.create('p.none', { journal: 'none' })
    const passing = { ...count, table: 'p.none' }
    const options = { idempotencyKey: 'a' }
    await process.call([passing], options)
    await process.call([passing, count], { idempotencyKey: 'both' })
    expect(await process.call([passing], options)).toMatchObject({ values: [1], replayed: true })
    process.restart()
    const again = await process.call([passing], options)
    expect(again.values).toEqual([1])
    expect(again.replayed).toBeUndefined()
    expect(await process.run('p.none', 'lookup', 'n')).toEqual([['n', 1]])
    expect(await process.call([passing, count], { idempotencyKey: 'both' })).toMatchObject({ replayed: true })
    const drop = { table: 'p.none', op: 'delete_table', args: [] }
    await process.call([drop], { idempotencyKey: 'drop' })
    process.restart()
    expect(await process.call([drop], { idempotencyKey: 'drop' })).toMatchObject({
      values: [true],
      replayed: true,
    })
  })

  it('[IDM4] a read takes no notice of the key', async () => {
    const process = await aCounter()
    const read = { table: 'p.n', op: 'tab2list', args: [] }
    const options = { idempotencyKey: 'a' }
    expect((await process.call([read], options)).values).toEqual([[]])
    await process.call([count])
    expect((await process.call([read], options)).values).toEqual([[['n', 1]]])
  })
})
