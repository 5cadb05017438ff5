import { expect, it } from 'vitest'
import { localTables } from '../../src/router/local-tables.ts'
import { tablesContract } from '../contract/tables-contract.ts'
import { expectRefusal } from '../support/refusal.ts'

const tables = localTables()
tablesContract('in process', () => tables)

it('[IFC10] refuses what only a program can pass: NaN, undefined, dates, functions', async () => {
  await tables.run([{ table: 'strict', op: 'new', args: [] }])
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, new Date(), () => 1, 1n, new Map()]) {
    await expectRefusal(
      () => tables.run([{ table: 'strict', op: 'insert', args: [['k', value]] }]),
      'bad_request',
    )
  }
})

it('[IFC11] operations on tables of several processes are refused', async () => {
  const run = () =>
    tables.run([
      { table: 'shop.carts', op: 'info', args: [] },
      { table: 'stock', op: 'info', args: [] },
    ])
  await expectRefusal(run, 'cross_shard', { processes: ['shop', 'stock'] })
})

it('[IFC11] tables of one process change together', async () => {
  const answer = await tables.run([
    { table: 'shop.carts', op: 'new', args: [] },
    { table: 'shop.stock', op: 'new', args: [] },
  ])
  expect(answer.values).toEqual(['shop.carts', 'shop.stock'])
})

it('[IFC4] an answer that is nested deeper than a term may be is an answer, not a refusal after the fact', async () => {
  const deepest = (depth: number): unknown => (depth === 0 ? 'q' : [deepest(depth - 1)])
  await tables.run([{ table: 'deep', op: 'new', args: [] }])
  await tables.run([{ table: 'deep', op: 'insert', args: [deepest(64)] }])
  const { values } = await tables.run([{ table: 'deep', op: 'take', args: [deepest(63)] }])
  expect(values).toEqual([[deepest(64)]])
})
