import { expect, it } from 'vitest'
import { httpSessions } from '../../src/client/http-sessions.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { CONTRACT_REALM, sessionsContract } from '../contract/sessions-contract.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const realms = new Map([['contract', CONTRACT_REALM]])
const app = anApp({
  tables: localTables(),
  sessions: (tables, realm) => tableSessions({ tables, realms }, realm),
})
const overHttp = (send = app.send) =>
  httpSessions({ url: 'http://ets.test', key: TEST_KEY, realm: 'contract', fetch: send })
sessionsContract('over HTTP', () => overHttp())

it('[SSV18] the token goes into its header and nowhere else', async () => {
  const { token } = await overHttp().create()
  const urls: string[] = []
  const sessions = overHttp(async (request) => {
    expect(request.headers.get('session-token')).toBe(token)
    expect(request.headers.get('authorization')).toBe(`Bearer ${TEST_KEY}`)
    urls.push(request.url, await request.clone().text())
    return app.send(request)
  })
  await sessions.get(token)
  await sessions.patch(token, { set: { a: 1 } }, { origin: { userAgent: 'ünï\r\n', address: '10.0.0.1' } })
  await sessions.destroy(token)
  expect(urls.join()).not.toContain(token.slice(3, 20))
})
