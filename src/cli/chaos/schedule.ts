/** When things go wrong: the events of each round, all of them taken from the seed. */
import { FAULTS } from '../../protocol/processes.ts'
import type { Random } from './random.ts'

/** A fault after which a `sync` process has everything it acknowledged; `damage` is one after which it has not. */
export type SurvivableFault = Exclude<(typeof FAULTS)[number], 'damage'>

/**
 * What happens to the service while clients write, `atMs` from the beginning of the round, or when the trouble before
 * it is over.
 */
export type Trouble =
  /** `kill -9` of workerd, and a start on the same folder. */
  | { readonly kind: 'kill'; readonly atMs: number }
  /** The process of the `sync` tables fails once, where `fault` says. */
  | { readonly kind: 'fault'; readonly fault: SurvivableFault; readonly atMs: number }

/** How often each kind of trouble happens in a round. */
export interface TroubleCounts {
  readonly kills: number
  readonly faults: number
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
const SURVIVABLE = FAULTS.filter((fault) => fault !== 'damage')
const TAIL_MS = { min: 300, max: 900 }

export function planRound(random: Random, round: number, { kills, faults }: TroubleCounts): RoundPlan {
  const chance = random.fork(`round ${round}`)
  const atMs = (): number => chance.int(TROUBLE_MS.min, TROUBLE_MS.max)
  const troubles: Trouble[] = []
  for (let i = 0; i < kills; i++) troubles.push({ kind: 'kill', atMs: atMs() })
  for (let i = 0; i < faults; i++) {
    troubles.push({ kind: 'fault', fault: chance.pick(SURVIVABLE), atMs: atMs() })
  }
  return {
    round,
    troubles: troubles.sort((a, b) => a.atMs - b.atMs),
    tailMs: chance.int(TAIL_MS.min, TAIL_MS.max),
  }
}

export const describePlan = ({ round, troubles }: RoundPlan): string =>
  `round ${round}: ${troubles.map(describeTrouble).join(', ') || 'no trouble'}`

const describeTrouble = (trouble: Trouble): string =>
  `${trouble.kind === 'kill' ? 'kill' : trouble.fault} at ${trouble.atMs} ms`
