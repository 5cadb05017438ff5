/**
 * Crowds of callers on the sessions of a realm whose processes end again and again, while they answer.
 *
 * What a call without an answer did is unknown: it may have taken effect or not. Everything else is held to what is
 * promised, after each crowd.
 */
import { expect } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { type Realm, realmOf } from '../../src/protocol/realms.ts'
import type { Issued, Sessions } from '../../src/protocol/sessions.ts'

const MAX_PER_USER = 4
const CROWDS = 12
const CALLERS = 12
const USERS = ['ada', 'bob', 'eve']

export const crowdedRealm = (name: string): Realm =>
  realmOf(name, { owners: 2, maxPerUser: MAX_PER_USER, graceMs: 0, detectsReuse: false })

/** What is known of a session by the answers that there were. */
interface Known {
  readonly id: string
  readonly user: string | null
  token: string
  /** Tokens that it had before: none of them may be worth anything again. */
  readonly before: string[]
  /** A field that it alone began with: one that took its place has it too. */
  readonly sign: string
  /** For match specifications; a session that took no other's place at its login has none. */
  readonly mark: number | undefined
  /** It has ended by an answer: it must never be found again. */
  isEnded: boolean
  /** A call that might have ended it, or changed its token, had no answer. */
  isUnsure: boolean
  /** How many calls of the crowd are about it. */
  calls: number
  /** What the counts of all callers were told; a login takes them along. */
  readonly told: { counted: number[]; unsureCounts: number; takes: number }
}

export interface CrowdParts {
  /** The sessions as another caller sees them, who remembers nothing. */
  readonly open: () => Sessions
  /** Ends the processes. */
  readonly crash: () => void | Promise<void>
  readonly seed: number
}

/** Lets crowds come and checks after each what they found. */
export async function crowds({ open, crash, seed }: CrowdParts): Promise<void> {
  const random = randomBy(seed)
  const known: Known[] = []
  const users = USERS.map((user) => `${user}-${seed}`)
  const any = <T>(of: readonly T[]): T => of[random(of.length)] as T
  const anyUser = () => any(users)

  let signs = 0
  const aSign = (): string => `sign${signs++}`
  const add = ({ token, session }: Issued, sign: string, told?: Known['told']): void => {
    const { id, user, data } = session
    known.push({
      id,
      user,
      token,
      sign,
      before: [],
      mark: data.mark as number | undefined,
      told: told ?? { counted: [], unsureCounts: 0, takes: 0 },
      isEnded: false,
      isUnsure: false,
      calls: 0,
    })
  }
  const isDone = (outcome: Outcome<unknown>): boolean => outcome !== undefined && 'value' in outcome

  /** A call that gives a session another token. */
  const renew = async (session: Known, how: 'rotate' | 'authenticate'): Promise<void> => {
    const { token } = session
    const outcome = await answered(open()[how](token))
    if (outcome === undefined) session.isUnsure = true
    else if ('value' in outcome && session.token === token) {
      session.before.push(token)
      session.token = outcome.value.token
    }
  }
  /** A call that ends each of some sessions. */
  const end = async (ending: readonly Known[], call: Promise<unknown>): Promise<void> => {
    const outcome = await answered(call)
    for (const session of ending) {
      if (isDone(outcome)) session.isEnded = true
      else session.isUnsure = true
    }
  }

  const onSession: readonly ((session: Known) => Promise<void>)[] = [
    async ({ token, told }) => {
      const outcome = await answered(open().patch(token, { increment: { n: 1 } }))
      if (outcome === undefined) told.unsureCounts++
      else if ('value' in outcome) told.counted.push(outcome.value.counters.n as number)
    },
    async ({ token, told }) => {
      const outcome = await answered(open().take(token, 'code'))
      if (outcome !== undefined && 'value' in outcome && outcome.value !== undefined) told.takes++
    },
    (session) => renew(session, 'rotate'),
    (session) => renew(session, 'authenticate'),
    async (session) => {
      // Whether its token was still the one that is known cannot be told from the answer.
      const { token } = session
      const outcome = await answered(open().destroy(token))
      if (isDone(outcome) && session.token === token && !session.isUnsure) session.isEnded = true
      else session.isUnsure = true
    },
    async (session) => {
      const { user, id } = session
      if (user === null) return renew(session, 'rotate')
      const outcome = await answered(open().revoke(user, id))
      // Where that was refused it had ended already.
      if (outcome !== undefined) session.isEnded = true
      else session.isUnsure = true
    },
    async (session) => {
      const { token, isEnded, isUnsure } = session
      const user = anyUser()
      const sign = aSign()
      const outcome = await answered(open().login(token, { user, data: { [sign]: 1 } }))
      if (outcome === undefined) session.isUnsure = true
      else if ('value' in outcome) {
        if (session.token === token && !session.isUnsure) session.isEnded = true
        else session.isUnsure = true
        const tookAlong = Object.hasOwn(outcome.value.session.data, session.sign)
        if (tookAlong) expect([null, user]).toContain(session.user)
        // Nothing else has ended it meanwhile.
        else if (session.user === null && session.calls === 1) expect(isEnded || isUnsure).toBe(true)
        add(outcome.value, sign, tookAlong ? session.told : undefined)
      }
    },
  ]
  const steps: readonly (() => Promise<void>)[] = [
    async () => {
      const sign = aSign()
      const user = random(4) === 0 ? {} : { user: anyUser() }
      const data = { code: 'once', mark: known.length, [sign]: 1 }
      const outcome = await answered(open().create({ ...user, data }))
      if (outcome !== undefined && 'value' in outcome) add(outcome.value, sign)
    },
    ...onSession.map((work) => async () => {
      if (known.length === 0) return
      const session = any(known)
      session.calls++
      await work(session)
    }),
    async () => {
      if (random(4) > 0) return
      const user = anyUser()
      const ending = known.filter((each) => each.user === user)
      await end(ending, open().revokeUser(user))
    },
    async () => {
      const user = anyUser()
      const mark = random(known.length + 1)
      const ending = known.filter((each) => each.user === user && each.mark !== undefined && each.mark < mark)
      const spec = [[['_', '_', '_', '_', '_', { mark: '$1' }], [['<', '$1', mark]], [true]]]
      if (random(3) === 0) await end(ending, open().revokeUser(user, { spec }))
    },
    async () => {
      if (random(3) === 0) await crash()
    },
  ]

  for (let crowd = 0; crowd < CROWDS; crowd++) {
    for (const session of known) session.calls = 0
    await Promise.all(Array.from({ length: CALLERS }, () => any(steps)()))
    if (random(3) === 0) await crash()
    const found = new Set<Known>()
    for (const session of known) if (await checkSession(open, session)) found.add(session)
    for (const user of users) {
      const list = await surely(() => open().list(user))
      if (list instanceof EtsError) throw list
      expect(list.length).toBeLessThanOrEqual(MAX_PER_USER)
      const listed = new Set(list.map(({ id }) => id))
      // Those whose answer was lost are in the list alone: nobody has their tokens.
      for (const session of known) {
        if (session.user !== user || (session.isUnsure && !found.has(session))) continue
        expect([seed, crowd, session.id, listed.has(session.id)]).toEqual([
          seed,
          crowd,
          session.id,
          found.has(session),
        ])
      }
    }
  }
  expect(known.length).toBeGreaterThan(5)
}

/** Whether a session is found; holds what is found to what was answered. */
async function checkSession(open: () => Sessions, session: Known): Promise<boolean> {
  const { token, before, told, user } = session
  expect(new Set(told.counted).size).toBe(told.counted.length)
  expect(told.takes).toBeLessThanOrEqual(1)
  for (const old of before) {
    expect(await surely(() => open().get(old))).toMatchObject({ code: 'no_such_session' })
  }
  const view = await surely(() => open().get(token))
  if (view instanceof EtsError) {
    expect(view.code).toBe('no_such_session')
    // Nothing but a call ends a session of nobody; those of users may go by the limit.
    if (user === null) expect([session, session.isEnded || session.isUnsure]).toEqual([session, true])
    return false
  }
  expect([session, false]).toEqual([session, session.isEnded])
  const n = (view.data.n as number | undefined) ?? 0
  expect(n).toBeGreaterThanOrEqual(told.counted.length)
  expect(n).toBeLessThanOrEqual(told.counted.length + told.unsureCounts)
  return true
}

type Outcome<T> = { readonly value: T } | { readonly refusal: EtsError } | undefined

/** What a call answers, `undefined` where there was no answer, or the refusal. */
async function answered<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call }
  } catch (error) {
    const isLost =
      !(error instanceof EtsError) || ['restarting', 'overloaded', 'deadline_exceeded'].includes(error.code)
    return isLost ? undefined : { refusal: error }
  }
}

/** An answer, however often the process ends meanwhile. */
async function surely<T>(call: () => Promise<T>): Promise<T | EtsError> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const outcome = await answered(call())
    if (outcome !== undefined) return 'value' in outcome ? outcome.value : outcome.refusal
  }
  throw new Error('there is no answer')
}

/** Numbers by a seed: mulberry32. */
export function randomBy(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
