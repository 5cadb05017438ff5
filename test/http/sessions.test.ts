import { beforeEach, describe, expect, it } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Issued } from '../../src/protocol/sessions.ts'
import { anApp, type TestApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const KEY = { authorization: `Bearer ${TEST_KEY}` }
const AT = '/v1/sessions/web'

let app: TestApp
beforeEach(() => {
  app = anApp()
})

interface Call {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const call = (method: string, path: string, { token, body, headers }: Call = {}): Promise<Response> =>
  app.request(method, path, body === undefined ? undefined : JSON.stringify(body), {
    ...KEY,
    ...(token === undefined ? {} : { 'session-token': token }),
    ...headers,
  })

async function valueIn<T>(response: Promise<Response>): Promise<T> {
  return ((await (await response).json()) as { value: T }).value
}
const create = (body?: unknown): Promise<Issued> => valueIn(call('POST', AT, { body }))

/** A problem without what names the request. */
async function problemOf(response: Promise<Response>): Promise<unknown> {
  const { status, headers } = await response
  const { instance, ...problem } = (await (await response).json()) as Record<string, unknown>
  const { 'x-request-id': _, ...kept } = Object.fromEntries(headers)
  return { status, headers: kept, problem }
}

describe('sessions over HTTP', () => {
  it('[HTP8] a session is made with or without a body, and shown to who has its token', async () => {
    const response = await call('POST', AT)
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { token } = ((await response.json()) as { value: Issued }).value
    expect(await valueIn(call('GET', `${AT}/current`, { token }))).toMatchObject({ user: null, data: {} })
  })

  it('[HTP8] from where it is used is said in headers', async () => {
    const headers = {
      'session-address': '203.0.113.9',
      'session-user-agent': 'Phone',
      'session-by': 'support',
    }
    const { token, session } = await valueIn<Issued>(call('POST', AT, { body: { user: 'ada' }, headers }))
    expect(session.client).toEqual({ network: '203.0.113.0/24', userAgent: 'Phone' })
    await call('DELETE', `${AT}/current`, { token, headers })
    expect(await valueIn(call('GET', `${AT}/users/ada/audit`))).toMatchObject([
      { event: 'ended', by: 'support' },
      { event: 'began', by: 'support' },
    ])
  })

  it.each([
    ['in one field', (token: string) => `Bearer ${TEST_KEY}, Session ${token}`],
    ['in the other order', (token: string) => `Session ${token}, Bearer ${TEST_KEY}`],
    ['in any case of letters', (token: string) => `bearer ${TEST_KEY},session ${token}`],
  ])('[HTP14] a token may come beside the key in Authorization, %s', async (_, authorizationOf) => {
    const { token } = await create({ user: 'ada' })
    const headers = { authorization: authorizationOf(token) }
    expect(await valueIn(call('GET', `${AT}/current`, { headers }))).toMatchObject({ user: 'ada' })
    expect((await call('GET', `${AT}/current`, { headers, token })).status).toBe(200)
    const other = await call('GET', `${AT}/current`, { headers, token: `${token}x` })
    expect([other.status, await other.json()]).toMatchObject([400, { code: 'bad_request' }])
  })

  it('[HTP14] two fields of Authorization are as one', async () => {
    const { token } = await create({ user: 'ada' })
    const headers = new Headers([
      ['authorization', `Bearer ${TEST_KEY}`],
      ['authorization', `Session ${token}`],
    ])
    const { authorization } = Object.fromEntries(headers)
    expect(
      (await call('GET', `${AT}/current`, { headers: { authorization: authorization as string } })).status,
    ).toBe(200)
  })

  it.each([
    (token: string) => `Session ${token}`,
    (token: string) => `Bearer ${TEST_KEY}, Session ${token}, Session ${token}`,
    (token: string) => `Bearer ${TEST_KEY}, Bearer ${TEST_KEY}, Session ${token}`,
    (token: string) => `Bearer ${TEST_KEY}, Basic ${token}`,
    () => `Bearer ${TEST_KEY}, Session`,
    (token: string) => `Bearer ${TEST_KEY} Session ${token}`,
  ])('[HTP14] what is no key and one token beside it is 401 (%#)', async (authorizationOf) => {
    const { token } = await create()
    const headers = { authorization: authorizationOf(token) }
    expect((await call('GET', `${AT}/current`, { headers })).status).toBe(401)
  })

  it('[HTP9] every answer forbids to keep it', async () => {
    const { token } = await create({ user: 'ada' })
    const answers = await Promise.all([
      call('GET', `${AT}/current`, { token }),
      call('GET', `${AT}/current`, { token: 'none' }),
      call('GET', `${AT}/users/ada`),
      call('GET', `${AT}/current/state`, { token }),
      call('PATCH', `${AT}/current`, { token, body: { sett: 1 } }),
      call('GET', '/v1/sessions/none/current', { token }),
      call('PUT', `${AT}/current`),
      app.request('GET', `${AT}/current`, undefined, {}),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 200, 400, 404, 405, 401])
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(answers.map(() => 'no-store'))
  })

  it('[HTP10] what is of no session is refused alike, header by header and byte by byte', async () => {
    const ended = await create({ user: 'ada' })
    await call('DELETE', `${AT}/current`, { token: ended.token })
    const revoked = await create({ user: 'ada' })
    await call('DELETE', `${AT}/users/ada`)
    const replaced = await create({ user: 'eve' })
    await call('POST', `${AT}/current/authenticate`, { token: replaced.token })
    const foreign = await valueIn<Issued>(call('POST', '/v1/sessions/other', { body: { user: 'ada' } }))
    const valid = await create({ user: 'ada' })
    const tokens = [
      ended.token,
      revoked.token,
      replaced.token,
      foreign.token,
      // Another slot, a letter, a character less or more, another version, spare bits.
      valid.token.replace(/^s1_../, (start) => (start === 's1_AB' ? 's1_AC' : 's1_AB')),
      valid.token.replace(/^(s1_.{20})./, (_, before) => `${before}*`),
      valid.token.slice(0, -1),
      `${valid.token}A`,
      valid.token.replace('s1_', 's2_'),
      valid.token.replace(/.$/, '_'),
      valid.session.id,
      `s1_${'A'.repeat(46)}`,
      'x'.repeat(10_000),
      'nonsense',
      undefined,
    ]
    for (const [method, path, body] of [
      ['GET', '/current'],
      ['PATCH', '/current', { set: { a: 1 } }],
      ['POST', '/current/rotate'],
      ['POST', '/current/take', { field: 'a' }],
    ] as const) {
      const problems = await Promise.all(
        tokens.map((token) =>
          problemOf(call(method, AT + path, { body, ...(token === undefined ? {} : { token }) })),
        ),
      )
      expect(problems[0]).toMatchObject({ status: 404, problem: { code: 'no_such_session' } })
      for (const problem of problems) expect(problem).toEqual(problems[0])
    }
  })

  it('[SSV15] who shows too many of them from one address is told when to come again, and others are served', async () => {
    const { token } = await create()
    const at = (address: string, shown: string) =>
      call('GET', `${AT}/current`, { token: shown, headers: { 'session-address': address } })
    for (let i = 0; i < 60; i++) {
      const guess = `s1_AA${String(i).padStart(43, 'B')}A`
      expect((await at('203.0.113.9', guess)).status).toBe(404)
    }
    const refused = await at('203.0.113.9', token)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
    expect((await at('198.51.100.9', token)).status).toBe(200)
  })

  it('[SSV11] a user of ten kilobytes, fields that nobody knows and data that is too large are refused', async () => {
    const { token } = await create()
    const user = 'x'.repeat(10_000)
    for (const [status, method, path, body] of [
      [400, 'POST', '', { user }],
      [400, 'POST', '/current/rotate', { user }],
      [400, 'GET', `/users/${user}`],
      [400, 'DELETE', `/users/${user}`],
      [400, 'GET', `/users/${user}/audit`],
      [400, 'POST', '', { admin: true }],
      [400, 'PATCH', '/current', { colour: 1 }],
      [413, 'PATCH', '/current', { set: { big: 'x'.repeat(70_000) } }],
      [413, 'POST', '', { data: { big: 'x'.repeat(70_000) } }],
    ] as const) {
      const response = await call(method, AT + path, {
        body,
        token: method === 'POST' && path === '' ? '' : token,
      })
      expect([method, path.slice(0, 20), response.status]).toEqual([method, path.slice(0, 20), status])
      expect((await response.text()).length).toBeLessThan(1_000)
    }
  })

  it('[HTP11] a user is in the path as percent-encoded text', async () => {
    const user = 'ada/lövelace?x=1&%'
    const { session } = await create({ user })
    const at = `${AT}/users/${encodeURIComponent(user)}`
    expect(await valueIn(call('GET', at))).toMatchObject([{ id: session.id, user, isCurrent: false }])
    expect((await call('DELETE', `${at}/sessions/${session.id}`)).status).toBe(200)
    expect(await valueIn(call('GET', at))).toEqual([])
    for (const bad of ['%', '%ff', encodeURIComponent('x'.repeat(257)), 'x'.repeat(9_999)]) {
      expect((await call('GET', `${AT}/users/${bad}`)).status).toBe(400)
    }
  })

  it('[HTP12] rotate with a user is a login; without one it takes nothing else', async () => {
    const before = await create({ data: { cart: 1 } })
    const rotate = (token: string, body?: unknown) => call('POST', `${AT}/current/rotate`, { token, body })
    const after = await valueIn<Issued>(rotate(before.token, { user: 'ada', data: { b: 2 } }))
    expect(after.session).toMatchObject({ user: 'ada', data: { cart: 1, b: 2 } })
    expect((await rotate(after.token, { data: { c: 3 } })).status).toBe(400)
    expect((await rotate(after.token)).status).toBe(200)
    expect((await rotate(after.token)).status).toBe(412)
  })

  it('[HTP13] no request names a verb of sessions itself, with options of its own making', async () => {
    const operation = { op: 'session_revoke_user', args: ['ada', {}, {}, realmOf('web').policy] }
    for (const [path, body] of [
      ['/v1/tables/sessions-web/ops', operation],
      ['/v1/tables/sessions-web/ops', [operation]],
      ['/v1/caches/sessions-web/ops', operation],
      ['/v1/processes/sessions-web/transactions', [{ table: 'sessions-web', ...operation }]],
    ] as const) {
      const response = await call('POST', path, { body })
      expect([response.status, await response.json()]).toMatchObject([400, { code: 'bad_request' }])
    }
    expect(await valueIn(call('GET', `${AT}/users/ada/epoch`))).toBe(0)
    expect(await (await call('GET', '/openapi.json')).text()).not.toContain('session_')
  })

  it('[API4] the document says which headers a route of sessions takes', async () => {
    const { paths } = (await (await call('GET', '/openapi.json')).json()) as {
      paths: Record<string, Record<string, { parameters: { name: string }[] }>>
    }
    const headersOf = (path: string, method: string) =>
      paths[path]?.[method]?.parameters
        .filter(({ name }) => name.startsWith('Session-'))
        .map(({ name }) => name)
    const origin = ['Session-Address', 'Session-User-Agent', 'Session-By']
    expect(headersOf('/v1/sessions/{realm}/current', 'patch')).toEqual(['Session-Token', ...origin])
    expect(headersOf('/v1/sessions/{realm}/users/{user}', 'delete')).toEqual(['Session-Token', ...origin])
    expect(headersOf('/v1/sessions/{realm}', 'post')).toEqual(origin)
    expect(headersOf('/v1/tables/{table}', 'get')).toEqual([])
  })
})
