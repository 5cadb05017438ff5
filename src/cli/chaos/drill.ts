/**
 * A drill: rounds of work and trouble, each verified after the round that follows it, so that what a round wrote
 * has lived through trouble that came later, too. Memory: the histories of two rounds.
 */
import type { JournalMode } from '../../engine/options.ts'
import { createRequest } from './exchange.ts'
import type { Outage, Recorded } from './history.ts'
import { Random } from './random.ts'
import { readBack, runRound } from './round.ts'
import { planRound, type RoundPlan, type TroubleCounts } from './schedule.ts'
import type { Service } from './service.ts'
import { type Findings, verify } from './verify.ts'
import type { Violation } from './violation.ts'
import { allTables, PROCESSES } from './workload.ts'

export interface DrillOptions {
  readonly seed: number
  readonly rounds: number
  /** Of each round. */
  readonly troubles: TroubleCounts
  /** No round begins after this long. */
  readonly limitMs: number
  readonly journals: readonly JournalMode[]
  readonly startService: () => Promise<Service>
  /** Told of each round before it begins. */
  readonly onPlan?: (plan: RoundPlan) => void
  /** Told of each outage of a round when it has ended. */
  readonly onRound?: (plan: RoundPlan, operations: number, outages: readonly Outage[]) => void
}

export interface Figures {
  seed: number
  rounds: number
  kills: number
  faults: number
  /** Logical operations, the reads at the end of each round among them. */
  operations: number
  acknowledged: number
  unknown: number
  retries: number
  replayed: number
  histories: number
  undecided: number
  violations: number
}

export interface DrillResult {
  readonly figures: Readonly<Figures>
  readonly violations: readonly Violation[]
}

/** Found violations that are kept; beyond these they are only counted. */
const MAX_KEPT = 1000

export async function drill(options: DrillOptions): Promise<DrillResult> {
  const service = await options.startService()
  try {
    await createTables(service, options.journals)
    return await runRounds(options, service)
  } finally {
    await service.stop()
  }
}

async function createTables({ send }: Service, journals: readonly JournalMode[]): Promise<void> {
  for (const table of allTables().filter(({ journal }) => journals.includes(journal))) {
    const { status, body } = await send({ ...createRequest(table), timeoutMs: 5000 })
    if (status !== 201) throw new Error(`${table.table} was not created: ${status} ${JSON.stringify(body)}`)
  }
}

/** A drill is not to be held back for the starts that it caused. Tries once: ten starts are let pass without. */
async function forgetStarts({ send }: Service): Promise<void> {
  for (const process of PROCESSES) {
    const path = `/v1/processes/${process}/quarantine`
    await send({ method: 'DELETE', path, timeoutMs: 2000 }).catch(() => {})
  }
}

async function runRounds(options: DrillOptions, service: Service): Promise<DrillResult> {
  const { seed, rounds, troubles, limitMs, journals, onPlan, onRound } = options
  const random = new Random(seed)
  const tally = new Tally(seed)
  const outages: Outage[] = []
  const startMs = performance.now()
  let previous: Recorded[] = []
  for (let round = 1; round <= rounds && performance.now() - startMs < limitMs; round++) {
    const plan = planRound(random, round, troubles)
    await forgetStarts(service)
    onPlan?.(plan)
    const setting = { plan, journals, service, random: random.fork(round), outages }
    const history = await runRound(setting)
    onRound?.(
      plan,
      history.length,
      outages.filter((each) => each.round === round),
    )
    history.push(...(await readBack(history, setting)))
    previous.push(...(await readBack(previous, setting)))
    tally.add(previous, outages)
    tally.figures.rounds = round
    tally.figures.faults += plan.troubles.filter(({ kind }) => kind === 'fault').length
    previous = history
  }
  tally.add(previous, outages)
  tally.figures.kills = outages.length
  return tally
}

/** Adds up what the rounds give. */
class Tally implements DrillResult {
  readonly violations: Violation[] = []
  readonly figures: Figures

  constructor(seed: number) {
    this.figures = {
      seed,
      rounds: 0,
      kills: 0,
      faults: 0,
      operations: 0,
      acknowledged: 0,
      unknown: 0,
      retries: 0,
      replayed: 0,
      histories: 0,
      undecided: 0,
      violations: 0,
    }
  }

  /** Counts and verifies the history of a round. */
  add(history: readonly Recorded[], outages: readonly Outage[]): void {
    for (const { sentMs, outcome } of history) {
      this.figures.operations += 1
      if (outcome.kind === 'acknowledged') this.figures.acknowledged += 1
      else this.figures.unknown += 1
      this.figures.retries += sentMs.length - 1
      if (outcome.kind === 'acknowledged' && outcome.replayed) this.figures.replayed += 1
    }
    this.#addFindings(verify(history, outages))
  }

  #addFindings({ violations, histories, undecided }: Findings): void {
    this.figures.histories += histories
    this.figures.undecided += undecided
    this.figures.violations += violations.length
    this.violations.push(...violations.slice(0, MAX_KEPT - this.violations.length))
  }
}
