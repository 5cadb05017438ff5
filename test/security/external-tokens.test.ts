import { sign } from 'hono/jwt'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { JwksSchema } from '../../src/protocol/jwks.ts'
import { ExternalTokens } from '../../src/security/external-tokens.ts'

const ISSUER = 'https://id.example'

async function aKey(kid: string) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const [open, secret] = await Promise.all(
    [pair.publicKey, pair.privateKey].map((each) => crypto.subtle.exportKey('jwk', each)),
  )
  return { open: { ...open, kid, alg: 'ES256' }, secret: { ...secret, kid, alg: 'ES256' } }
}

/** An issuer with its keys at a URL, and a service that takes its tokens. */
async function aWorld(options: object = {}) {
  let nowMs = Date.now()
  const keys = [await aKey('one')]
  const fetched: RequestInit[] = []
  const world = { keys, fetched, answer: () => Response.json({ keys: keys.map(({ open }) => open) }) }
  const jwks = v.parse(JwksSchema, { url: `${ISSUER}/keys`, issuer: ISSUER, audience: 'ets', ...options })
  const tokens = new ExternalTokens(jwks, () => nowMs, (async (_: string, init: RequestInit) => {
    fetched.push(init)
    return world.answer()
  }) as typeof fetch)
  const now = () => Math.floor(nowMs / 1000)
  const token = (claims: object = {}, key = keys[0]) =>
    sign(
      { iss: ISSUER, aud: 'ets', sub: 'ada', scope: 'openid read:shop.*', exp: now() + 600, ...claims },
      key?.secret as never,
      'ES256',
    )
  const pass = (ms: number) => {
    nowMs += ms
  }
  return Object.assign(world, { token, pass, read: (text: string) => tokens.read(text) })
}

describe('tokens of another issuer', () => {
  it('[JWT6] are taken, and allow what their scope says in our words', async () => {
    const { read, token } = await aWorld({ tenant: 'acme' })
    const principal = await read(await token())
    expect(principal).toMatchObject({ tenant: 'acme', key: 'sub:ada', isToken: true })
    expect(principal?.grants.words).toEqual(['read:shop.*'])
  })

  it('[JWT6] may say in a claim whose they are', async () => {
    const { read, token } = await aWorld({ tenantClaim: 'org' })
    expect((await read(await token({ org: 'bolt' })))?.tenant).toBe('bolt')
    for (const org of [undefined, '', 'a:b', 7]) expect(await read(await token({ org }))).toBe(undefined)
  })

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'elsewhere' }],
    ['no audience', { aud: undefined }],
    ['an end that has passed', { exp: 1_000 }],
    ['no end', { exp: undefined }],
    ['a beginning that is to come', { nbf: 9_999_999_999 }],
    ['no word of ours', { scope: 'openid own' }],
    ['no scope', { scope: undefined }],
    ['nobody', { sub: '' }],
  ])('[JWT6] of %s are not', async (_, claims) => {
    const { read, token } = await aWorld()
    expect(await read(await token(claims))).toBe(undefined)
  })

  it('[JWT6] signed by nobody, by another key, or with what everybody knows are not', async () => {
    const { read, token, keys } = await aWorld()
    const good = await token()
    const [, payload = '', signature = ''] = good.split('.')
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const { x } = (keys[0] as (typeof keys)[number]).open as { x: string }
    for (const forged of [
      `${head({ alg: 'none', typ: 'JWT', kid: 'one' })}.${payload}.`,
      `${head({ alg: 'HS256', typ: 'JWT', kid: 'one' })}.${payload}.${signature}`,
      await sign({ ...claims, scope: 'admin' }, x, 'HS256'),
      await token({}, { ...(await aKey('one')) }),
      `${good.slice(0, -4)}AAAA`,
      'x.y.z',
    ]) {
      expect(await read(forged)).toBe(undefined)
    }
    expect(await read(good)).toBeDefined()
  })

  it('[JWT7] the keys are fetched once, without redirects, and again for one that is new, now and then', async () => {
    const { read, token, keys, fetched, pass } = await aWorld()
    for (let i = 0; i < 5; i++) await read(await token({ jti: i }))
    expect(fetched.map(({ redirect }) => redirect)).toEqual(['error'])
    keys.push(await aKey('two'))
    expect(await read(await token({}, keys[1]))).toBe(undefined)
    expect(fetched).toHaveLength(1)
    pass(30_000)
    expect(await read(await token({}, keys[1]))).toBeDefined()
    expect(fetched).toHaveLength(2)
    pass(600_001)
    await read(await token())
    expect(fetched).toHaveLength(3)
  })

  it('[JWT7] when they cannot be had, those there were are good for an hour', async () => {
    const world = await aWorld()
    expect(await world.read(await world.token())).toBeDefined()
    world.answer = () => new Response('no', { status: 500 })
    world.pass(3_500_000)
    expect(await world.read(await world.token())).toBeDefined()
    world.pass(200_000)
    expect(await world.read(await world.token())).toBe(undefined)
  })

  it('[JWT7] a set that is too large, or is none, is not taken', async () => {
    for (const answer of [
      () => new Response('x'.repeat(70_000)),
      () => Response.json({ keys: 7 }),
      () => new Response('<html>'),
    ]) {
      const world = await aWorld()
      world.answer = answer
      expect(await world.read(await world.token())).toBe(undefined)
    }
  })

  it.each([
    ['http', { url: 'http://id.example/keys' }],
    ['a symmetric algorithm', { algorithms: ['HS256'] }],
    ['no audience', { audience: '' }],
    ['an unknown option', { colour: 'red' }],
  ])('[JWT6] %s is no configuration', (_, options) => {
    const wanted = { url: `${ISSUER}/keys`, issuer: ISSUER, audience: 'ets', ...options }
    expect(v.is(JwksSchema, wanted)).toBe(false)
  })
})
