/** When things go wrong: the events of each round, all of them taken from the seed. */
import type { Random } from './random.ts'

/** What happens to the service while clients write. A new kind of trouble is a new member here. */
export interface Trouble {
  /** `kill`: `kill -9` of workerd, and a start on the same folder. */
  readonly kind: 'kill'
  /** From the beginning of the round. An event waits for the end of the one before. */
  readonly atMs: number
}

export interface RoundPlan {
  /** From 1. */
  readonly round: number
  readonly troubles: readonly Trouble[]
  /** How long the clients go on after the last event, or in all if there is none. */
  readonly tailMs: number
}

/** Early enough to hit the creation of rows, late enough for rows older than the window of `async` tables. */
const TROUBLE_MS = { min: 100, max: 3500 }
const TAIL_MS = { min: 300, max: 900 }

export function planRound(random: Random, round: number, killCount: number): RoundPlan {
  const chance = random.fork(`round ${round}`)
  const troubles = Array.from(
    { length: killCount },
    (): Trouble => ({ kind: 'kill', atMs: chance.int(TROUBLE_MS.min, TROUBLE_MS.max) }),
  )
  return {
    round,
    troubles: troubles.sort((a, b) => a.atMs - b.atMs),
    tailMs: chance.int(TAIL_MS.min, TAIL_MS.max),
  }
}

export const describePlan = ({ round, troubles }: RoundPlan): string =>
  `round ${round}: ${troubles.map(({ kind, atMs }) => `${kind} at ${atMs} ms`).join(', ') || 'no trouble'}`
