import { sign } from 'hono/jwt'
import { describe, expect, it } from 'vitest'
import type { KeyInfo, MadeKey } from '../../src/protocol/keys.ts'
import { aKeyRing } from '../support/a-key-ring.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

interface Answered<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly value: T; readonly code?: string }
}

function aService() {
  let nowMs = Date.now()
  const clock = () => nowMs
  const ring = aKeyRing(clock)
  const { request } = anApp({ ring, clock })
  const send = async <T = unknown>(
    credential: string,
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<Answered<T>> => {
    const response = await request(method, path, body === undefined ? undefined : JSON.stringify(body), {
      authorization: `Bearer ${credential}`,
      ...headers,
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answered<T>['body'],
    }
  }
  const make = async (grants: string[], more: object = {}, by = TEST_KEY) =>
    (await send<MadeKey>(by, 'POST', '/v1/keys', { name: 'test', grants, ...more })).body.value
  const mint = async (key: string, grants: string[], ttlMs?: number) =>
    (await send<{ token: string }>(key, 'POST', '/v1/tokens', { grants, ttlMs })).body.value?.token
  const pass = (ms: number) => {
    nowMs += ms
  }
  /** The status of a read and of a write with a credential. */
  const opens = async (credential: string) => [
    (await send(credential, 'GET', '/v1/tables/none/rows/a')).status,
    (await send(credential, 'DELETE', '/v1/tables/none/rows/a')).status,
  ]
  return { ring, send, make, mint, pass, opens, clock }
}

describe('keys over HTTP', () => {
  it('[APK1] a key is shown when it is made and kept as a hash', async () => {
    const { ring, send, make, opens } = aService()
    const { key, id } = await make(['read'])
    expect(key).toMatch(new RegExp(`^etsk_${id}_`))
    expect(await opens(key)).toEqual([404, 403])
    const listed = await send<KeyInfo[]>(TEST_KEY, 'GET', '/v1/keys')
    expect(listed.body.value).toMatchObject([{ id, name: 'test', tenant: '', grants: ['read'] }])
    const secret = key.slice(14)
    expect(JSON.stringify([...ring.records.values(), listed.body])).not.toContain(secret)
    expect(listed.headers.get('cache-control')).toBe('no-store')
  })

  it('[APK2] a key with an end is good until then', async () => {
    const { make, pass, opens, clock } = aService()
    const { key } = await make(['read'], { expiresAtMs: clock() + 60_000 })
    expect((await opens(key))[0]).toBe(404)
    pass(60_000)
    expect((await opens(key))[0]).toBe(401)
  })

  it('[APK3] a rotated key has two secrets for a while, then one', async () => {
    const { send, make, pass, opens } = aService()
    const { key, id } = await make(['read'])
    const next = await send<MadeKey>(TEST_KEY, 'POST', `/v1/keys/${id}/rotate`, { overlapMs: 60_000 })
    expect(next.body.value).toMatchObject({ id, secrets: [{ expiresAtMs: null }, {}] })
    expect([(await opens(key))[0], (await opens(next.body.value.key))[0]]).toEqual([404, 404])
    pass(60_000)
    expect([(await opens(key))[0], (await opens(next.body.value.key))[0]]).toEqual([401, 404])
  })

  it('[APK7] a revoked key opens nothing', async () => {
    const { send, make, opens } = aService()
    const { key, id } = await make(['write'])
    expect(await opens(key)).toEqual([404, 404])
    expect((await send(TEST_KEY, 'DELETE', `/v1/keys/${id}`)).status).toBe(200)
    expect(await opens(key)).toEqual([401, 401])
    expect((await send(TEST_KEY, 'DELETE', `/v1/keys/${id}`)).body.code).toBe('no_such_key')
    expect((await send(TEST_KEY, 'POST', `/v1/keys/${id}/rotate`)).body.code).toBe('no_such_key')
  })

  it('[APK7] elsewhere it opens nothing ten seconds later, in use or not', async () => {
    for (const stepMs of [500, 9_999]) {
      const { ring, make, pass, clock, send } = aService()
      const elsewhere = anApp({ ring, clock })
      const { key, id } = await make(['read'])
      const status = async () =>
        (await elsewhere.request('GET', '/v1/tables/none', undefined, { authorization: `Bearer ${key}` }))
          .status
      expect(await status()).toBe(404)
      await send(TEST_KEY, 'DELETE', `/v1/keys/${id}`)
      expect(await status()).toBe(404)
      for (let passed = 0; passed < 10_000; passed += stepMs) {
        await status()
        pass(stepMs)
      }
      pass(1)
      expect(await status()).toBe(401)
    }
  })

  it('[APK5] a thousand requests with a key, a token, or the admin key ask the key ring once or never', async () => {
    const { ring, make, mint, opens } = aService()
    const { key } = await make(['read'])
    const token = await mint(key, ['read'])
    ring.calls.length = 0
    for (let i = 0; i < 500; i++) expect(await opens(key)).toEqual([404, 403])
    expect(ring.calls).toEqual([])
    for (let i = 0; i < 500; i++) expect(await opens(token)).toEqual([404, 403])
    for (let i = 0; i < 500; i++) expect(await opens(TEST_KEY)).toEqual([404, 404])
    expect(ring.calls).toEqual([])
    const elsewhere = aService()
    const other = await elsewhere.make(['read'])
    elsewhere.ring.calls.length = 0
    for (let i = 0; i < 500; i++) await elsewhere.opens(other.key)
    expect(elsewhere.ring.calls).toEqual(['find', 'used'])
  })

  it('[APK4] a key in use all day is written down once an hour', async () => {
    const { ring, make, pass, opens } = aService()
    const { key } = await make(['read'])
    ring.calls.length = 0
    for (let minute = 0; minute < 24 * 60; minute++) {
      await opens(key)
      pass(60_000)
    }
    expect(ring.calls.filter((name) => name === 'used')).toHaveLength(24)
  })

  it('[APK4] the last use is told', async () => {
    const { send, make, opens } = aService()
    const { key, id } = await make(['read'])
    const lastUse = async () =>
      (await send<KeyInfo>(TEST_KEY, 'GET', `/v1/keys/${id}`)).body.value.lastUsedAtMs
    expect(await lastUse()).toBe(null)
    await opens(key)
    expect(await lastUse()).toEqual(expect.any(Number))
  })

  it('[APK8] the admin of a tenant manages the keys of it alone', async () => {
    const { send, make } = aService()
    const acme = await make(['admin'], { tenant: 'acme' })
    const other = await make(['read'], { tenant: 'bolt' })
    const made = await make(['read'], {}, acme.key)
    expect(made.tenant).toBe('acme')
    const listed = await send<KeyInfo[]>(acme.key, 'GET', '/v1/keys')
    expect(listed.body.value.map(({ id }) => id).sort()).toEqual([acme.id, made.id].sort())
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      const answer = await send(acme.key, method, `/v1/keys/${other.id}${path}`)
      expect(answer.body.code).toBe('no_such_key')
    }
    const wanted = { name: 'x', grants: ['read'], tenant: 'bolt' }
    expect((await send(acme.key, 'POST', '/v1/keys', wanted)).status).toBe(403)
    expect((await send(made.key, 'POST', '/v1/keys', wanted)).status).toBe(403)
  })

  it.each([
    [{ grants: ['read'] }],
    [{ name: '', grants: ['read'] }],
    [{ name: 'line\nbreak', grants: ['read'] }],
    [{ name: 'x', grants: [] }],
    [{ name: 'x', grants: ['own'] }],
    [{ name: 'x', grants: ['read'], tenant: 'a:b' }],
    [{ name: 'x', grants: ['read'], tenant: '' }],
    [{ name: 'x', grants: ['read'], colour: 'red' }],
    [{ name: 'x', grants: ['read'], expiresAtMs: 1.5 }],
  ])('[APK1] refuses to make %j', async (body) => {
    const { ring, send } = aService()
    expect((await send(TEST_KEY, 'POST', '/v1/keys', body)).status).toBe(400)
    expect(ring.records.size).toBe(0)
  })

  it('[RAT3] a client with credentials that are not known is refused for a while, others are not', async () => {
    const { ring, send, make, mint, pass } = aService()
    const { key } = await make(['read'])
    const token = await mint(key, ['read'])
    const wrong = `${key.slice(0, 14)}${'0'.repeat(32)}`
    const from = (address: string, credential: string) =>
      send(credential, 'GET', '/v1/tables/none', undefined, { 'cf-connecting-ip': address })
    await from('192.0.2.7', key)
    const bad = TEST_KEY.replace('etsk_xKtZ86mI', 'etsk_00000000')
    expect((await from('192.0.2.7', bad)).body.code).toBe('unauthorized')
    const unknown = 'etsk_00000000_000000000000000000000000000000000pmog7'
    for (let i = 0; i < 20; i++) expect((await from('192.0.2.7', unknown)).status).toBe(401)
    const refused = await from('192.0.2.7', unknown)
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'rate_limited',
      '3',
    ])
    expect(refused.headers.get('ratelimit-policy')).toBe('"failed-attempts";q=20;w=60')
    expect(refused.headers.get('ratelimit')).toBe('"failed-attempts";r=0;t=3')
    expect((await from('192.0.2.8', unknown)).status).toBe(401)
    expect((await from('192.0.2.7', key)).status).toBe(404)
    expect((await from('192.0.2.7', token)).status).toBe(404)
    const asked = ring.calls.length
    expect((await from('192.0.2.7', `${token.slice(0, -4)}AAAA`)).status).toBe(429)
    expect(ring.calls.length).toBe(asked)
    expect((await from('192.0.2.7', wrong)).status).toBe(401)
    pass(3_000)
    expect((await from('192.0.2.7', unknown)).status).toBe(401)
  })

  it('[RAT3] a client of IPv6 is its whole network, and what is no address is cut', async () => {
    const unknown = 'etsk_00000000_000000000000000000000000000000000pmog7'
    for (const addressOf of [
      (i: number) => `2001:db8:1:2:${i.toString(16)}::${i}`,
      (i: number) => `${'x'.repeat(64)}${i}`,
    ]) {
      const { send } = aService()
      const from = async (i: number) =>
        (await send(unknown, 'GET', '/v1/tables/t', undefined, { 'cf-connecting-ip': addressOf(i) })).status
      for (let i = 0; i < 20; i++) expect(await from(i)).toBe(401)
      expect(await from(21)).toBe(429)
    }
    const { send } = aService()
    for (let i = 0; i < 30; i++) {
      const headers = { 'cf-connecting-ip': `2001:db8:1:${i}::1` }
      expect((await send(unknown, 'GET', '/v1/tables/t', undefined, headers)).status).toBe(401)
    }
  })
})

describe('tokens', () => {
  it('[JWT1] a token allows what it names, and no more than its key', async () => {
    const { send, make, mint, opens } = aService()
    const { key } = await make(['write:shop.*', 'read'])
    const token = await mint(key, ['read:none'])
    expect(await opens(token)).toEqual([404, 403])
    for (const grants of [['admin'], ['write'], ['write:shop*']]) {
      expect((await send(key, 'POST', '/v1/tokens', { grants })).body.code).toBe('forbidden')
    }
  })

  it('[JWT2] a token ends by itself, after an hour at the latest', async () => {
    const { send, make, mint, opens, pass } = aService()
    const { key } = await make(['read'])
    const token = await mint(key, ['read'], 60_000)
    expect((await opens(token))[0]).toBe(404)
    pass(61_000)
    expect((await opens(token))[0]).toBe(401)
    const long = await send(key, 'POST', '/v1/tokens', { grants: ['read'], ttlMs: 3_600_001 })
    expect(long.status).toBe(400)
  })

  it('[JWT3] a token is nothing without its key', async () => {
    const { send, make, mint, opens } = aService()
    const { key, id } = await make(['read'])
    const token = await mint(key, ['read'])
    expect((await opens(token))[0]).toBe(404)
    await send(TEST_KEY, 'DELETE', `/v1/keys/${id}`)
    expect((await opens(token))[0]).toBe(401)
  })

  it('[JWT4] a token makes neither tokens nor keys', async () => {
    const { send, make, mint } = aService()
    const { id } = await make(['read'])
    const token = await mint(TEST_KEY, ['admin'])
    for (const [path, body] of [
      ['/v1/tokens', { grants: ['read'] }],
      ['/v1/keys', { name: 'x', grants: ['read'] }],
      [`/v1/keys/${id}/rotate`, {}],
    ] as const) {
      expect((await send(token, 'POST', path, body)).body.code).toBe('forbidden')
    }
    expect((await send(token, 'GET', '/v1/keys')).status).toBe(200)
  })

  it('[JWT5] only tokens signed here, for here, in the one way are good', async () => {
    const { make, mint, opens, send } = aService()
    const { key } = await make(['read'])
    const good = await mint(key, ['read'])
    const [head = '', payload = '', signature = ''] = good.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const forged: Record<string, string> = {
      'alg none': `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      'alg none, with the signature': `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
      'alg None': `${encoded({ alg: 'None', typ: 'JWT' })}.${payload}.`,
      'another algorithm': `${encoded({ alg: 'HS512', typ: 'JWT' })}.${payload}.${signature}`,
      'a key in the header': `${encoded({ alg: 'HS256', typ: 'JWT', jwk: {} })}.${payload}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'another scope': `${head}.${encoded({ ...claims, scope: 'admin' })}.${signature}`,
      'another tenant': `${head}.${encoded({ ...claims, tenant: 'bolt' })}.${signature}`,
      'the admin key as the secret': await sign(claims, TEST_KEY, 'HS256'),
      'a letter more': `${good}A`,
      'four parts': `${good}.x`,
      'no parts': '...',
    }
    for (const [what, token] of Object.entries(forged)) {
      expect([what, (await opens(token))[0]]).toEqual([what, 401])
    }
    expect((await opens(good))[0]).toBe(404)
    expect((await send('a'.repeat(8_193), 'GET', '/v1/keys')).status).toBe(401)
  })

  it('[JWT5] a token of another audience is not good', async () => {
    const ring = aKeyRing()
    const there = anApp({ ring, audience: 'elsewhere' })
    const minted = await there.request('POST', '/v1/tokens', '{"grants":["read"]}')
    const { value } = (await minted.json()) as { value: { token: string } }
    const authorization = `Bearer ${value.token}`
    expect((await there.request('GET', '/v1/tables/none', undefined, { authorization })).status).toBe(404)
    const here = anApp({ ring })
    expect((await here.request('GET', '/v1/tables/none', undefined, { authorization })).status).toBe(401)
  })

  it('[RAT4] a key that the limiter of the platform turns away is refused', async () => {
    const asked: string[] = []
    const { request } = anApp({
      mayGoOn: async (key) => {
        asked.push(key)
        return asked.length < 2
      },
    })
    expect((await request('GET', '/v1/tables/none')).status).toBe(404)
    const refused = await request('GET', '/v1/tables/none')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
    expect(asked).toEqual([':xKtZ86mI', ':xKtZ86mI'])
    expect((await request('GET', '/healthz')).status).toBe(200)
  })

  it('[RAT3] a key mints sixty tokens at once, and is told how many are left', async () => {
    const { send, make } = aService()
    const { key } = await make(['read'])
    const first = await send(key, 'POST', '/v1/tokens', { grants: ['read'] })
    expect(first.headers.get('ratelimit')).toBe('"minted-tokens";r=59;t=0')
    expect(first.headers.get('ratelimit-policy')).toBe('"minted-tokens";q=60;w=30')
    for (let i = 0; i < 59; i++) await send(key, 'POST', '/v1/tokens', { grants: ['read'] })
    const refused = await send(key, 'POST', '/v1/tokens', { grants: ['read'] })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  })
})
