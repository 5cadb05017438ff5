/**
 * Crowds of callers on sessions of two processes that are ended again and again, while they answer. Seeded.
 *
 * What a call without an answer did is unknown: it may have taken effect or not. Everything else is held to what is
 * promised, after each crowd.
 */
import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Issued, Sessions } from '../../src/protocol/sessions.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'

const MAX_PER_USER = 4
const USERS = ['ada', 'bob', 'eve']
const CROWDS = 12
const CALLERS = 12

/** A process that starts more than ten times within a minute is held back. */
const MAX_CRASHES = 9

/** A realm for each seed: its processes start anew. */
function openRealm(name: string): Sessions {
  const realms = new Map([[name, realmOf(name, { owners: 2, maxPerUser: MAX_PER_USER, graceMs: 0 })]])
  return tableSessions({ tables: durableTables(lanesTo(env.TABLE_PROCESS)), realms }, name)
}

/** Numbers by a seed: mulberry32. */
function randomBy(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What is known of a session by the answers that there were. */
interface Known {
  token: string
  readonly user: string
  /** It has ended by an answer: it must never be found again. */
  isEnded: boolean
  /** A call that might have ended it, or changed its token, had no answer. */
  isUnsure: boolean
  counted: number[]
  unsureCounts: number
  takes: number
}

/** What a call answers, `undefined` where there was no answer, or the refusal. */
async function answered<T>(call: Promise<T>): Promise<{ value: T } | { refusal: EtsError } | undefined> {
  try {
    return { value: await call }
  } catch (error) {
    const isLost =
      !(error instanceof EtsError) || ['restarting', 'overloaded', 'deadline_exceeded'].includes(error.code)
    return isLost ? undefined : { refusal: error }
  }
}

const wasDone = (outcome: unknown): boolean => outcome !== undefined && 'value' in (outcome as object)

/** An answer, however often the process ends meanwhile. */
async function surely<T>(call: () => Promise<T>): Promise<T | EtsError> {
  for (;;) {
    const outcome = await answered(call())
    if (outcome !== undefined) return 'value' in outcome ? outcome.value : outcome.refusal
  }
}

for (const seed of [1, 2, 3]) {
  it(`[SSV21] keep what is promised through crowds and crashes, seed ${seed}`, async () => {
    const random = randomBy(seed)
    const sessions = openRealm(`storm${seed}`)
    let crashes = 0
    const crash = async (): Promise<void> => {
      if (crashes++ < MAX_CRASHES) await abortAllDurableObjects()
    }
    const users = USERS.map((user) => `${user}-${seed}`)
    const known: Known[] = []
    const anyKnown = (): Known | undefined => known[random(Math.max(1, known.length))]
    const add = (user: string, { token }: Issued): void => {
      known.push({ token, user, isEnded: false, isUnsure: false, counted: [], unsureCounts: 0, takes: 0 })
    }

    const steps: readonly (() => Promise<void>)[] = [
      async () => {
        const user = users[random(users.length)] as string
        const outcome = await answered(sessions.create({ user, data: { code: 'once' } }))
        if (outcome !== undefined && 'value' in outcome) add(user, outcome.value)
      },
      async () => {
        const session = anyKnown()
        if (session === undefined) return
        const outcome = await answered(sessions.patch(session.token, { increment: { n: 1 } }))
        if (outcome === undefined) session.unsureCounts++
        else if ('value' in outcome) session.counted.push(outcome.value.counters.n as number)
      },
      async () => {
        const session = anyKnown()
        if (session === undefined) return
        const outcome = await answered(sessions.take(session.token, 'code'))
        if (outcome !== undefined && 'value' in outcome && outcome.value !== undefined) session.takes++
      },
      async () => {
        const session = anyKnown()
        if (session === undefined || random(3) > 0) return
        const outcome = await answered(sessions.destroy(session.token))
        if (wasDone(outcome)) session.isEnded ||= !session.isUnsure
        else session.isUnsure = true
      },
      async () => {
        const session = anyKnown()
        if (session === undefined) return
        const { token } = session
        const outcome = await answered(sessions.authenticate(token))
        if (outcome === undefined) session.isUnsure = true
        else if ('value' in outcome && session.token === token) session.token = outcome.value.token
      },
      async () => {
        if (random(4) > 0) return
        const user = users[random(users.length)] as string
        const before = known.filter((each) => each.user === user)
        const outcome = await answered(sessions.revokeUser(user))
        for (const session of before) {
          if (wasDone(outcome)) session.isEnded = true
          else session.isUnsure = true
        }
      },
      async () => {
        if (random(3) === 0) await crash()
      },
    ]

    for (let crowd = 0; crowd < CROWDS; crowd++) {
      await Promise.all(
        Array.from({ length: CALLERS }, () => (steps[random(steps.length)] as () => Promise<void>)()),
      )
      if (random(3) === 0) await crash()

      const found = new Map<Known, string>()
      for (const session of known) {
        const view = await surely(() => sessions.get(session.token))
        if (view instanceof EtsError) expect(view.code).toBe('no_such_session')
        else found.set(session, view.id)
        if (session.isEnded) expect([seed, crowd, found.has(session)]).toEqual([seed, crowd, false])
        // Another call may have ended it while it was counted, or the limit; what was counted has no gaps.
        if (!(view instanceof EtsError)) {
          const n = (view.data.n as number | undefined) ?? 0
          expect(n).toBeGreaterThanOrEqual(session.counted.length)
          expect(n).toBeLessThanOrEqual(session.counted.length + session.unsureCounts)
        }
        expect(new Set(session.counted).size).toBe(session.counted.length)
        expect(session.takes).toBeLessThanOrEqual(1)
      }
      for (const user of users) {
        const list = await surely(() => sessions.list(user))
        if (list instanceof EtsError) throw list
        expect(list.length).toBeLessThanOrEqual(MAX_PER_USER)
        const valid = [...found].filter(([session]) => session.user === user).map(([, id]) => id)
        // Those whose answer was lost are in the list alone: nobody has their tokens.
        expect(list.map(({ id }) => id)).toEqual(expect.arrayContaining(valid))
      }
    }
    expect(known.length).toBeGreaterThan(5)
  })
}
