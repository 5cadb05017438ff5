import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { tablesContract } from '../contract/tables-contract.ts'

const tables = durableTables(lanesTo(env.TABLE_PROCESS))
tablesContract('durable', () => durableTables(lanesTo(env.TABLE_PROCESS)))

/** Creates a table with one row in a process of that name. */
const withRow = (table: string) =>
  tables.run([
    { table, op: 'new', args: [{ keypos: 2, journal: 'none' }] },
    { table, op: 'insert', args: [['x', 'k']] },
  ])

const sizeOf = (table: string) => tables.run([{ table, op: 'info', args: ['size'] }])

describe('a process that is discarded', () => {
  it('[PRC1] comes back with its tables and the next incarnation, without rows of journal none', async () => {
    await withRow('evicted.t')
    await evictDurableObject(env.TABLE_PROCESS.getByName('evicted'))
    const answer = await tables.run([{ table: 'evicted.t', op: 'info', args: [] }])
    expect(answer.incarnation).toBe(2)
    expect(answer.values[0]).toMatchObject({
      name: 'evicted.t',
      type: 'set',
      keypos: 2,
      size: 0,
      journal: 'none',
    })
  })

  it('[PRC1] comes back without a table that was dropped', async () => {
    await withRow('dropper.t')
    await tables.run([{ table: 'dropper.t', op: 'delete_table', args: [] }])
    await evictDurableObject(env.TABLE_PROCESS.getByName('dropper'))
    expect((await tables.run([{ table: 'dropper.t', op: 'info', args: [] }])).values).toEqual([null])
  })

  it('[PRC2] takes no other process with it', async () => {
    await withRow('alive.t')
    await withRow('dead.t')
    await evictDurableObject(env.TABLE_PROCESS.getByName('dead'))
    expect(await sizeOf('alive.t')).toMatchObject({ values: [1], incarnation: 1 })
    expect(await sizeOf('dead.t')).toMatchObject({ values: [0], incarnation: 2 })
  })

  it('[PRC3] serves the next call after a crash', async () => {
    await withRow('crashed.t')
    await abortAllDurableObjects()
    expect(await sizeOf('crashed.t')).toMatchObject({ values: [0], incarnation: 2 })
  })
})

it('[PRC4] a table belongs to the process before its first dot', async () => {
  await withRow('shop.carts')
  await withRow('shop.stock')
  expect((await sizeOf('shop.stock')).seq).toBe(4)
})

describe('a journal in the storage of a process', () => {
  const insert = (table: string, row: unknown) => tables.run([{ table, op: 'insert', args: [row] }])
  const rowsOf = async (table: string) => (await tables.run([{ table, op: 'tab2list', args: [] }])).values[0]

  it('[OWN1] a crash takes nothing that was acknowledged on a sync table', async () => {
    await tables.run([{ table: 'sync.t', op: 'new', args: [{ type: 'ordered_set', journal: 'sync' }] }])
    await Promise.all(Array.from({ length: 200 }, (_, i) => insert('sync.t', [i])))
    await abortAllDurableObjects()
    expect(await rowsOf('sync.t')).toEqual(Array.from({ length: 200 }, (_, i) => [i]))
  })

  it('[OWN2] an async table is written by itself soon after', async () => {
    await tables.run([{ table: 'async.t', op: 'new', args: [] }])
    await insert('async.t', ['a'])
    await new Promise((resume) => setTimeout(resume, 400))
    await abortAllDurableObjects()
    expect(await rowsOf('async.t')).toEqual([['a']])
  })

  it('[PRC1] memory that was corrupted on purpose is rebuilt from the storage', async () => {
    await tables.run([{ table: 'corrupt.t', op: 'new', args: [{ journal: 'sync' }] }])
    await insert('corrupt.t', ['a', 1])
    const stub = env.TABLE_PROCESS.getByName('corrupt')
    await runInDurableObject(stub, (process) => {
      Object.assign(process, { run: () => Promise.reject(new Error('not in my right mind')) })
    })
    await expect(rowsOf('corrupt.t')).rejects.toThrow()
    await evictDurableObject(env.TABLE_PROCESS.getByName('corrupt'))
    expect(await rowsOf('corrupt.t')).toEqual([['a', 1]])
  })

  it('[IDM1] a write that is sent again over RPC counts once', async () => {
    const write = [{ table: 'once.t', op: 'update_counter', args: ['n', 1, ['', 0]] }]
    await tables.run([{ table: 'once.t', op: 'new', args: [{ journal: 'sync' }] }])
    const first = await tables.run(write, { idempotencyKey: 'k' })
    await abortAllDurableObjects()
    const second = await tables.run(write, { idempotencyKey: 'k' })
    expect([first.values, second.values, second.replayed]).toEqual([[1], [1], true])
  })
})
