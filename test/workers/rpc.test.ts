import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { rpcTables, type TablesBinding } from '../../src/client/rpc-tables.ts'
import { tablesContract } from '../contract/tables-contract.ts'
import { expectRefusal } from '../support/refusal.ts'

// The types of the method are too deep for TypeScript (TS2589).
const binding = (exports as unknown as { readonly TablesEntrypoint: TablesBinding }).TablesEntrypoint
tablesContract('over RPC', () => rpcTables(binding))

it('[ROU4] what a caller says of itself is not believed, and what is no term is refused', async () => {
  const tables = rpcTables(binding)
  const caller = { tenant: 'other', key: 'k', isAdmin: false }
  await tables.run([{ table: 'rpc.t', op: 'new', args: [] }], { caller })
  expect((await tables.run([{ table: 'rpc.t', op: 'info', args: ['size'] }])).values).toEqual([0])
  await expectRefusal(
    () => tables.run([{ table: 'rpc.t', op: 'insert', args: [['k', new Date()]] }]),
    'bad_request',
  )
})

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
  '[ROU2] a timeout of %s is refused over RPC, too',
  async (timeoutMs) => {
    const operations = [{ table: 'rpc-timeout.t', op: 'new', args: [] }]
    await expectRefusal(
      () => rpcTables(binding).run(operations, { timeoutMs: timeoutMs as number }),
      'bad_request',
    )
  },
)
