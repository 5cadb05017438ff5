import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { beforeEach, describe, expect, it } from 'vitest'
import { httpSessions } from '../../src/client/http-sessions.ts'
import {
  type SessionBindings,
  type SessionEnv,
  type SessionOptions,
  sessions,
  sessionsOfEnv,
} from '../../src/hono/index.ts'
import type { RawOperation } from '../../src/protocol/operation.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Sessions } from '../../src/protocol/sessions.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { Browser } from '../support/a-browser.ts'
import { anApp as anEdgeEts } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const ORIGIN = 'https://app.test'
const COOKIE = '__Host-session'

let nowMs: number
let calls: RawOperation[]
let service: Sessions
beforeEach(() => {
  nowMs = Date.now()
  calls = []
  const local = localTables({}, () => nowMs)
  const tables: Tables = {
    run: (operations, options) => {
      calls.push(...operations)
      return local.run(operations, options)
    },
  }
  const realms = new Map([['web', realmOf('web', { rotateMs: 60_000, graceMs: 1_000 })]])
  service = tableSessions({ tables, realms }, 'web')
})

type Handler = (c: Context<SessionEnv>) => unknown

/** An app whose routes are handlers that answer what they return, and a browser that is at it. */
function anApp(handlers: Record<string, Handler>, options: Partial<SessionOptions> = {}) {
  const app = new Hono<SessionEnv>()
  // As Hono does, without a word on the console.
  app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('failed', 500)))
  app.use(sessions({ realm: 'web', service: () => service, ...options }))
  for (const [path, handler] of Object.entries(handlers)) {
    app.all(path, async (c) => c.json({ value: (await handler(c)) ?? null }))
  }
  const send = (request: Request) => app.fetch(request)
  return {
    send,
    browser: (headers: Record<string, string> = {}) => new Browser(ORIGIN, send, headers),
  }
}

const valueIn = async (response: Promise<Response>): Promise<unknown> =>
  ((await (await response).json()) as { value: unknown }).value
const verbs = (): string[] => calls.splice(0).map(({ op }) => op.replace('session_', ''))

describe('sessions in Hono', () => {
  it('[HON3] a visitor of whom nothing is kept costs nothing and gets no cookie', async () => {
    const browser = anApp({
      '/': (c) => [c.var.session.exists, c.var.session.get('a'), c.var.session.user],
    }).browser()
    expect(await valueIn(browser.get('/'))).toEqual([false, null, null])
    expect([verbs(), browser.given]).toEqual([[], []])
  })

  it('[HON3] a session begins with what is first kept, and a request that changes nothing writes nothing', async () => {
    const { browser: aBrowser } = anApp({
      '/set': ({ var: { session } }) => {
        session.set('a', 1)
        session.set('b', { c: [2] })
        session.unset('b')
        session.unset('none')
        return session.get('a')
      },
      '/get': ({ var: { session } }) => [session.get('a'), session.get('b'), session.get('toString')],
    })
    const browser = aBrowser({ 'user-agent': 'Phone', 'cf-connecting-ip': '203.0.113.4' })
    expect(await valueIn(browser.get('/set'))).toBe(1)
    expect(verbs()).toEqual(['create'])
    expect(await valueIn(browser.get('/get'))).toEqual([1, null, null])
    expect(verbs()).toEqual(['get'])
    expect(browser.given).toEqual([
      expect.stringMatching(/^__Host-session=s1_[\w-]{46}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    const view = await service.get(browser.cookies.get(COOKIE) ?? '')
    expect(view).toMatchObject({ data: { a: 1 }, client: { network: '203.0.113.0/24', userAgent: 'Phone' } })
  })

  it('[HON4] fields of parallel requests all survive, and counters count each', async () => {
    const { browser: aBrowser } = anApp({
      '/start': ({ var: { session } }) => session.set('start', 1),
      '/set/:name': (c) => c.var.session.set(c.req.param('name') ?? '', 1),
      '/count': ({ var: { session } }) => session.increment('n'),
      '/all': ({ var: { session } }) => session.view?.data,
    })
    const browser = aBrowser()
    await browser.get('/start')
    const counts = await Promise.all([
      ...['a', 'b', 'c', 'd'].map((name) => browser.get(`/set/${name}`).then(() => null)),
      ...[1, 2, 3, 4].map(() => valueIn(browser.get('/count'))),
    ])
    expect(counts.slice(4).sort()).toEqual([1, 2, 3, 4])
    expect(await valueIn(browser.get('/all'))).toEqual({ start: 1, a: 1, b: 1, c: 1, d: 1, n: 4 })
  })

  it('[HON4] steps of one request are done one after the other', async () => {
    const { browser: aBrowser } = anApp({
      '/': ({ var: { session } }) => {
        session.set('a', 1)
        return Promise.all([
          session.increment('n'),
          session.increment('n', 2),
          session.take('a'),
          session.take('a'),
        ])
      },
    })
    expect(await valueIn(aBrowser().get('/'))).toEqual([1, 3, 1, null])
    expect(verbs()).toEqual(['create', 'patch', 'patch', 'take', 'take'])
  })

  it('[HON5] a token that is of no session is never adopted, and asked about once', async () => {
    const { browser: aBrowser } = anApp({
      '/': ({ var: { session } }) => session.exists,
      '/set': ({ var: { session } }) => session.set('a', 1),
    })
    for (const [token, asked] of [
      ['x', []],
      [`s1_${'A'.repeat(46)}`, ['get']],
    ] as const) {
      const browser = aBrowser()
      browser.cookies.set(COOKIE, token)
      for (let i = 0; i < 3; i++) expect(await valueIn(browser.get('/'))).toBe(false)
      expect([verbs(), browser.given]).toEqual([asked, []])
      await browser.get('/set')
      expect(browser.cookies.get(COOKIE)).toMatch(/^s1_/)
      expect(browser.cookies.get(COOKIE)).not.toBe(token)
      verbs()
    }
  })

  it('[HON5] a request that was under way during a login does not take the new token away', async () => {
    const gate = Promise.withResolvers<void>()
    const { browser: aBrowser } = anApp({
      '/start': ({ var: { session } }) => session.set('a', 1),
      '/slow': async ({ var: { session } }) => {
        session.set('late', 1)
        await gate.promise
      },
      '/login': ({ var: { session } }) => session.login('ada'),
      '/me': ({ var: { session } }) => session.user,
    })
    const browser = aBrowser()
    await browser.get('/start')
    const slow = browser.get('/slow')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await browser.post('/login')
    gate.resolve()
    await slow
    expect(await valueIn(browser.get('/me'))).toBe('ada')
  })

  it('[HON6] a login changes the token, keeps the data, and the old token is worth nothing', async () => {
    const { browser: aBrowser } = anApp({
      '/set': ({ var: { session } }) => session.set('cart', [1]),
      '/login': async ({ var: { session } }) => {
        session.set('step', 2)
        await session.login('ada', { ifEpoch: await session.epoch('ada'), flash: { hello: 1 } })
        return [session.user, session.isFresh]
      },
      '/me': async ({ var: { session } }) => [session.user, session.view?.data, await session.takeFlash()],
    })
    const browser = aBrowser()
    await browser.get('/set')
    const stolen = browser.cookies.get(COOKIE) ?? ''
    expect(await valueIn(browser.post('/login'))).toEqual(['ada', true])
    expect(await valueIn(browser.get('/me'))).toEqual(['ada', { cart: [1], step: 2 }, { hello: 1 }])
    expect(await valueIn(browser.get('/me'))).toEqual(['ada', { cart: [1], step: 2 }, {}])
    const thief = aBrowser()
    thief.cookies.set(COOKIE, stolen)
    expect(await valueIn(thief.get('/me'))).toEqual([null, null, {}])
  })

  it('[HON14] rotate and authenticate change the token in the cookie, and nothing else', async () => {
    const { browser: aBrowser } = anApp({
      '/login': ({ var: { session } }) => session.login('ada', { data: { a: 1 } }),
      '/rotate': ({ var: { session } }) => session.rotate(),
      '/authenticate': async ({ var: { session } }) => {
        const wasFresh = session.isFresh
        await session.authenticate()
        return [wasFresh, session.isFresh]
      },
      '/me': ({ var: { session } }) => [session.id, session.user, session.view?.data],
    })
    const [browser, other] = [aBrowser(), aBrowser()]
    const tokenOf = () => browser.cookies.get(COOKIE) ?? ''
    await browser.post('/login')
    const me = await valueIn(browser.get('/me'))
    const first = tokenOf()
    await browser.post('/rotate')
    const second = tokenOf()
    nowMs += 3_600_000
    expect(await valueIn(browser.post('/authenticate'))).toEqual([false, true])
    expect(new Set([first, second, tokenOf()]).size).toBe(3)
    expect(await valueIn(browser.get('/me'))).toEqual(me)
    for (const token of [first, second]) {
      other.cookies.set(COOKIE, token)
      expect(await valueIn(other.get('/me'))).toEqual([null, null, null])
    }
    expect(await valueIn(browser.get('/me'))).toEqual(me)
  })

  it('[HON7] a logout is final: what a slow request writes after it is lost', async () => {
    const gate = Promise.withResolvers<void>()
    const { browser: aBrowser } = anApp({
      '/login': ({ var: { session } }) => session.login('ada'),
      '/slow': async ({ var: { session } }) => {
        session.set('late', 1)
        await gate.promise
      },
      '/logout': ({ var: { session } }) => session.destroy(),
      '/me': ({ var: { session } }) => session.user,
    })
    const browser = aBrowser()
    await browser.post('/login')
    const token = browser.cookies.get(COOKIE) ?? ''
    const slow = browser.get('/slow')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await browser.post('/logout')
    gate.resolve()
    expect((await slow).status).toBe(200)
    expect(browser.cookies.has(COOKIE)).toBe(false)
    browser.cookies.set(COOKIE, token)
    expect(await valueIn(browser.get('/me'))).toBe(null)
  })

  it('[HON8] devices are listed and ended one by one, the others, or all', async () => {
    const { browser: aBrowser } = anApp({
      '/login': ({ var: { session } }) => session.login('ada'),
      '/devices': async ({ var: { session } }) =>
        (await session.devices()).map(({ client, isCurrent }) => [client.userAgent, isCurrent]),
      '/ids': async ({ var: { session } }) => (await session.devices()).map(({ id }) => id),
      '/revoke/:id': (c) => c.var.session.revoke(c.req.param('id') ?? ''),
      '/others': ({ var: { session } }) => session.revokeOthers(),
      '/everywhere': ({ var: { session } }) => session.revokeOthers({ everywhere: true }),
      '/me': ({ var: { session } }) => session.user,
    })
    const [a, b, c] = ['a', 'b', 'c'].map((name) => aBrowser({ 'user-agent': name }))
    if (a === undefined || b === undefined || c === undefined) throw new Error('no browsers')
    expect(await valueIn(a.get('/devices'))).toEqual([])
    for (const each of [a, b, c]) {
      await each.post('/login')
      nowMs += 1
    }
    expect(await valueIn(b.get('/devices'))).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ])
    const [first] = (await valueIn(b.get('/ids'))) as string[]
    await b.post(`/revoke/${first}`)
    expect(await valueIn(a.get('/me'))).toBe(null)
    await c.post('/others')
    expect([await valueIn(b.get('/me')), await valueIn(c.get('/me'))]).toEqual([null, 'ada'])
    await c.post('/everywhere')
    expect([await valueIn(c.get('/me')), c.cookies.has(COOKIE)]).toEqual([null, false])
  })

  it('[HON9] an old token is changed by itself; of parallel requests one does it', async () => {
    const { browser: aBrowser } = anApp({
      '/set': ({ var: { session } }) => session.set('a', 1),
      '/get': ({ var: { session } }) => session.get('a'),
    })
    const browser = aBrowser()
    await browser.get('/set')
    const before = browser.cookies.get(COOKIE)
    nowMs += 60_000
    const values = await Promise.all([1, 2, 3].map(() => valueIn(browser.get('/get'))))
    expect(values).toEqual([1, 1, 1])
    expect(browser.given).toHaveLength(2)
    expect(browser.cookies.get(COOKIE)).not.toBe(before)
    nowMs += 1_000
    expect(await valueIn(browser.get('/get'))).toBe(1)
  })

  it('[HON10] an answer that depends on a session is kept by nobody', async () => {
    const { browser: aBrowser } = anApp({
      '/set': (c) => {
        c.header('cache-control', 'public, max-age=60')
        c.var.session.set('a', 1)
      },
      '/cached': (c) => c.header('cache-control', 'private, max-age=60'),
      '/': () => 1,
    })
    const browser = aBrowser()
    const policyOf = async (path: string) => {
      const { headers } = await browser.get(path)
      return [headers.get('cache-control'), headers.get('vary')]
    }
    expect(await policyOf('/')).toEqual([null, 'Cookie'])
    expect(await policyOf('/set')).toEqual(['no-store', 'Cookie'])
    expect(await policyOf('/')).toEqual(['no-store', 'Cookie'])
    expect(await policyOf('/cached')).toEqual(['private, max-age=60', 'Cookie'])
  })

  it('[HON11] a request that changes something has to come from our pages, or show the token for forms', async () => {
    const { send, browser: aBrowser } = anApp(
      { '/form': ({ var: { session } }) => session.csrfToken(), '/do': (c) => c.req.method },
      { origins: ['https://admin.test'] },
    )
    const browser = aBrowser()
    const token = (await valueIn(browser.get('/form'))) as string
    const cookie = `${COOKIE}=${browser.cookies.get(COOKIE)}`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const status = async (method: string, headers: Record<string, string>, body?: string) =>
      (await send(new Request(`${ORIGIN}/do`, { method, headers, ...(body === undefined ? {} : { body }) })))
        .status
    const cases: readonly [number, string, Record<string, string>, string?][] = [
      [200, 'POST', { cookie, 'sec-fetch-site': 'same-origin' }],
      [200, 'POST', { cookie, 'sec-fetch-site': 'none' }],
      [200, 'POST', { cookie, origin: ORIGIN }],
      [200, 'POST', { cookie, origin: 'https://admin.test', 'sec-fetch-site': 'cross-site' }],
      [200, 'GET', { cookie, 'sec-fetch-site': 'cross-site' }],
      [403, 'POST', { cookie, 'sec-fetch-site': 'cross-site' }],
      [403, 'POST', { cookie, 'sec-fetch-site': 'same-site', origin: 'https://evil.app.test' }],
      [403, 'POST', { cookie, 'sec-fetch-site': 'cross-site', origin: ORIGIN }],
      [403, 'DELETE', { cookie, origin: 'https://evil.test' }],
      [403, 'POST', { cookie, origin: 'null' }],
      [403, 'POST', { cookie }],
      [403, 'POST', { origin: 'https://evil.test' }],
      [200, 'POST', {}],
      [200, 'POST', { cookie, 'x-csrf-token': token }],
      [200, 'POST', { cookie, 'sec-fetch-site': 'cross-site', 'x-csrf-token': token }],
      [403, 'POST', { cookie, 'x-csrf-token': `${token}x` }],
      [200, 'POST', { cookie, ...form }, `csrf_token=${token}`],
      [403, 'POST', { cookie, ...form }, 'csrf_token=x'],
      [403, 'POST', { 'sec-fetch-site': 'cross-site', 'x-csrf-token': token }],
    ]
    for (const [expected, ...request] of cases) {
      expect([request, await status(...request)]).toEqual([request, expected])
    }
  })

  it('[HON12] a handler that fails keeps nothing of what it set, but a login that is done has its cookie', async () => {
    const { browser: aBrowser } = anApp({
      '/set': ({ var: { session } }) => {
        session.set('a', 1)
        throw new Error('late')
      },
      '/login': async ({ var: { session } }) => {
        await session.login('ada')
        throw new Error('late')
      },
      '/me': ({ var: { session } }) => session.user,
    })
    const browser = aBrowser()
    expect((await browser.get('/set')).status).toBe(500)
    expect(browser.given).toEqual([])
    expect((await browser.post('/login')).status).toBe(500)
    expect(await valueIn(browser.get('/me'))).toBe('ada')
  })

  it('[HON12] refusals of the service have their status', async () => {
    const { browser: aBrowser } = anApp({
      '/': ({ var: { session } }) => session.set('big', 'x'.repeat(70_000)),
    })
    expect((await aBrowser().get('/')).status).toBe(413)
    expect(() => sessionsOfEnv({} as SessionBindings, 'web')).toThrow(
      'sessions need the binding TABLE_PROCESS',
    )
  })

  it('[HON13] works the same over a service elsewhere', async () => {
    const elsewhere = anEdgeEts()
    const { browser: aBrowser } = anApp(
      {
        '/login': async ({ var: { session } }) => {
          session.set('cart', ['tea'])
          await session.login('ada')
          return session.increment('n')
        },
        '/me': ({ var: { session } }) => [session.user, session.get('cart'), session.get('n')],
        '/out': ({ var: { session } }) => session.revokeOthers({ everywhere: true }),
      },
      {
        service: () =>
          httpSessions({ url: 'http://ets.test', key: TEST_KEY, realm: 'web', fetch: elsewhere.send }),
      },
    )
    const browser = aBrowser()
    expect(await valueIn(browser.post('/login'))).toBe(1)
    expect(await valueIn(browser.get('/me'))).toEqual(['ada', ['tea'], 1])
    await browser.post('/out')
    expect(await valueIn(browser.get('/me'))).toEqual([null, null, null])
    expect(calls).toEqual([])
  })
})
