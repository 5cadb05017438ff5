import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import { SLOTS } from '../../src/protocol/slots.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { hashOf } from '../../src/sessions/hashes.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { tokenOf } from '../../src/sessions/token.ts'
import { CONTRACT_REALM, sessionsContract } from '../contract/sessions-contract.ts'
import { expectRefusal } from '../support/refusal.ts'

const realms = new Map([
  ['contract', CONTRACT_REALM],
  ['kept', realmOf('kept', { owners: 2 })],
  ['lost', realmOf('lost', { journal: 'none' })],
])
const open = (realm: string) =>
  tableSessions({ tables: durableTables(lanesTo(env.TABLE_PROCESS)), realms }, realm)

sessionsContract('durable', () => open('contract'))

describe('sessions of a process that ends', () => {
  it('[SSV19] are what was acknowledged: ended stays ended, revoked stays revoked, the others go on', async () => {
    const sessions = open('kept')
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((user) => sessions.create({ user })))
    if (ada === undefined || bob === undefined) throw new Error('not begun')
    const phone = await sessions.create({ user: 'ada', data: { n: 1 } })
    const rotated = await sessions.rotate(phone.token)
    await sessions.patch(rotated.token, { increment: { n: 1 } })
    await sessions.destroy(ada.token)
    await sessions.revokeUser('bob')
    const before = [await sessions.list('ada'), await sessions.audit('ada'), await sessions.epoch('bob')]
    await abortAllDurableObjects()
    expect((await sessions.get(rotated.token)).data).toEqual({ n: 2 })
    await expectRefusal(() => sessions.get(ada.token), 'no_such_session')
    await expectRefusal(() => sessions.get(bob.token), 'no_such_session')
    expect([await sessions.list('ada'), await sessions.audit('ada'), await sessions.epoch('bob')]).toEqual(
      before,
    )
    expect(await sessions.inspect(ada.token)).toMatchObject({ state: 'ended' })
    expect(await sessions.inspect(phone.token)).toMatchObject({ state: 'replaced' })
  })

  it('[SSV19] end with it where the realm has no journal', async () => {
    const sessions = open('lost')
    const { token } = await sessions.create()
    await evictDurableObject(env.TABLE_PROCESS.getByName('sessions-lost'))
    await expectRefusal(() => sessions.get(token), 'no_such_session')
    expect((await sessions.create()).session.version).toBe(1)
  })

  it('[SSV10] a write that is sent again under its idempotency key takes effect once, across its end too', async () => {
    const sessions = open('kept')
    const { token } = await sessions.create()
    const add = () => sessions.patch(token, { increment: { n: 1 } }, { idempotencyKey: 'add-once' })
    const first = await add()
    await abortAllDurableObjects()
    expect(await add()).toEqual(first)
    expect((await sessions.get(token)).data).toEqual({ n: 1 })
  })
})

it('[SSV14] forged slots find nothing, and the owners that they lead to keep nothing and are in no directory', async () => {
  const realm = realmOf('forged', { owners: 8 })
  const sessions = tableSessions(
    { tables: durableTables(lanesTo(env.TABLE_PROCESS)), realms: new Map([['forged', realm]]) },
    'forged',
  )
  const forged = Array.from({ length: SLOTS / 16 }, (_, i) =>
    tokenOf(16 * i, crypto.getRandomValues(new Uint8Array(32))),
  )
  for (const token of forged) await expectRefusal(() => sessions.get(token), 'no_such_session')
  const response = await exports.default.fetch('https://ets.test/v1/processes?after=sessions-f', {
    headers: { authorization: `Bearer ${env.ADMIN_KEY}` },
  })
  const { value } = (await response.json()) as { value: readonly { process: string }[] }
  expect(value.filter(({ process }) => process.startsWith('sessions-forged'))).toEqual([])
  for (const token of forged) await sessions.destroy(token)
  for (let owner = 0; owner < 8; owner++) {
    const stub = env.TABLE_PROCESS.getByName(`sessions-forged-${owner}`)
    const rows = await runInDurableObject(stub, (_, { storage: { sql } }) =>
      sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .filter(({ name }) => !String(name).startsWith('_cf'))
        .flatMap(({ name }) => sql.exec(`SELECT * FROM "${name}"`).toArray()),
    )
    expect([owner, rows]).toEqual([owner, []])
  }
})

it('[IDM5] what a call did to sessions without a journal is forgotten with them', async () => {
  const sessions = open('lost')
  const { token } = await sessions.create()
  const add = () => sessions.patch(token, { increment: { n: 1 } }, { idempotencyKey: 'lost-once' })
  expect(await add()).toEqual(await add())
  await evictDurableObject(env.TABLE_PROCESS.getByName('sessions-lost'))
  await expectRefusal(add, 'no_such_session')
})

it('[SSV20] no byte of a token is in what a process stores, logs, refuses, tells of itself or exports', async () => {
  const logged: string[] = []
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...parts) => logged.push(parts.map(String).join(' '))),
  )
  const sessions = open('kept')
  const issued = [await sessions.create({ user: 'eve', data: { a: 1 } })]
  issued.push(await sessions.rotate(issued[0]?.token ?? ''))
  issued.push(await sessions.authenticate(issued[1]?.token ?? '', { origin: { userAgent: 'x' } }))
  issued.push(await sessions.login(issued[2]?.token, { user: 'mallory' }))
  issued.push(await sessions.create())
  const tokens = issued.map(({ token }) => token)
  const refusals: unknown[] = []
  for (const token of tokens) {
    for (const work of [
      () => sessions.get(token),
      () => sessions.patch(token, { increment: { a: 0.5 } }),
      () => sessions.patch(token, { set: { big: 'x'.repeat(70_000) } }),
      () => sessions.rotate(`${token}x`),
      () => sessions.create({ user: '' }),
    ]) {
      refusals.push(await work().catch((error) => [error.message, error.details, error.stack]))
    }
  }
  await sessions.destroy(tokens[4] ?? '')
  refusals.push(await sessions.list('eve'), await sessions.audit('eve'), await sessions.audit('mallory'))
  const dumps: unknown[] = []
  for (const name of ['sessions-kept-0', 'sessions-kept-1']) {
    const stub = env.TABLE_PROCESS.getByName(name)
    const dump = await runInDurableObject(stub, (process, state) => {
      const tables = state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()
      const rows = tables
        .filter(({ name }) => !String(name).startsWith('_cf'))
        .flatMap(({ name }) => state.storage.sql.exec(`SELECT * FROM "${name}"`).toArray())
      return [rows, (process as unknown as { describe(): unknown }).describe()]
    })
    dumps.push(dump)
    const tables = durableTables(lanesTo(env.TABLE_PROCESS))
    for (const table of ['$tokens', `${name}.$tokens`, '$replies']) {
      refusals.push(await tables.run([{ table, op: 'tab2list', args: [] }]).catch(({ details }) => details))
    }
  }
  for (const spy of spies) spy.mockRestore()
  const everything = JSON.stringify([dumps, refusals, logged], (_, value) =>
    value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value,
  )
  // What is searched is what there is: the hash of a living token is found.
  expect(everything).toContain(await hashOf(tokens[3] ?? ''))
  const secrets = issued.flatMap(({ token, csrfToken }) => [
    token.slice(6),
    token.slice(12, 30),
    csrfToken.slice(0, 20),
  ])
  expect(secrets.filter((secret) => everything.includes(secret))).toEqual([])
})
