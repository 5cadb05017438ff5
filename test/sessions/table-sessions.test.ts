import { beforeEach, describe, expect, it } from 'vitest'
import type { RawOperation } from '../../src/protocol/operation.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Sessions } from '../../src/protocol/sessions.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { MAX_PAGE } from '../../src/session/pages.ts'
import { DeadTokens } from '../../src/sessions/dead-tokens.ts'
import { csrfTokenOf, hashOf, isSameSecret } from '../../src/sessions/hashes.ts'
import { sessionsOf, tableSessions } from '../../src/sessions/table-sessions.ts'
import { Throttle } from '../../src/sessions/throttle.ts'
import { tokenOf } from '../../src/sessions/token.ts'
import { CONTRACT_REALM, sessionsContract } from '../contract/sessions-contract.ts'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'

const realms = new Map([
  ['contract', CONTRACT_REALM],
  ['web', realmOf('web', { owners: 8 })],
  ['other', realmOf('other')],
])
const contractTables = localTables()
sessionsContract('in process', () => tableSessions({ tables: contractTables, realms }, 'contract'))

let nowMs: number
let tables: Tables
let seen: RawOperation[]
let failing: ((operation: RawOperation) => void) | undefined
let sessions: Sessions
beforeEach(() => {
  nowMs = 1_000_000
  seen = []
  failing = undefined
  const local = localTables({}, () => nowMs)
  tables = {
    run: (operations, options) => {
      seen.push(...operations)
      for (const operation of operations) failing?.(operation)
      return local.run(operations, options)
    },
  }
  sessions = tableSessions({ tables, realms, throttle: new Throttle(() => nowMs) }, 'web')
})

/** Users whose sessions have other owners than those of the session of a token. */
const elsewhere = async (token: string): Promise<string> => {
  const { user } = await sessions.get(token)
  const home = seen.at(-1)?.table
  for (let i = 0; ; i++) {
    await sessions.epoch(`${user}-${i}`)
    if (seen.at(-1)?.table !== home) return `${user}-${i}`
  }
}

describe('sessions over tables', () => {
  it('[SSV12] an owner is never told a token, only its SHA-256', async () => {
    const { token } = await sessions.create({ user: 'ada' })
    const after = await sessions.rotate(token)
    await sessions.login(after.token, { user: 'bob' })
    const text = JSON.stringify(seen)
    expect(text).toContain(await hashOf(token))
    for (const secret of [token, token.slice(5), after.token.slice(5), after.csrfToken]) {
      expect(text).not.toContain(secret)
    }
    expect(await hashOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })

  it('[SSV12] the token for forms is bound to the token, and tells nothing of its hash', async () => {
    expect(await csrfTokenOf('a')).not.toBe(await csrfTokenOf('b'))
    expect(await csrfTokenOf('a')).not.toBe(await hashOf('a'))
    expect([await isSameSecret('a', 'a'), await isSameSecret('a', 'b')]).toEqual([true, false])
  })

  it('[SSV13] all sessions of a user have one owner, and the token leads there without a look-up', async () => {
    const { token } = await sessions.create({ user: 'ada' })
    await sessions.create({ user: 'ada' })
    await sessions.get(token)
    await sessions.list('ada')
    expect(new Set(seen.map(({ table }) => table)).size).toBe(1)
    for (let i = 0; i < 40; i++) await sessions.create({ user: `u${i}` })
    expect(new Set(seen.map(({ table }) => table)).size).toBe(8)
  })

  it('[SSV13] a token is of one realm', async () => {
    const { token } = await sessions.create({ user: 'ada' })
    const other = tableSessions({ tables, realms }, 'other')
    await expectRefusal(() => other.get(token), 'no_such_session')
    await expectRefusal(async () => tableSessions({ tables, realms }, 'none'), 'no_such_realm', {
      realm: 'none',
    })
  })

  it('[SSV14] what is no token costs no call of an owner', async () => {
    for (const token of ['', 's1_', `s1_${'z'.repeat(46)}`, `s2_${'A'.repeat(46)}`]) {
      await expectRefusal(() => sessions.get(token), 'no_such_session')
      await sessions.destroy(token)
    }
    expect(seen).toEqual([])
  })

  it('[SSV14] of what was a token once the owner is asked once, in each realm', async () => {
    const { token } = await sessions.create({ user: 'ada' })
    const parts = { tables, realms, dead: new DeadTokens() }
    const [web, other] = ['web', 'other'].map((realm) => tableSessions(parts, realm))
    await expectRefusal(async () => other?.get(token), 'no_such_session')
    expect(await web?.get(token)).toMatchObject({ user: 'ada' })
    await sessions.destroy(token)
    const calls = seen.length
    for (let i = 0; i < 3; i++) await expectRefusal(async () => web?.get(token), 'no_such_session')
    expect(seen).toHaveLength(calls + 1)
  })

  it('[SSV14] a bounded number of them is remembered', () => {
    const dead = new DeadTokens()
    for (let i = 0; i <= 10_000; i++) dead.add('r', String(i))
    expect([dead.has('r', '0'), dead.has('r', '1'), dead.has('s', '1')]).toEqual([false, true, false])
  })

  it('[SSV15] whoever shows too many tokens of no session is refused for a while, and nobody else', async () => {
    const { token } = await sessions.create()
    const from = (address: string) => ({ origin: { address } })
    for (let i = 0; i < 60; i++) {
      await expectRefusal(
        () => sessions.get(tokenOf(i, new Uint8Array(32)), from('2001:db8:1:2::1')),
        'no_such_session',
      )
    }
    const calls = seen.length
    nowMs += 900
    const refused = from('2001:db8:1:2:ffff::9')
    await expectRefusal(() => sessions.get(token, refused), 'rate_limited', { retryAfterMs: 100 })
    expect(seen).toHaveLength(calls)
    await sessions.get(token, from('2001:db8:1:3::1'))
    await sessions.get(token)
    nowMs += 100
    await sessions.get(token, refused)
  })

  it('[SSV15] what is no address is counted by what it is', () => {
    const throttle = new Throttle(() => nowMs)
    for (let i = 0; i < 60; i++) throttle.miss('no address')
    expect(() => throttle.check('no address')).toThrow('rate_limited')
    for (const strange of ['', 'x'.repeat(1000), '::', 'a:b']) throttle.check(strange)
  })

  it('[SES25] the owner is told with each call from where a token comes', async () => {
    const short = sessionsOf(tables, 'short', { graceMs: 0 })
    const { token } = await short.create({ user: 'ada' }, { origin: { address: '203.0.113.4' } })
    await short.rotate(token)
    const thief = { origin: { address: '198.51.100.7', userAgent: 'curl' } }
    await expectRefusal(() => short.get(token, thief), 'no_such_session')
    expect(await short.audit('ada')).toMatchObject([
      { event: 'reused', client: { network: '198.51.100.0/24', userAgent: 'curl' } },
      { event: 'began', client: { network: '203.0.113.0/24' } },
    ])
  })

  it('[SSV16] a login that ends half-way between two owners leaves the session before as it was', async () => {
    const before = await sessions.create({ data: { cart: 1 } })
    const user = await elsewhere(before.token)
    failing = ({ op }) => {
      if (op === 'session_depart') throw new Error('the connection broke')
    }
    await expect(sessions.login(before.token, { user })).rejects.toThrow('the connection broke')
    failing = undefined
    expect(await sessions.get(before.token)).toMatchObject({ data: { cart: 1 } })
    expect(await sessions.list(user)).toHaveLength(1)
    nowMs += 60_000
    expect(await sessions.list(user)).toEqual([])
  })

  it('[SSV16] one whose last step fails is done, and the first use of the session makes it last', async () => {
    const before = await sessions.create({ data: { cart: 1 } })
    const user = await elsewhere(before.token)
    failing = ({ op }) => {
      if (op === 'session_touch') throw new Error('the connection broke')
    }
    const { token } = await sessions.login(before.token, { user })
    nowMs += 59_999
    await sessions.get(token)
    nowMs += 60_000
    expect(await sessions.get(token)).toMatchObject({ user, data: { cart: 1 } })
  })

  it('[SSV16] one whose session changes meanwhile reads it again', async () => {
    const before = await sessions.create({ data: { n: 0 } })
    const user = await elsewhere(before.token)
    let patches = 0
    const run = tables.run
    tables.run = async (operations, options) => {
      if (operations[0]?.op === 'session_depart' && patches < 3) {
        patches++
        await sessions.patch(before.token, { increment: { n: 1 } })
      }
      return run(operations, options)
    }
    const after = await sessions.login(before.token, { user })
    expect(after.session.data).toEqual({ n: 3 })
    expect(await sessions.list(user)).toHaveLength(1)
  })

  it('[SSV16] one that never finds it at rest gives up', async () => {
    const before = await sessions.create()
    const run = tables.run
    tables.run = async (operations, options) => {
      if (operations[0]?.op === 'session_depart') await sessions.patch(before.token, { increment: { n: 1 } })
      return run(operations, options)
    }
    await expectRefusal(() => sessions.login(before.token, { user: 'ada' }), 'version_conflict')
    expect(await sessions.list('ada')).toEqual([])
    expect((await sessions.get(before.token)).data).toEqual({ n: 5 })
  })

  it('[SSV16] one whose session ends meanwhile begins without its data', async () => {
    const before = await sessions.create({ data: { cart: 1 } })
    const user = await elsewhere(before.token)
    const run = tables.run
    tables.run = async (operations, options) => {
      if (operations[0]?.op === 'session_depart') await sessions.destroy(before.token)
      return run(operations, options)
    }
    expect((await sessions.login(before.token, { user })).session.data).toEqual({})
    expect(await sessions.list(user)).toHaveLength(1)
  })
})

describe('of a user who has thousands', () => {
  const COUNT = 2 * MAX_PAGE + 7
  const everyone = [['_', [], [true]]]
  let meanwhile: ((call: number) => Promise<unknown>) | undefined
  beforeEach(async () => {
    const crowd = new Map([['web', realmOf('web', { maxPerUser: 10_000 })]])
    meanwhile = undefined
    const { run } = tables
    let calls = 0
    const watched: Tables = {
      run: async (operations, options) => {
        const answer = await run(operations, options)
        const work = meanwhile
        // What is done meanwhile is done once, and is nothing to do something meanwhile of.
        if (/list|revoke_user/.test(operations[0]?.op ?? '') && work !== undefined) {
          meanwhile = undefined
          await work(calls++)
          meanwhile = work
        }
        return answer
      },
    }
    sessions = tableSessions({ tables: watched, realms: crowd }, 'web')
    for (let i = 0; i < COUNT; i++) await sessions.create({ user: 'ada', data: { i } })
    seen = []
  })

  it('[SSV22] a list has them all, and asks the owner for so many at a time', async () => {
    const list = await sessions.list('ada')
    expect(new Set(list.map(({ id }) => id)).size).toBe(COUNT)
    expect(seen).toHaveLength(3)
  })

  it('[SSV22] what is revoked while it is made is not in it', async () => {
    const { token, session } = await sessions.create({ user: 'ada' })
    meanwhile = async (call) => {
      if (call === 1) await sessions.revokeUser('ada', { own: token })
    }
    expect((await sessions.list('ada')).map(({ id }) => id)).toEqual([session.id])
  })

  it('[SSV22] what ends or begins while it is made is in it or not, the others are', async () => {
    nowMs += 1
    const { token, session } = await sessions.create({ user: 'ada' })
    meanwhile = async (call) => {
      if (call === 0) await sessions.destroy(token)
      nowMs += 1
      if (call === 1) await sessions.create({ user: 'ada' })
    }
    const ids = (await sessions.list('ada')).map(({ id }) => id)
    expect([ids.length, ids.includes(session.id)]).toEqual([COUNT + 1, false])
  })

  it('[SSV22] a specification ends all that it takes, those that begin meanwhile as well', async () => {
    meanwhile = async (call) => {
      if (call === 0) await sessions.create({ user: 'ada', data: { i: 0 } })
    }
    const isOdd = [[['_', '_', '_', '_', '_', { i: '$1' }], [['=:=', ['rem', '$1', 2], 1]], [true]]]
    await sessions.revokeUser('ada', { spec: isOdd })
    expect(await sessions.list('ada')).toHaveLength(Math.ceil(COUNT / 2) + 1)
    const { token, session } = await sessions.create({ user: 'ada' })
    await sessions.revokeUser('ada', { spec: everyone, own: token })
    expect((await sessions.list('ada')).map(({ id }) => id)).toEqual([session.id])
  })

  it('[SSV22] one that is sent again under its idempotency key ends nothing that has begun since', async () => {
    const owner = new TestOwner()
    const crowd = sessionsOf({ run: (operations, options) => owner.call(operations, options) }, 'web', {
      maxPerUser: 10_000,
    })
    const begin = async () => {
      for (let i = 0; i < COUNT; i++) await crowd.create({ user: 'ada' })
    }
    const revoke = () => crowd.revokeUser('ada', { spec: everyone }, { idempotencyKey: 'once' })
    await begin()
    await revoke()
    expect(await crowd.list('ada')).toEqual([])
    await begin()
    await revoke()
    expect(await crowd.list('ada')).toHaveLength(COUNT)
  })
})

it('[RLM3] a program gives the options of a realm itself, and wrong ones are refused', async () => {
  const short = sessionsOf(tables, 'short', { idleMs: 10 })
  const { token } = await short.create()
  nowMs += 10
  await expectRefusal(() => short.get(token), 'no_such_session')
  await expectRefusal(async () => sessionsOf(tables, 'web', { colour: 1 } as object), 'bad_request')
  await expectRefusal(async () => sessionsOf(tables, 'no-name'), 'bad_request')
})
