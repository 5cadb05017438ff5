/**
 * What users of other session layers have lost, done to this one: the same requests, as much at once, over a way that takes
 * some milliseconds.
 *
 * Source: express-session with an upsert store (two requests at once; logout during a slow one), lists of sessions beside
 *         the sessions (sign-ins at once, refresh during a revocation), one-time links read and then deleted, and layers
 *         that go on with whatever id a cookie has (CVE-2025-46336, CVE-2022-25896).
 */
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Session, type SessionEnv, sessions } from '../../src/hono/index.ts'
import type { RawOperation } from '../../src/protocol/operation.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Sessions } from '../../src/protocol/sessions.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { Browser } from '../support/a-browser.ts'
import { randomBy } from '../support/session-crowds.ts'

const COOKIE = '__Host-session'
const FIVE = [1, 2, 3, 4, 5]

/** Held until it is let go: an operation for which `isHeld` says so. */
let isHeld: (operation: RawOperation) => boolean
let letGo: PromiseWithResolvers<void>
let service: Sessions
beforeEach(() => {
  isHeld = () => false
  letGo = Promise.withResolvers<void>()
  const local = localTables()
  const random = randomBy(1)
  const way = () => new Promise((resolve) => setTimeout(resolve, 2 + random(6)))
  const tables: Tables = {
    async run(operations, options) {
      await way()
      if (operations.some(isHeld)) await letGo.promise
      const answer = await local.run(operations, options)
      await way()
      return answer
    },
  }
  const realms = new Map([['web', realmOf('web', { owners: 3 })]])
  service = tableSessions({ tables, realms }, 'web')
})

/** A browser at an app in which each path does one thing to the session. */
function aBrowser(): Browser {
  const app = new Hono<SessionEnv>()
  app.use(sessions({ realm: 'web', service: () => service }))
  const does = (path: string, work: (session: Session, name: string) => unknown) =>
    app.all(path, async (c) => c.json((await work(c.var.session, c.req.param('name') ?? '')) ?? null))
  does('/me', ({ user, view }) => [user, view?.data ?? null])
  does('/set/:name', async (session, name) => {
    session.set(name, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  })
  does('/login/:name', (session, name) => session.login(name))
  does('/logout', (session) => session.destroy())
  does('/take/:name', (session, name) => session.take(name))
  does('/devices', async (session) => (await session.devices()).length)
  does('/revoke-others', (session) => session.revokeOthers())
  return new Browser('https://app.test', (request) => app.fetch(request))
}
const read = async (browser: Browser, path: string): Promise<unknown> => (await browser.get(path)).json()
const fieldsOf = async (browser: Browser): Promise<string[]> =>
  Object.keys(((await read(browser, '/me')) as [unknown, object])[1]).sort()

describe('what others lose', () => {
  it('[HON4] five requests at once that set a field each: five fields are kept', async () => {
    const browser = aBrowser()
    await browser.post('/set/first')
    await Promise.all(FIVE.map((n) => browser.post(`/set/f${n}`)))
    expect(await fieldsOf(browser)).toEqual(['f1', 'f2', 'f3', 'f4', 'f5', 'first'])
  })

  it('[HON7] a slow request that writes during a logout brings nobody back', async () => {
    const browser = aBrowser()
    await browser.post('/login/ada')
    const cookie = browser.cookies.get(COOKIE) ?? ''
    const slow = browser.post('/set/late')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await browser.post('/logout')
    expect((await slow).status).toBe(200)
    browser.cookies.set(COOKIE, cookie)
    expect(await read(browser, '/me')).toEqual([null, null])
    expect(await service.list('ada')).toEqual([])
  })

  it('[HON8] a sign-up and five sign-ins at once: all six are listed, and ending the others ends each of them', async () => {
    const browsers = [0, ...FIVE].map(() => aBrowser())
    await browsers[0]?.post('/login/ada')
    await Promise.all(browsers.slice(1).map((browser) => browser.post('/login/ada')))
    const [first, ...others] = browsers as [Browser, ...Browser[]]
    expect(await read(first, '/devices')).toBe(6)
    await first.post('/revoke-others')
    const users = await Promise.all(browsers.map((browser) => read(browser, '/me')))
    expect(users.map((me) => (me as unknown[])[0])).toEqual(['ada', ...others.map(() => null)])
    expect(await read(first, '/devices')).toBe(1)
  })

  it('[HON8] a refresh that was under way during a revocation brings nothing back', async () => {
    const [keeper, victim] = [aBrowser(), aBrowser()]
    for (const browser of [keeper, victim]) await browser.post('/login/ada')
    const { token } = await service.login(undefined, { user: 'ada' })
    isHeld = ({ op }) => op === 'session_touch' || op === 'session_rotate' || op === 'session_authenticate'
    const refreshes = [service.touch(token), service.rotate(token), service.authenticate(token)].map((call) =>
      call.then(
        () => 'done',
        ({ code }) => code,
      ),
    )
    await keeper.post('/revoke-others')
    letGo.resolve()
    expect(await Promise.all(refreshes)).toEqual(FIVE.slice(0, 3).map(() => 'no_such_session'))
    expect(await read(victim, '/me')).toEqual([null, null])
    expect(await service.list('ada')).toHaveLength(1)
  })

  it('[SSV3] a one-time link that is used five times at once works once', async () => {
    const browser = aBrowser()
    await browser.post('/set/link')
    const taken = await Promise.all(FIVE.map(async () => (await browser.post('/take/link')).json()))
    expect(taken.filter((value) => value === 1)).toHaveLength(1)
  })

  it('[SSV4] an update and an end that are sent together leave no session', async () => {
    const { token } = await service.create({ user: 'ada' })
    await Promise.allSettled([
      service.patch(token, { set: { a: 1 } }),
      service.destroy(token),
      service.patch(token, { set: { b: 1 } }),
    ])
    await expect(service.get(token)).rejects.toMatchObject({ code: 'no_such_session' })
    expect(await service.list('ada')).toEqual([])
  })

  it('[HON5] a cookie whose session is gone gets another token with the first write, and five at once keep what they set', async () => {
    const browser = aBrowser()
    await browser.post('/set/first')
    const revoked = browser.cookies.get(COOKIE) ?? ''
    await service.destroy(revoked)
    await browser.post('/set/second')
    expect(browser.cookies.get(COOKIE)).not.toBe(revoked)
    await expect(service.get(revoked)).rejects.toMatchObject({ code: 'no_such_session' })
    await Promise.all(FIVE.map((n) => browser.post(`/set/f${n}`)))
    expect(await fieldsOf(browser)).toEqual(['f1', 'f2', 'f3', 'f4', 'f5', 'second'])
  })

  it('[HON6] a token that an attacker has planted is worth nothing after the login of the victim', async () => {
    const [attacker, victim] = [aBrowser(), aBrowser()]
    await attacker.post('/set/trap')
    const planted = attacker.cookies.get(COOKIE) ?? ''
    victim.cookies.set(COOKIE, planted)
    await victim.post('/login/ada')
    expect(await read(victim, '/me')).toEqual(['ada', { trap: 1 }])
    expect(await read(attacker, '/me')).toEqual([null, null])
  })
})
