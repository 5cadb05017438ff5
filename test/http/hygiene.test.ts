import { describe, expect, it } from 'vitest'
import { Log } from '../../src/observe/log.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const KEYED = { authorization: `Bearer ${TEST_KEY}` }
const PAGE = 'https://app.example'

const every = [
  ['GET', '/healthz', KEYED],
  ['GET', '/openapi.json', KEYED],
  ['PUT', '/v1/tables/t', KEYED],
  ['GET', '/v1/tables/none', KEYED],
  ['HEAD', '/v1/tables/none', KEYED],
  ['OPTIONS', '/v1/tables/none', KEYED],
  ['GET', '/v1/tables/none', {}],
  ['PATCH', '/v1/tables/none', KEYED],
  ['GET', '/nowhere', KEYED],
  ['GET', '/', {}],
] as const

describe('every answer', () => {
  it.each(every)(
    '[HYG1] of %s %s has the security headers and a request id',
    async (method, path, headers) => {
      const answer = await anApp().request(method, path, undefined, headers)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
      expect(answer.headers.get('access-control-allow-origin')).toBe(null)
      expect(answer.headers.get('x-powered-by')).toBe(null)
      if (answer.status >= 400 && method !== 'HEAD') {
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(await answer.json()).toMatchObject({ status: answer.status, code: expect.any(String) })
      }
    },
  )

  it('[HYG1] asks for TLS for two years, where it came over TLS', async () => {
    const { send } = anApp()
    const asked = async (url: string) =>
      (await send(new Request(url))).headers.get('strict-transport-security')
    expect(await asked('https://ets.test/healthz')).toBe('max-age=63072000')
    expect(await asked('http://ets.test/healthz')).toBe(null)
  })

  it('[HYG2] repeats a request id that could be no credential, and no other', async () => {
    const { request } = anApp()
    const idFor = async (id: string) =>
      (await request('GET', '/healthz', undefined, { 'x-request-id': id })).headers.get('x-request-id')
    expect(await idFor('0190-abc-DEF')).toBe('0190-abc-DEF')
    for (const id of [TEST_KEY, 'a.b', 'a b', 'x'.repeat(65), '<b>', '']) expect(await idFor(id)).not.toBe(id)
  })
})

describe('methods', () => {
  it('[HYG3] OPTIONS says what a path has, with a key', async () => {
    const { request } = anApp()
    const answer = await request('OPTIONS', '/v1/tables/t/ops')
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
    expect((await request('OPTIONS', '/v1/tables/t')).headers.get('allow')).toBe(
      'PUT, GET, DELETE, HEAD, OPTIONS',
    )
    expect((await request('OPTIONS', '/nowhere')).status).toBe(404)
    expect((await request('OPTIONS', '/v1/tables/t', undefined, {})).status).toBe(401)
  })

  it('[HYG4] a method is the one that was sent, whatever a header or a parameter says', async () => {
    const { request } = anApp()
    await request('PUT', '/v1/tables/t')
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
      expect((await request('GET', '/v1/tables/t', undefined, { ...KEYED, [name]: 'DELETE' })).status).toBe(
        200,
      )
    }
    expect((await request('GET', '/v1/tables/t?_method=DELETE')).status).toBe(400)
    expect((await request('GET', '/v1/tables/t')).status).toBe(200)
  })
})

describe('requests', () => {
  it.each([
    '/v1/tables/t?x=1',
    '/openapi.json?x=1',
    '/v1/processes?after=a&after=b',
    '/v1/processes?__proto__=1',
    `/v1/tables/t?access_token=${TEST_KEY}`,
  ])('[HYG6] %s is refused for its query', async (path) => {
    const answer = await anApp().request('GET', path)
    expect(answer.status).toBe(400)
    expect(await answer.text()).not.toContain(TEST_KEY)
  })

  it('[HYG7] a body that says that it is something else is not read', async () => {
    const { request } = anApp()
    await request('PUT', '/v1/tables/t')
    const status = async (type: string, more = {}) =>
      (
        await request('POST', '/v1/tables/t/ops', '{"op":"tab2list"}', {
          ...KEYED,
          'content-type': type,
          ...more,
        })
      ).status
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;Charset="UTF-8"',
      'application/vnd.ets+json',
      'text/plain;charset=UTF-8',
      'application/x-www-form-urlencoded',
    ]) {
      expect([type, await status(type)]).toEqual([type, 200])
    }
    for (const type of [
      'application/xml',
      'multipart/form-data; boundary=x',
      'text/html',
      'application/jsonp',
      'application/json; charset=utf-16',
      'json',
    ]) {
      expect([type, await status(type)]).toEqual([type, 415])
    }
    expect(await status('application/json', { 'content-encoding': 'gzip' })).toBe(415)
  })

  it('[HYG8] a URL of more than 16,384 characters is refused', async () => {
    const { request } = anApp()
    const status = async (length: number) =>
      (await request('GET', `/v1/tables/t/rows/${'k'.repeat(length)}`)).status
    expect([await status(16_000), await status(16_400)]).toEqual([404, 413])
  })

  it('[HYG9] 401 says what is wanted, and whether what came is not good', async () => {
    const { request } = anApp()
    const challenge = async (headers: Record<string, string>) =>
      (await request('GET', '/v1/tables/t', undefined, headers)).headers.get('www-authenticate')
    expect(await challenge({})).toBe('Bearer realm="edge-ets"')
    expect(await challenge({ authorization: 'Bearer x' })).toBe(
      'Bearer realm="edge-ets", error="invalid_token"',
    )
  })
})

describe('CORS', () => {
  const preflight = { origin: PAGE, 'access-control-request-method': 'PUT' }

  it('[COR1] is off: a page of another origin is told nothing', async () => {
    const { request } = anApp()
    const answer = await request('OPTIONS', '/v1/tables/t', undefined, preflight)
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, null])
  })

  it('[COR2] is for the origins that are listed, as they are written', async () => {
    const { request } = anApp({ corsOrigins: [PAGE] })
    const asked = await request('OPTIONS', '/v1/tables/t', undefined, preflight)
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, PAGE])
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(asked.headers.get('access-control-allow-credentials')).toBe(null)
    const called = await request('GET', '/v1/tables/t', undefined, { ...KEYED, origin: PAGE })
    expect(called.status).toBe(404)
    expect(called.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(called.headers.get('vary')).toContain('Origin')
    for (const origin of ['https://app.example.evil', 'http://app.example', 'https://APP.example', 'null']) {
      const other = await request('GET', '/v1/tables/t', undefined, { ...KEYED, origin })
      expect(other.headers.get('access-control-allow-origin')).toBe(null)
      expect(other.headers.get('vary')).toContain('Origin')
    }
  })

  it('[COR2] whoever is allowed to ask still needs a key', async () => {
    const { request } = anApp({ corsOrigins: [PAGE] })
    const answer = await request('PUT', '/v1/tables/t', undefined, { origin: PAGE })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, PAGE])
  })
})

describe('the line of a request', () => {
  it('[LOG4] has its id, the pattern of its path, the table as it is called, the code, and nothing of the rest', async () => {
    const lines: string[] = []
    const { request } = anApp({
      log: new Log('info', (line) => lines.push(line)),
      tableLabel: (table) => `hash of ${table.length}`,
    })
    await request('PUT', '/v1/tables/secret-name')
    await request('PUT', '/v1/tables/secret-name/rows/secret-key', '["secret-key","secret-value"]')
    await request('GET', '/v1/tables/secret-name/rows/secret-other')
    await request('GET', '/secret-path')
    await request('GET', '/v1/tables/secret-name', undefined, { authorization: 'Bearer secret-credential' })
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(parsed.map(({ method, route, status, code }) => [method, route, status, code])).toEqual([
      ['PUT', '/v1/tables/:table', 201, undefined],
      ['PUT', '/v1/tables/:table/rows/:key', 200, undefined],
      ['GET', '/v1/tables/:table/rows/:key', 404, 'no_such_key'],
      ['GET', '(none)', 404, 'no_such_route'],
      ['GET', '(none)', 401, 'unauthorized'],
    ])
    expect(parsed[1]).toEqual({
      event: 'request',
      level: 'info',
      atMs: expect.any(Number),
      request: expect.stringMatching(/^[\w-]{36}$/),
      method: 'PUT',
      route: '/v1/tables/:table/rows/:key',
      status: 200,
      durationMs: expect.any(Number),
      table: 'hash of 11',
      tenant: '',
      key: 'xKtZ86mI',
      incarnation: 1,
    })
    expect(lines.join()).not.toContain('secret')
  })

  it('[LOG3] is not written unless it is asked for', async () => {
    const lines: string[] = []
    const { request } = anApp({ log: new Log('warn', (line) => lines.push(line)) })
    await request('GET', '/v1/tables/none')
    expect(lines).toEqual([])
  })
})
