/** What a caller could tell by looking closely: how often the owner is asked, what that writes, and how long it takes. */
import { beforeEach, describe, expect, it } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Issued, Sessions } from '../../src/protocol/sessions.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { slotOfToken, tokenOf } from '../../src/sessions/token.ts'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'

const REALM = realmOf('web', { maxPerUser: 1000, idleMs: 60_000, tombstoneMs: 30_000, graceMs: 0 })
const realms = new Map([
  ['web', REALM],
  ['other', realmOf('other')],
])
/** Sessions of each kind, for the times to be compared. */
const OF_EACH = 150

let owner: TestOwner
let elsewhere: TestOwner
let calls: number
let written: number
/** Another isolate each time: it remembers no token. */
const open = (realm = 'web'): Sessions =>
  tableSessions(
    {
      realms,
      tables: {
        run(operations, options) {
          calls++
          return (realm === 'web' ? owner : elsewhere).call(operations, options)
        },
      },
    },
    realm,
  )
beforeEach(() => {
  calls = 0
  written = 0
  owner = new TestOwner()
  elsewhere = new TestOwner()
  const putLog = owner.store.putLog.bind(owner.store)
  owner.store.putLog = (entry) => {
    written++
    putLog(entry)
  }
})

const neverMade = (like: string): string =>
  tokenOf(slotOfToken(like) ?? 0, crypto.getRandomValues(new Uint8Array(32)))

/** Tokens that were of a session once, by what became of it. */
async function deadTokens(count: number): Promise<Record<string, string[]>> {
  const sessions = open()
  const begin = (start: object): Promise<Issued[]> =>
    Promise.all(Array.from({ length: count }, () => sessions.create(start)))
  const tokensOf = (issued: readonly Issued[]): string[] => issued.map(({ token }) => token)
  const forgotten = await begin({})
  for (const { token } of forgotten) await sessions.destroy(token)
  await owner.pass(30_000)
  const expired = await begin({})
  await owner.pass(60_000)
  const destroyed = await begin({})
  for (const { token } of destroyed) await sessions.destroy(token)
  const revoked = await begin({ user: 'ada' })
  for (const { session } of revoked) await sessions.revoke('ada', session.id)
  const revokedAll = await begin({ user: 'ada' })
  await sessions.revokeUser('ada')
  const replaced = await begin({ user: 'bob' })
  for (const { token } of replaced) await sessions.authenticate(token)
  const made = { forgotten, expired, destroyed, revoked, revokedAll, replaced }
  const dead = Object.entries(made).map(([what, issued]) => [what, tokensOf(issued)] as const)
  const never = tokensOf(destroyed).map(neverMade)
  const foreign = await Promise.all(Array.from({ length: count }, () => open('other').create()))
  return Object.fromEntries([...dead, ['never', never], ['foreign', tokensOf(foreign)]])
}

describe('a token that never was and one that is dead', () => {
  it('[SSV23] cost one call of the owner, and nothing is written', async () => {
    const tokens = await deadTokens(1)
    for (const [what, [token = '']] of Object.entries(tokens)) {
      for (const ask of [
        (sessions: Sessions) => sessions.get(token),
        (sessions: Sessions) => sessions.patch(token, { set: { a: 1 } }),
        (sessions: Sessions) => sessions.rotate(token),
      ]) {
        calls = 0
        written = 0
        await expectRefusal(() => ask(open()), 'no_such_session')
        expect([what, calls, written]).toEqual([what, 1, 0])
      }
    }
  })

  it('[SSV23] take the same time', async () => {
    const tokens = await deadTokens(OF_EACH)
    const kinds = Object.keys(tokens)
    const slower = new Map<string, number>(kinds.map((kind) => [kind, 0]))
    let rounds = 0
    for (const isolate of Array.from({ length: 4 }, () => open())) {
      for (let i = 0; i < OF_EACH; i++, rounds++) {
        const timesMs = new Map<string, number>()
        // In turn, and each first now and then, so that whatever else the machine does is the same for all of them.
        for (let k = 0; k < kinds.length; k++) {
          const kind = kinds[(rounds + k) % kinds.length] as string
          const token = tokens[kind]?.[i] as string
          const beganMs = performance.now()
          await isolate.get(token).catch(() => {})
          timesMs.set(kind, performance.now() - beganMs)
        }
        const never = timesMs.get('never') as number
        for (const [kind, ms] of timesMs) if (ms > never) slower.set(kind, (slower.get(kind) ?? 0) + 1)
      }
    }
    for (const kind of kinds.filter((kind) => kind !== 'never')) {
      const share = (slower.get(kind) ?? 0) / rounds
      // About half of the time one is slower, half of the time the other: a look-up more or less, nothing of another kind.
      expect([kind, share, share > 0.2 && share < 0.8]).toEqual([kind, share, true])
    }
  })
})
