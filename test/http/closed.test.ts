/** What holds for every route there is, whatever it does. */
import { sign } from 'hono/jwt'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MadeKey } from '../../src/protocol/keys.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { closed } from '../../src/security/security.ts'
import { aKeyRing } from '../support/a-key-ring.ts'
import { anApp, type TestOptions } from '../support/an-app.ts'
import { type EachOperation, everyOperation } from '../support/every-operation.ts'
import { TEST_KEY } from '../support/test-key.ts'

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })
const PAGE = 'https://app.example'

/** A service with a table, a cache and a session, which tells when anything behind the interface was called. */
async function aService(options: TestOptions = {}) {
  let nowMs = Date.now()
  const clock = () => nowMs
  const ring = aKeyRing(clock)
  const inner = localTables()
  const calls: string[] = []
  const tables: typeof inner = {
    run(operations, call) {
      calls.push(...operations.map(({ op }) => op))
      return inner.run(operations, call)
    },
  }
  const app = anApp({ ring, clock, tables, ...options })
  const send = (each: Pick<EachOperation, 'method' | 'path' | 'body'>, headers: Record<string, string>) =>
    app.request(
      each.method,
      each.path,
      ['GET', 'HEAD'].includes(each.method) ? undefined : each.body,
      headers,
    )
  const make = async (grants: string[], more: object = {}) => {
    const body = JSON.stringify({ name: 'k', grants, ...more })
    return ((await (await app.request('POST', '/v1/keys', body)).json()) as { value: MadeKey }).value
  }
  await app.request('PUT', '/v1/tables/t')
  await app.request('PUT', '/v1/caches/c')
  const operations = await everyOperation(app)
  /** What could be seen of a request that got further than it should. */
  const traces = () => ({
    calls: calls.length,
    keys: JSON.stringify([...ring.records.values()].map((each) => ({ ...each, lastUsedAtMs: 0 }))),
    changes: ring.calls.filter((name) => ['create', 'rotate', 'revoke', 'mint', 'list'].includes(name))
      .length,
  })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { app, send, make, operations, traces, pass, clock }
}

/** Credentials of all kinds that get nowhere. */
async function badCredentials({ app, make, pass }: Awaited<ReturnType<typeof aService>>) {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const mint = async (key: string, ttlMs = 3_600_000) => {
    const body = JSON.stringify({ grants: ['admin'], ttlMs })
    const answer = await app.request('POST', '/v1/tokens', body, bearer(key))
    return ((await answer.json()) as { value: { token: string } }).value.token
  }
  const revoked = await make(['admin'])
  const ofRevoked = await mint(revoked.key)
  await app.request('DELETE', `/v1/keys/${revoked.id}`)
  const { key } = await make(['admin'])
  const expired = await mint(key, 1_000)
  const { key: ended } = await make(['admin'], { expiresAtMs: Date.now() + 1_000 })
  pass(2_000)
  const good = await mint(key)
  const [head = '', payload = '', signature = ''] = good.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  return {
    none: {},
    'a wrong key': bearer('etsk_00000000_000000000000000000000000000000000pmog7'),
    'a key with a wrong letter': bearer(key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))),
    'a revoked key': bearer(revoked.key),
    'a token of a revoked key': bearer(ofRevoked),
    'an ended key': bearer(ended),
    'an expired token': bearer(expired),
    'alg none': bearer(`${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`),
    'another audience': bearer(await sign({ ...claims, aud: 'elsewhere' }, TEST_KEY, 'HS256')),
    'another signature': bearer(`${head}.${payload}.${signature.split('').reverse().join('')}`),
    'another scheme': { authorization: `Basic ${btoa(`key:${key}`)}` },
    'a cookie': { cookie: `authorization=Bearer ${key}; key=${key}` },
    'another header': { 'x-api-key': key, 'proxy-authorization': `Bearer ${key}` },
  } satisfies Record<string, Record<string, string>>
}

let service: Awaited<ReturnType<typeof aService>>
beforeEach(async () => {
  service = await aService()
})

describe('every route', () => {
  it('[SEC12] answers 401 to every credential that is not good, and nothing is run', async () => {
    const credentials = await badCredentials(service)
    const { operations, send, traces } = service
    const before = traces()
    for (const each of [...operations, { method: 'GET', path: '/openapi.json', body: undefined }]) {
      for (const [what, headers] of Object.entries(credentials)) {
        const answer = await send(each, headers as Record<string, string>)
        expect([each.method, each.path, what, answer.status]).toEqual([each.method, each.path, what, 401])
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="edge-ets"/)
      }
    }
    expect(traces()).toEqual(before)
    expect(operations.length).toBeGreaterThan(50)
  })

  it('[SEC3] knows no key that is in the URL, and does not repeat it', async () => {
    const { operations, send } = service
    for (const each of operations) {
      for (const name of ['key', 'access_token', 'api_key', 'authorization']) {
        const answer = await send({ ...each, path: `${each.path}?${name}=${TEST_KEY}` }, {})
        expect([each.path, answer.status]).toEqual([each.path, 401])
        expect(await answer.text()).not.toContain(TEST_KEY)
      }
    }
  })

  it('[SEC1] is closed while there is no key', async () => {
    const { request } = anApp({ access: closed('set the secret').access })
    for (const each of service.operations) {
      const answer = await request(each.method, each.path, each.method === 'GET' ? undefined : each.body)
      expect(await answer.json()).toMatchObject({ status: 503, code: 'unconfigured' })
    }
  })

  it('[SEC7] that writes or is for an admin is closed to a key that only reads, and nothing is run', async () => {
    const { operations, send, make, traces } = service
    const { key } = await make(['read'])
    const before = traces()
    const more = operations.filter(({ needs }) => needs !== 'read')
    // These take operations of both kinds, and look at each of them.
    const mixed = operations.filter(({ template }) => /ops$|transactions$/.test(template))
    for (const each of [...more, ...mixed]) {
      const answer = await send(each, bearer(key))
      expect([each.method, each.path, answer.status]).toEqual([each.method, each.path, 403])
      expect(await answer.json()).toMatchObject({ code: 'forbidden', needs: expect.any(String) })
    }
    expect(traces()).toEqual(before)
    expect(more.length).toBeGreaterThan(30)
    expect(mixed).toHaveLength(3)
  })

  it('[SEC7] for an admin is closed to a key that only writes', async () => {
    const { operations, send, make } = service
    const { key } = await make(['write'])
    const admins = operations.filter(({ needs }) => needs === 'admin')
    for (const each of admins) {
      const { status } = await send(each, bearer(key))
      expect([each.method, each.path, status]).toEqual([each.method, each.path, 403])
    }
    expect(admins.length).toBeGreaterThan(12)
  })

  it('[HYG6] refuses query parameters that it does not have, or has twice, before anything is run', async () => {
    const { operations, send, traces } = service
    const before = traces()
    for (const each of [...operations, { method: 'GET', path: '/openapi.json', body: undefined }]) {
      for (const query of [
        'unknown=1',
        '__proto__=1',
        'toString=1',
        '_method=DELETE',
        'after=a&after=a',
        '=',
      ]) {
        const answer = await send({ ...each, path: `${each.path}?${query}` }, bearer(TEST_KEY))
        expect([each.method, each.path, query, answer.status]).toEqual([each.method, each.path, query, 400])
      }
    }
    expect(traces()).toEqual(before)
  })

  it('[HYG3] answers OPTIONS with the methods that it has, [BAD2] and any other with them, too', async () => {
    const { app, operations, traces } = service
    const before = traces()
    for (const path of new Set(operations.map((each) => each.path))) {
      const own = operations.filter((each) => each.path === path).map(({ method }) => method)
      const allowed = [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
      const listed = (answer: Response) => answer.headers.get('allow')?.split(', ').sort()
      const asked = await app.request('OPTIONS', path)
      expect([path, asked.status, listed(asked), await asked.text()]).toEqual([path, 204, allowed, ''])
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'PROPFIND']) {
        if (own.includes(method)) continue
        const refused = await app.request(method, path)
        expect([path, method, refused.status, listed(refused)]).toEqual([path, method, 405, allowed])
      }
    }
    expect(traces()).toEqual(before)
  })

  it('[HTP5] answers HEAD as GET, without a body', async () => {
    const { app, operations } = service
    const fields = ({ headers }: Response) =>
      [...headers].filter(([name]) => !['x-request-id', 'content-length', 'age'].includes(name))
    // Exports need an owner: they are in the tests of transfers.
    for (const { path } of operations.filter((each) => each.method === 'GET' && !/export$/.test(each.path))) {
      const [got, head] = [await app.request('GET', path), await app.request('HEAD', path)]
      expect([path, head.status, fields(head), await head.text()]).toEqual([
        path,
        got.status,
        fields(got),
        '',
      ])
    }
  })

  it('[HYG5] changes nothing by GET or HEAD but when something was seen last', async () => {
    const { app, operations } = service
    await app.request('PUT', '/v1/tables/t/rows/a', '["a",1]')
    await app.request('PUT', '/v1/caches/c/entries/a', '1')
    const begun = await app.request(
      'POST',
      '/v1/sessions/web',
      '{"user":"ada","data":{"n":1},"flash":{"f":1}}',
    )
    const { token } = ((await begun.json()) as { value: { token: string } }).value
    const headers = { ...bearer(TEST_KEY), 'session-token': token }
    const json = async (path: string) => await (await app.request('GET', path, undefined, headers)).json()
    const world = async () => {
      const { value } = (await json('/v1/sessions/web/current')) as { value: object }
      const parts = ['/v1/tables/t', '/v1/tables/t/rows/a', '/v1/caches/c', '/v1/caches/c/keys', '/v1/keys']
      const seen = { seenAtMs: 0, expiresAtMs: 0 }
      return [{ ...value, ...seen }, ...(await Promise.all(parts.map(json)))]
    }
    const before = await world()
    const audit = await json('/v1/sessions/web/users/ada/audit')
    for (const { path } of operations.filter(({ method }) => method === 'GET')) {
      for (const method of ['GET', 'HEAD']) {
        expect((await app.request(method, path, undefined, headers)).status).not.toBe(500)
        expect([method, path, await world()]).toEqual([method, path, before])
      }
    }
    expect(await json('/v1/sessions/web/users/ada/audit')).toEqual(audit)
  })

  it('[HYG4] goes by the method that was sent, whatever a header says', async () => {
    const { app, operations, traces } = service
    const before = traces().calls
    for (const { path } of operations.filter(({ method }) => method !== 'GET')) {
      for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
        // Nothing has this method: whatever is run was run for the header.
        const answer = await app.request('PROPFIND', path, undefined, {
          ...bearer(TEST_KEY),
          [name]: 'DELETE',
        })
        expect([path, answer.status]).toEqual([path, 405])
      }
    }
    expect(traces().calls).toBe(before)
  })

  it('[COR1] tells no page of another origin anything, [COR2] and those that are listed all', async () => {
    const { operations, send } = service
    const open = await aService({ corsOrigins: [PAGE] })
    for (const each of operations) {
      const allowed = async (from: typeof service, origin: string) =>
        (await from.send(each, { ...bearer(TEST_KEY), origin })).headers.get('access-control-allow-origin')
      expect((await send(each, { ...bearer(TEST_KEY), origin: PAGE })).headers.get('vary')).toBe(null)
      expect(await allowed(service, PAGE)).toBe(null)
      expect(await allowed(open, PAGE)).toBe(PAGE)
      expect(await allowed(open, `${PAGE}.evil.example`)).toBe(null)
    }
  })

  it('[HYG1] has the headers of every answer, and a problem where it refuses', async () => {
    const { operations, send } = service
    for (const each of operations) {
      for (const headers of [bearer(TEST_KEY), {}] as Record<string, string>[]) {
        const answer = await send(each, headers)
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
        expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
        expect(answer.headers.get('cache-control')).not.toBe(null)
        expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
        expect(answer.status).not.toBe(500)
        if (answer.status < 400) continue
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(await answer.json()).toMatchObject({ status: answer.status, code: expect.any(String) })
      }
    }
  })
})
