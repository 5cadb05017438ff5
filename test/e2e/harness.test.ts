import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { httpTables } from '../../src/client/http-tables.ts'
import { TEST_KEY } from '../support/test-key.ts'

const server = createTestHarness({
  workers: [{ configPath: './wrangler.toml', secrets: { ADMIN_KEY: TEST_KEY } }],
})
let url: string

beforeAll(async () => {
  url = String((await server.listen()).url)
})
afterAll(() => server.close())

const get = (path: string, key = TEST_KEY): Promise<Response> =>
  fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` } })

describe('the Worker as wrangler builds and serves it', () => {
  it('[E2E1] takes a table through its life over HTTP', async () => {
    const tables = httpTables({ url, key: TEST_KEY })
    const run = async (op: string, ...args: unknown[]) =>
      (await tables.run([{ table: 'life', op, args }])).values[0]
    expect(await run('new')).toBe('life')
    expect(await run('insert', ['ada', 36])).toBe(true)
    expect(await run('update_counter', 'ada', 1)).toBe(37)
    const row = await get('/v1/tables/life/rows/ada')
    expect([row.status, await row.json()]).toEqual([200, { value: [['ada', 37]] }])
    expect(await run('delete_table')).toBe(true)
    expect((await get('/v1/tables/life')).status).toBe(404)
  })

  it('[E2E2] an owner that was evicted comes back as the next incarnation with its tables', async () => {
    await httpTables({ url, key: TEST_KEY }).run([{ table: 'evict.t', op: 'new', args: [] }])
    await server.getWorker().evictDurableObject('TableProcess', { name: 'evict' })
    const answer = await get('/v1/tables/evict.t')
    expect([answer.status, answer.headers.get('ets-incarnation')]).toEqual([200, '2'])
  })

  it('[SEC2] refuses another key', async () => {
    expect((await get('/v1/tables/life', `${TEST_KEY}x`)).status).toBe(401)
  })
})
