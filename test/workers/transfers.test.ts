import { abortAllDurableObjects } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'

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
