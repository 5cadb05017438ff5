import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { Log } from '../../src/observe/log.ts'
import type { CallOptions, Tables } from '../../src/protocol/tables.ts'
import { anApp, type TestApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

interface Problem {
  status: number
  code: string
  detail?: string
}

/** The status and the code of an answer, having checked that it is a problem document. */
async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await response.json()) as Problem
  expect(problem.status).toBe(response.status)
  expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.(ts|js):\d/)
  return problem
}

async function withTable(): Promise<TestApp> {
  const app = anApp()
  expect((await app.request('PUT', '/v1/tables/t')).status).toBe(201)
  await app.request('PUT', '/v1/tables/t/rows/a', '["a",1]')
  return app
}

describe('access', () => {
  it('[SEC1] without a configured key every call but /healthz is refused as unconfigured', async () => {
    const { request } = anApp({ access: { closedBecause: 'no key' } })
    expect((await request('GET', '/healthz')).status).toBe(200)
    for (const path of ['/v1/tables/t', '/openapi.json', '/nowhere']) {
      expect(await problemOf(await request('GET', path))).toMatchObject({ status: 503, code: 'unconfigured' })
    }
  })

  it.each([
    ['no key', {}],
    ['another key', { authorization: `Bearer ${TEST_KEY.slice(0, -1)}x` }],
    ['a shorter key', { authorization: `Bearer ${TEST_KEY.slice(0, -1)}` }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${TEST_KEY}` }],
    ['two keys', { authorization: `Bearer ${TEST_KEY} ${TEST_KEY}` }],
    ['the key alone', { authorization: TEST_KEY }],
  ])('[SEC2] %s is refused as unauthorized', async (_, headers) => {
    const { request } = await withTable()
    const response = await request('DELETE', '/v1/tables/t', undefined, headers)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'unauthorized' })
    expect((await request('GET', '/v1/tables/t')).status).toBe(200)
  })

  it('[SEC3] a key in the URL is not a key, and its value is not repeated', async () => {
    const { request } = anApp()
    const response = await request('GET', `/v1/tables/t?key=${TEST_KEY}`, undefined, {})
    expect(await response.clone().text()).not.toContain(TEST_KEY)
    expect((await problemOf(response)).code).toBe('unauthorized')
  })
})

describe('deadlines', () => {
  it.each(['0', '-1', 'soon', '1.5', '1e3', '', '9'.repeat(20)])(
    '[ROU2] refuses the timeout %j',
    async (timeout) => {
      const { request } = await withTable()
      const headers = { authorization: `Bearer ${TEST_KEY}`, 'request-timeout-ms': timeout }
      const response = await request('GET', '/v1/tables/t/rows/a', undefined, headers)
      expect(await problemOf(response)).toMatchObject({ status: 400, code: 'bad_request' })
    },
  )

  it('[ROU2] hands on the timeout that the caller gave', async () => {
    const seen: (CallOptions | undefined)[] = []
    const tables: Tables = {
      run: async (_, options) => {
        seen.push(options)
        throw new EtsError('deadline_exceeded', { timeoutMs: 250 })
      },
    }
    const { request } = anApp({ tables })
    const headers = { authorization: `Bearer ${TEST_KEY}`, 'request-timeout-ms': '250' }
    const response = await request('GET', '/v1/tables/t', undefined, headers)
    expect(await problemOf(response)).toMatchObject({ status: 504, code: 'deadline_exceeded' })
    expect(seen).toMatchObject([{ timeoutMs: 250 }])
  })
})

describe('tables over HTTP', () => {
  it('[HTP1] a table is created once, described and dropped', async () => {
    const { request } = anApp()
    const created = await request('PUT', '/v1/tables/shop.carts', '{"keypos":2}')
    expect([created.status, await created.json()]).toEqual([201, { value: 'shop.carts' }])
    expect(await problemOf(await request('PUT', '/v1/tables/shop.carts'))).toMatchObject({
      code: 'table_exists',
      status: 409,
    })
    const described = await request('GET', '/v1/tables/shop.carts')
    expect(await described.json()).toMatchObject({
      value: { name: 'shop.carts', type: 'set', keypos: 2, size: 0, journal: 'async' },
    })
    expect(await (await request('DELETE', '/v1/tables/shop.carts')).json()).toEqual({ value: true })
    expect(await problemOf(await request('GET', '/v1/tables/shop.carts'))).toMatchObject({
      code: 'no_such_table',
      status: 404,
    })
    expect(await problemOf(await request('DELETE', '/v1/tables/shop.carts'))).toMatchObject({
      code: 'no_such_table',
    })
  })

  it('[HTP2] a row is put, found and removed by its key', async () => {
    const { request } = await withTable()
    const found = await request('GET', '/v1/tables/t/rows/a')
    expect(await found.json()).toEqual({ value: [['a', 1]] })
    expect([found.headers.get('ets-seq'), found.headers.get('ets-incarnation')]).toEqual(['2', '1'])
    expect(found.headers.get('cache-control')).toBe('no-store')
    expect((await request('DELETE', '/v1/tables/t/rows/a')).status).toBe(200)
    expect(await problemOf(await request('GET', '/v1/tables/t/rows/a'))).toMatchObject({
      status: 404,
      code: 'no_such_key',
    })
  })

  it('[HTP3] a key in a path is JSON, or a plain string where it is not', async () => {
    const { request } = await withTable()
    for (const [segment, key] of [
      ['42', 42],
      ['%2242%22', '42'],
      ['u:1', 'u:1'],
      ['a%2Fb%25', 'a/b%'],
      ['%5B%22u%22,1%5D', ['u', 1]],
      ['null', null],
      ['%22%22', ''],
      ['%F0%9F%98%80', '😀'],
    ] as const) {
      expect((await request('PUT', `/v1/tables/t/rows/${segment}`, JSON.stringify([key, 'x']))).status).toBe(
        200,
      )
      const found = await request('GET', `/v1/tables/t/rows/${segment}`)
      expect(await found.json()).toEqual({ value: [[key, 'x']] })
    }
  })

  it('[HTP4] one verb is answered with a value, a list of them with values', async () => {
    const { request } = await withTable()
    const one = await request('POST', '/v1/tables/t/ops', '{"op":"update_counter","args":["a",1]}')
    expect(await one.json()).toEqual({ value: 2 })
    const list = await request('POST', '/v1/tables/t/ops', '[{"op":"lookup","args":["a"]},{"op":"tab2list"}]')
    expect(await list.json()).toEqual({ values: [[['a', 2]], [['a', 2]]] })
  })

  it('[HTP7] a transaction changes several tables of a process together, or none of them', async () => {
    const { request } = anApp()
    const path = '/v1/processes/shop/transactions'
    const on = (table: string, op: string, ...args: unknown[]) => ({ table: `shop.${table}`, op, args })
    const created = await request('POST', path, JSON.stringify([on('carts', 'new'), on('stock', 'new')]))
    expect(await created.json()).toEqual({ values: ['shop.carts', 'shop.stock'] })
    const failing = [on('stock', 'insert', ['tea', 1]), on('carts', 'update_counter', 'ada', 1)]
    expect(await problemOf(await request('POST', path, JSON.stringify(failing)))).toMatchObject({
      code: 'badarg',
      index: 1,
    })
    const sizes = await request(
      'POST',
      path,
      JSON.stringify([on('stock', 'info', 'size'), on('carts', 'info', 'size')]),
    )
    expect(await sizes.json()).toEqual({ values: [0, 0] })
  })

  it('[HTP7] a table of another process has no place in a transaction', async () => {
    const { request } = anApp()
    for (const table of ['bank', 'shopping.carts', 'shop2.stock']) {
      const body = JSON.stringify([{ table, op: 'new' }])
      expect(await problemOf(await request('POST', '/v1/processes/shop/transactions', body))).toMatchObject({
        code: 'cross_shard',
      })
    }
  })

  it('[HTP5] HEAD answers as GET does, without a body', async () => {
    const { request } = await withTable()
    const response = await request('HEAD', '/v1/tables/t')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  it('[HTP6] every answer names its request', async () => {
    const { request } = await withTable()
    const response = await request('GET', '/v1/tables/none')
    const id = response.headers.get('x-request-id')
    expect(id).toMatch(/^[\w-]{8,}$/)
    expect(await response.json()).toMatchObject({ instance: `urn:edge-ets:request:${id}` })
  })
})

describe('bad input over HTTP', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  it.each([
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', ''],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '[]'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', 'null'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '7'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '[7]'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '[[]]'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":7}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"toString"}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"delete","args":"a"}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"delete","args":["a"],"extra":1}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"delete","args":[]}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"insert","args":[["a","\\ud800"]]}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', '{"op":"insert","args":[["a",1e999]]}'],
    [400, 'bad_request', 'POST', '/v1/tables/t/ops', `{"op":"insert","args":[${deep}]}`],
    [422, 'badarg', 'POST', '/v1/tables/t/ops', '{"op":"insert","args":[{}]}'],
    [404, 'no_such_table', 'POST', '/v1/tables/none/ops', '{"op":"tab2list"}'],
    [400, 'bad_request', 'PUT', '/v1/tables/t/rows/a', ''],
    [400, 'bad_request', 'PUT', '/v1/tables/t/rows/a', '[]'],
    [400, 'bad_request', 'PUT', '/v1/tables/t/rows/a', '{"a":1}'],
    [422, 'badarg', 'PUT', '/v1/tables/t/rows/a', '["b",1]'],
    [400, 'bad_request', 'GET', '/v1/tables/t/rows/%zz', undefined],
    [400, 'bad_request', 'GET', '/v1/tables/t/rows/%5B1', undefined],
    [400, 'bad_request', 'GET', '/v1/tables/t/rows/%22%5Cud800%22', undefined],
    [404, 'no_such_route', 'GET', '/v1/tables/t/rows/', undefined],
    [400, 'bad_request', 'PUT', '/v1/tables/t2', '{"type":"heap"}'],
    [400, 'bad_request', 'PUT', '/v1/tables/t2', '{"typ":"set"}'],
    [400, 'bad_request', 'PUT', '/v1/tables/t2', '[]'],
    [400, 'bad_request', 'PUT', '/v1/tables/sp%20ace', undefined],
    [400, 'bad_request', 'PUT', '/v1/tables/a..b', undefined],
    [400, 'bad_request', 'PUT', `/v1/tables/${'n'.repeat(129)}`, undefined],
    [404, 'no_such_route', 'GET', '/', undefined],
    [404, 'no_such_route', 'GET', '/v2/tables/t', undefined],
    [405, 'method_not_allowed', 'POST', '/v1/tables/t', '{}'],
    [405, 'method_not_allowed', 'PATCH', '/v1/tables/t/rows/a', '{}'],
    [405, 'method_not_allowed', 'GET', '/v1/tables/t/ops', undefined],
    [405, 'method_not_allowed', 'DELETE', '/openapi.json', undefined],
    [400, 'bad_request', 'POST', '/v1/processes/t/transactions', '{"table":"t","op":"tab2list"}'],
    [400, 'bad_request', 'POST', '/v1/processes/t/transactions', '[{"op":"tab2list"}]'],
    [400, 'bad_request', 'POST', '/v1/processes/t/transactions', '[]'],
    [400, 'bad_request', 'POST', '/v1/processes/t.x/transactions', '[{"table":"t","op":"tab2list"}]'],
    [400, 'bad_request', 'GET', '/v1/tables/t?limit=1', undefined],
  ])('[BAD1] %i %s: %s %s %.60s', async (status, code, method, path, body) => {
    const { request } = await withTable()
    expect(await problemOf(await request(method, path, body))).toMatchObject({ status, code })
    const after = await request('GET', '/v1/tables/t/rows/a')
    expect([await after.json(), after.headers.get('ets-seq')]).toEqual([{ value: [['a', 1]] }, '2'])
  })

  it('[BAD2] a method that a path does not have is answered with those it has', async () => {
    const { request } = await withTable()
    expect((await request('POST', '/v1/tables/t')).headers.get('allow')).toBe(
      'PUT, GET, DELETE, HEAD, OPTIONS',
    )
  })

  it('[BAD3] a body over the limit is refused, announced or not', async () => {
    const { request } = await withTable()
    const body = `{"op":"insert","args":[["a","${'x'.repeat(1024 * 1024)}"]]}`
    const stream = new Blob([body]).stream()
    for (const each of [body, stream]) {
      expect(await problemOf(await request('POST', '/v1/tables/t/ops', each))).toMatchObject({
        status: 413,
        code: 'too_large',
      })
    }
  })

  it('[BAD4] a body that is not UTF-8 is refused', async () => {
    const { request } = await withTable()
    const bytes = new Uint8Array([0x22, 0xff, 0x22])
    expect(await problemOf(await request('POST', '/v1/tables/t/ops', bytes))).toMatchObject({ status: 400 })
  })

  it('[BAD5] a failure that nobody expected is a 500 without a word about it, and is reported', async () => {
    const faults: unknown[] = []
    const { request } = anApp({
      tables: { run: () => Promise.reject(new TypeError('secret of the house')) },
      log: new Log('error', (line) => faults.push(line)),
    })
    const response = await request('GET', '/v1/tables/t')
    expect(await response.clone().text()).not.toContain('secret')
    expect(await problemOf(response)).toMatchObject({ status: 500, code: 'internal' })
    expect(faults.map((line) => JSON.parse(String(line)))).toMatchObject([
      { level: 'error', event: 'fault', name: 'TypeError', message: 'secret of the house' },
    ])
  })
})
