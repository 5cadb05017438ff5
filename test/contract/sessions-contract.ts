/**
 * What every implementation of `Sessions` promises, whatever lies between the caller and the owner.
 *
 * Each test has users of names of its own: an implementation may be shared by a whole file. `open` gives the sessions of
 * a realm that goes over several owners, with a limit of 3 sessions a user.
 */
import { describe, expect, it } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Sessions } from '../../src/protocol/sessions.ts'
import { expectRefusal } from '../support/refusal.ts'

/** The realm that `open` is to serve. */
export const CONTRACT_REALM = realmOf('contract', { owners: 4, maxPerUser: 3 })

let lastUser = 0
const aUser = (): string => `user ${++lastUser}/ü%`
const UNKNOWN = `s1_${'A'.repeat(46)}`

export function sessionsContract(name: string, open: () => Sessions): void {
  describe(`Sessions ${name}`, () => {
    it('[SSV1] what was begun is there, under a token that is told once', async () => {
      const sessions = open()
      const { token, session, csrfToken } = await sessions.create(
        { data: { cart: ['a', { deep: null }] } },
        { origin: { address: '203.0.113.77', userAgent: 'Test/1' } },
      )
      expect(token).toMatch(/^s1_[A-Za-z0-9_-]{46}$/)
      expect(csrfToken).toMatch(/^[A-Za-z0-9_-]{43}$/)
      expect(session).toMatchObject({ user: null, version: 1, data: { cart: ['a', { deep: null }] } })
      expect(session.client).toEqual({ network: '203.0.113.0/24', userAgent: 'Test/1' })
      expect(await sessions.get(token)).toMatchObject({ id: session.id, data: session.data })
      expect(JSON.stringify(await sessions.get(token))).not.toContain(token)
    })

    it('[SSV2] patches of parallel requests all survive, and counters count each', async () => {
      const sessions = open()
      const { token } = await sessions.create()
      const fields = Array.from({ length: 8 }, (_, i) => `f${i}`)
      const answers = await Promise.all(
        fields.map((field) => sessions.patch(token, { set: { [field]: 1 }, increment: { n: 1 } })),
      )
      expect(answers.map(({ counters }) => counters.n).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      const { data, version } = await sessions.get(token)
      expect([Object.keys(data).sort(), version]).toEqual([[...fields, 'n'], 9])
    })

    it('[SSV2] names that every object has are fields as well', async () => {
      const sessions = open()
      const { token } = await sessions.create({ data: { constructor: 1, toString: 2 } })
      await sessions.patch(token, { set: { prototype: 3 }, increment: { constructor: 1 } })
      expect((await sessions.get(token)).data).toEqual({ constructor: 2, toString: 2, prototype: 3 })
      expect(await sessions.take(token, 'hasOwnProperty')).toBeUndefined()
    })

    it('[SSV3] of many that take a value one is given it, and flash values come once', async () => {
      const sessions = open()
      const { token } = await sessions.create({ data: { state: 'xyz' }, flash: { hello: 1 } })
      const taken = await Promise.all(Array.from({ length: 5 }, () => sessions.take(token, 'state')))
      expect(taken.filter((value) => value !== undefined)).toEqual(['xyz'])
      await sessions.patch(token, { flash: { more: 2 } })
      const flashes = await Promise.all([sessions.flash(token), sessions.flash(token)])
      expect(flashes).toContainEqual({ hello: 1, more: 2 })
      expect(flashes).toContainEqual({})
    })

    it('[SSV4] a token that is of no session is refused alike, whatever became of it', async () => {
      const sessions = open()
      const ended = await sessions.create()
      await sessions.destroy(ended.token)
      const user = aUser()
      const revoked = await sessions.create({ user })
      await sessions.revokeUser(user)
      const forged = ended.token.replace(/^s1_../, (start) => (start === 's1_AB' ? 's1_AC' : 's1_AB'))
      const wrong = [
        ended.token,
        revoked.token,
        forged,
        UNKNOWN,
        '',
        's1_',
        'x'.repeat(10_000),
        `${UNKNOWN}A`,
      ]
      const message = 'the token is of no session'
      for (const token of wrong) {
        for (const work of [
          () => sessions.get(token),
          () => sessions.touch(token),
          () => sessions.patch(token, { set: { a: 1 } }),
          () => sessions.rotate(token),
          () => sessions.authenticate(token),
          () => sessions.take(token, 'a'),
          () => sessions.flash(token),
        ]) {
          await expectRefusal(work, 'no_such_session', { message })
        }
        expect(await sessions.destroy(token)).toBeUndefined()
      }
    })

    it('[SSV5] a rotation keeps the data and gives another token', async () => {
      const sessions = open()
      const first = await sessions.create({ user: aUser(), data: { a: 1 } })
      const second = await sessions.rotate(first.token)
      expect(second.token).not.toBe(first.token)
      expect(second.csrfToken).not.toBe(first.csrfToken)
      expect(second.session).toMatchObject({ id: first.session.id, data: { a: 1 } })
      expect((await sessions.get(first.token)).id).toBe(first.session.id)
      await expectRefusal(() => sessions.rotate(first.token), 'version_conflict')
      const third = await sessions.authenticate(second.token)
      await expectRefusal(() => sessions.get(second.token), 'no_such_session')
      expect((await sessions.get(third.token)).isFresh).toBe(true)
    })

    it('[SSV6] a login goes on with the data in a session of the user, and the token before is worth nothing', async () => {
      const sessions = open()
      // Of some of these the owner is another, of some it is the same.
      for (let i = 0; i < 6; i++) {
        const user = aUser()
        const before = await sessions.create({ data: { cart: i, step: 1 }, flash: { hi: 1 } })
        const after = await sessions.login(before.token, { user, data: { step: 2 } })
        expect(after.session).toMatchObject({ user, data: { cart: i, step: 2 }, flash: { hi: 1 } })
        await expectRefusal(() => sessions.get(before.token), 'no_such_session')
        expect(await sessions.get(after.token)).toMatchObject({ id: after.session.id, user })
        const [listed] = await sessions.list(user, after.token)
        expect(listed).toMatchObject({ id: after.session.id, isCurrent: true })
        const idleMs = (listed?.expiresAtMs ?? 0) - (listed?.seenAtMs ?? 0)
        expect(idleMs).toBe(CONTRACT_REALM.policy.idleMs)
      }
    })

    it('[SSV6] a patch that is acknowledged while the user logs in is not lost', async () => {
      const sessions = open()
      for (let i = 0; i < 4; i++) {
        const { token } = await sessions.create()
        const patches = Promise.allSettled(
          [1, 2, 3].map((n) => sessions.patch(token, { set: { [`f${n}`]: n } })),
        )
        const [done, after] = await Promise.all([patches, sessions.login(token, { user: aUser() })])
        const { data } = await sessions.get(after.token)
        done.forEach(({ status }, n) => {
          if (status === 'fulfilled') expect(data).toHaveProperty(`f${n + 1}`)
        })
      }
    })

    it('[SSV6] data of one user does not come to another', async () => {
      const sessions = open()
      const [ada, bob] = [aUser(), aUser()]
      const hers = await sessions.create({ user: ada, data: { secret: 1 } })
      const his = await sessions.login(hers.token, { user: bob })
      expect(his.session).toMatchObject({ user: bob, data: {} })
      expect(await sessions.list(ada)).toEqual([])
      const again = await sessions.login(his.token, { user: bob, data: { n: 1 } })
      expect(await sessions.list(bob)).toHaveLength(1)
      expect(again.session.data).toEqual({ n: 1 })
      expect((await sessions.login('what is no token', { user: bob })).session.user).toBe(bob)
    })

    it('[SSV7] fifty logins at once leave as many sessions as a user may have', async () => {
      const sessions = open()
      const user = aUser()
      const logins = await Promise.all(Array.from({ length: 50 }, () => sessions.create({ user })))
      const valid = await Promise.all(
        logins.map(({ token }) =>
          sessions.get(token).then(
            () => true,
            () => false,
          ),
        ),
      )
      expect(valid.filter(Boolean)).toHaveLength(3)
      expect(await sessions.list(user)).toHaveLength(3)
    })

    it('[SSV8] sessions of a user are revoked one by one, but one, or all, and logins under way with them', async () => {
      const sessions = open()
      const user = aUser()
      const [a, b, c] = await Promise.all([1, 2, 3].map((n) => sessions.create({ user, data: { n } })))
      const devices = async () => (await sessions.list(user)).map(({ id }) => id).sort()
      if (a === undefined || b === undefined || c === undefined) throw new Error('not begun')
      await sessions.revoke(user, a.session.id, { origin: { by: 'support' } })
      await expectRefusal(() => sessions.revoke(user, a.session.id), 'no_such_session')
      expect(await devices()).toEqual([b.session.id, c.session.id].sort())
      await sessions.revokeUser(user, { spec: [[['_', '_', '_', '_', '_', { n: 9 }], [], [true]]] })
      expect(await devices()).toHaveLength(2)
      const epoch = await sessions.epoch(user)
      await sessions.revokeUser(user, { own: c.token })
      expect(await devices()).toEqual([c.session.id])
      await expectRefusal(() => sessions.create({ user, ifEpoch: epoch }), 'version_conflict')
      const anonymous = await sessions.create()
      await expectRefusal(() => sessions.login(anonymous.token, { user, ifEpoch: epoch }), 'version_conflict')
      expect((await sessions.get(anonymous.token)).user).toBeNull()
      await sessions.revokeUser(user)
      expect(await devices()).toEqual([])
      expect((await sessions.audit(user)).map(({ event }) => event)).toEqual([
        'revoked_all',
        'revoked_all',
        'revoked',
        'began',
        'began',
        'began',
      ])
    })

    it('[SSV9] an administrator is told what became of a token', async () => {
      const sessions = open()
      const { token, session } = await sessions.create()
      expect(await sessions.inspect(token)).toEqual({ state: 'valid', id: session.id, user: null })
      await sessions.destroy(token)
      expect(await sessions.inspect(token)).toEqual({ state: 'ended', id: session.id })
      expect(await sessions.inspect(UNKNOWN)).toEqual({ state: 'unknown' })
      expect(await sessions.inspect('nonsense')).toEqual({ state: 'unknown' })
    })

    it('[SSV11] arguments of the wrong form are refused', async () => {
      const sessions = open()
      const { token } = await sessions.create()
      const nested = JSON.parse('{"__proto__": 1}')
      for (const work of [
        () => sessions.create({ user: '' }),
        () => sessions.list('x'.repeat(10_000)),
        () => sessions.create({ data: [] as never }),
        () => sessions.create({ admin: true } as never),
        () => sessions.patch(token, { set: nested }),
        () => sessions.patch(token, { colour: 1 } as never),
        () => sessions.take(token, ''),
        () => sessions.revoke(aUser(), 'no id'),
        () => sessions.revokeUser(aUser(), { spec: 'all' }),
      ]) {
        const error = await work().then(
          () => undefined,
          (refusal) => refusal,
        )
        expect(['bad_request', 'badarg']).toContain(error?.code)
      }
      await expectRefusal(() => sessions.patch(token, { set: { big: 'x'.repeat(70_000) } }), 'too_large')
    })
  })
}
