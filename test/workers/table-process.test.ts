import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { durableTables } from '../../src/router/durable-tables.ts'
import { tablesContract } from '../contract/tables-contract.ts'

const tables = durableTables(env.TABLE_PROCESS)
tablesContract('durable', () => durableTables(env.TABLE_PROCESS))

/** Creates a table with one row in a process of that name. */
const withRow = (table: string) =>
  tables.run([
    { table, op: 'new', args: [{ keypos: 2 }] },
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
