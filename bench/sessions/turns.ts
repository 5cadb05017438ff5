/**
 * What do the verbs of sessions cost the owner, its journal included, and how long is the longest turn of a user with
 * ten thousand sessions? In one process of Node, records in memory.
 */
import { type Spread, spreadOf } from '../spread.ts'
import { BenchOwner, hash, id } from './an-owner.ts'

export interface TurnLine {
  readonly what: string
  readonly nanoseconds: Spread
}

export interface PauseLine {
  readonly what: string
  readonly sessions: number
  /** How many turns it takes. */
  readonly turns: number
  /** The longest turn of each round, in time that its thread had: what else the machine does is no part of it. */
  readonly longestMs: Spread
  /** The same by the clock on the wall. */
  readonly longestWallMs: Spread
  /** All turns of a round, in time of the thread. */
  readonly wholeMs: Spread
}

export interface TouchLine {
  readonly preset: string
  /** Of a session that is read once a second. */
  readonly rowsPerThousandReads: number
}

/** Some users with some sessions each, as a service has them. */
const USERS = 1_000

export async function measureTurns(rounds: number, calls: number): Promise<TurnLine[]> {
  const owner = new BenchOwner({ maxPerUser: 10 })
  let made = 0
  const login = (user: number) => {
    made++
    return owner.run('create', id(made), hash(made), { user: `user-${user}`, data: DATA }, ORIGIN)
  }
  for (let i = 0; i < 3 * USERS; i++) await login(i % USERS)
  const first = made - USERS + 1
  const contenders: readonly [string, (i: number) => Promise<unknown>][] = [
    ['nothing', () => owner.runNothing()],
    ['get', (i) => owner.run('get', hash(first + (i % USERS)))],
    ['patch of two fields', (i) => owner.run('patch', hash(first + (i % USERS)), PATCH)],
    ['list of a user', (i) => owner.run('list', `user-${i % USERS}`, {})],
    // Ten each at the most: most of these end the oldest.
    ['login at the limit', (i) => login(i % 50)],
    ['unknown token', (i) => owner.run('get', hash(1e9 + i))],
  ]
  const figures = new Map(contenders.map(([what]) => [what, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const [what, call] of contenders) {
      owner.nowMs += 10
      const beganMs = performance.now()
      for (let i = 0; i < calls; i++) await call(i)
      // The first round is for the compiler.
      if (round > 0) figures.get(what)?.push((1e6 * (performance.now() - beganMs)) / calls)
    }
  }
  return [...figures].map(([what, each]) => ({ what, nanoseconds: spreadOf(each) }))
}

const DATA = { cart: ['a', 'b'], theme: 'dark', visits: 1 }
const PATCH = { set: { theme: 'light' }, increment: { visits: 1 } }
const ORIGIN = {
  network: '203.0.113.0/24',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
}

interface Figures {
  turns: number
  readonly longestMs: number[]
  readonly longestWallMs: number[]
  readonly wholeMs: number[]
}

/** One turn, behind the place where the one before ended; it answers where the next begins. */
type Turn = (after: object) => Promise<{ readonly next?: object | null }>

/** Turns of a user with many sessions, each time with as many. */
export async function measurePauses(rounds: number, sessions: number): Promise<PauseLine[]> {
  const figures = new Map<string, Figures>()
  for (let round = 0; round < rounds; round++) {
    const time = async (what: string, turn: Turn): Promise<void> => {
      const of = figures.get(what) ?? { turns: 0, longestMs: [], longestWallMs: [], wholeMs: [] }
      figures.set(what, of)
      // What was made before is not this turn's to clear away.
      globalThis.gc?.()
      const turnsMs: number[] = []
      const wallMs: number[] = []
      for (let after: object | null = {}; after !== null; ) {
        const [beganMs, hadMs] = [performance.now(), threadMs()]
        const { next } = await turn(after)
        turnsMs.push(threadMs() - hadMs)
        wallMs.push(performance.now() - beganMs)
        after = next ? { after: next } : null
      }
      of.turns = turnsMs.length
      of.longestMs.push(Math.max(...turnsMs))
      of.longestWallMs.push(Math.max(...wallMs))
      of.wholeMs.push(turnsMs.reduce((sum, ms) => sum + ms))
    }
    const { owner, login } = await aCrowd(sessions)
    await time('login at the limit', () => login())
    await time('list', (after) => owner.run('list', 'ada', after))
    await time('revoke all but this', () => owner.run('revoke_user', 'ada', { own: hash(sessions) }, {}))
    await time('login after that', () => login())
    const other = await aCrowd(sessions)
    await time('revoke all', () => other.owner.run('revoke_user', 'ada', {}, {}))
    const third = await aCrowd(sessions)
    const spec = [[['_', '_', '_', '_', '_', { visits: 1 }], [], [true]]]
    await time('revoke all by a match specification', (after) =>
      third.owner.run('revoke_user', 'ada', { spec, ...after }, {}),
    )
  }
  return [...figures].map(([what, { turns, longestMs, longestWallMs, wholeMs }]) => ({
    what,
    sessions,
    turns,
    longestMs: spreadOf(longestMs),
    longestWallMs: spreadOf(longestWallMs),
    wholeMs: spreadOf(wholeMs),
  }))
}

/** Time that this thread has had of a processor. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function aCrowd(sessions: number) {
  const owner = new BenchOwner({ maxPerUser: 10_000 })
  let made = 0
  const login = () => {
    made++
    return owner.run<object>('create', id(made), hash(made), { user: 'ada', data: DATA }, ORIGIN)
  }
  while (made < sessions) await login()
  return { owner, login }
}

/** Log rows that reads write, of one session that is read once a second. */
export async function measureTouches(): Promise<TouchLine[]> {
  const lines: TouchLine[] = []
  for (const preset of ['aal1', 'aal2', 'aal3'] as const) {
    const owner = new BenchOwner({ preset })
    await owner.run('create', id(1), hash(1), {}, {})
    const before = owner.written
    for (let i = 0; i < 1000; i++) {
      owner.nowMs += 1000
      if ((await owner.run('get', hash(1))) === null) throw new Error('the session ended')
    }
    lines.push({ preset, rowsPerThousandReads: owner.written - before })
  }
  return lines
}
