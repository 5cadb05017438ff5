import { abortAllDurableObjects } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { EtsError } from '../../src/engine/error.ts'
import { exportStream, importStream } from '../../src/http/table-stream.ts'
import { shardMapOf } from '../../src/protocol/shard-map.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { durableTransfers } from '../../src/router/durable-transfers.ts'

const request = (method: string, path: string, body?: string): Promise<Response> =>
  exports.default.fetch(`https://ets.test/v1/tables/${path}`, {
    method,
    headers: { authorization: `Bearer ${env.ADMIN_KEY}` },
    ...(body === undefined ? {} : { body }),
  })

const insert = (table: string, rows: unknown) =>
  request('POST', `${table}/ops`, JSON.stringify({ op: 'insert_list', args: [rows] }))

describe('a table in a Durable Object', () => {
  it('[WRK3] goes out and comes in through every layer, and survives a crash after that', async () => {
    await request('PUT', 'out.t')
    await insert(
      'out.t',
      Array.from({ length: 8_000 }, (_, i) => [i, 'x'.repeat(60)]),
    )
    const answer = await request('GET', 'out.t/export')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
    const file = await answer.text()
    const imported = await request('POST', 'in.t/import', file)
    expect([imported.status, await imported.json()]).toEqual([201, { value: { rows: 8_000, ended: 0 } }])
    await abortAllDurableObjects()
    expect(await (await request('GET', 'in.t')).json()).toMatchObject({ value: { size: 8_000 } })
    expect((await request('POST', 'in.t/import', file)).status).toBe(409)
  })

  it('[WRK3] whose process ended in between has no export to go on with, and no half of an import', async () => {
    await request('PUT', 'gone.t')
    await insert(
      'gone.t',
      Array.from({ length: 8_000 }, (_, i) => [i, 'x'.repeat(60)]),
    )
    const file = await (await request('GET', 'gone.t/export')).text()
    const { cursor } = JSON.parse(file.split('\n').find((line) => line.startsWith('{"cursor"')) as string)
    await abortAllDurableObjects()
    expect((await request('GET', `gone.t/export?cursor=${cursor}`)).status).toBe(410)
    const damaged = await request('POST', 'gone.u/import', file.slice(0, -100))
    expect([damaged.status, ((await damaged.json()) as { code: string }).code]).toEqual([400, 'bad_request'])
    expect((await request('GET', 'gone.u')).status).toBe(404)
  })
})

it('[EXP11] a table over four objects goes out as one file and comes in over two', async () => {
  const over = (shards: number) => {
    const placementOf = () => ({ map: shardMapOf(shards) })
    return {
      tables: durableTables(lanesTo(env.TABLE_PROCESS), placementOf),
      transfers: durableTransfers(env.TABLE_PROCESS, undefined, placementOf),
    }
  }
  const [four, two] = [over(4), over(2)]
  const run = async ({ tables }: typeof four, table: string, op: string, ...args: unknown[]) =>
    (await tables.run([{ table, op, args }])).values[0]
  await run(four, 'four.t', 'new', { type: 'ordered_set', journal: 'sync' })
  const rows = Array.from({ length: 200 }, (_, i) => [i, `row ${i}`])
  await Promise.all(rows.map((row) => run(four, 'four.t', 'insert', row)))
  const exported = async ({ transfers }: typeof four, table: string) =>
    new Response(exportStream(transfers, table, await transfers.exportPage(table))).text()
  const file = await exported(four, 'four.t')
  const imported = await importStream(two.transfers, 'two.t', new Blob([file]).stream(), false)
  expect(imported).toMatchObject({ rows: 200, ended: 0, incarnation: 2 })
  await abortAllDurableObjects()
  expect(await run(two, 'two.t', 'tab2list')).toEqual(rows)
  const code = (work: Promise<unknown>) => work.catch((error: EtsError) => error.code)
  // Neither a part of a table, nor rows where nobody looks for them.
  for (const other of [over(1), two]) {
    expect(await code(exported(other, 'four.t'))).toBe('moved')
    const stream = new Blob([file]).stream()
    expect(await code(importStream(other.transfers, 'four.u', stream, false))).toBe('moved')
  }
})
