import { expect, it } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { DeadTokens } from '../../src/sessions/dead-tokens.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { Throttle } from '../../src/sessions/throttle.ts'
import { SECRET_BYTES, tokenOf } from '../../src/sessions/token.ts'

const ADDRESS = '192.0.2.1'
const madeUp = () => tokenOf(0, crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))

it('[SEC13] the misses of one tenant are nothing to another, of the same realm and the same address', async () => {
  const remembered = { throttle: new Throttle(), dead: new DeadTokens() }
  const realms = new Map([['web', realmOf('web')]])
  const of = (tenant: string) =>
    tableSessions({ tables: localTables(), realms, tenant, ...remembered }, 'web')
  const [acme, bolt] = [of('acme'), of('bolt')]
  const call = { origin: { address: ADDRESS } }
  const { token } = await acme.create({ user: 'ada' }, call)
  await expect(bolt.get(token, call)).rejects.toMatchObject({ code: 'no_such_session' })
  for (let i = 0; i < 100; i++) await bolt.get(madeUp(), call).catch(() => {})
  await expect(bolt.get(madeUp(), call)).rejects.toMatchObject({ code: 'rate_limited' })
  expect(await acme.get(token, call)).toMatchObject({ user: 'ada' })
})
