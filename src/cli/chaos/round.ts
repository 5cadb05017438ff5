/** One round: clients write and read while the planned trouble happens, until all of them have their outcomes. */

import type { JournalMode } from '../../engine/options.ts'
import { sleep } from '../sleep.ts'
import { perform } from './client.ts'
import { type Outage, READER, type Recorded, type Target, targetId } from './history.ts'
import type { Random } from './random.ts'
import type { RoundPlan } from './schedule.ts'
import type { Service } from './service.ts'
import { Workload } from './workload.ts'

const CLIENTS = 8
/** Of one client in one round; a client that reaches it is done. */
const MAX_OPERATIONS = 600
const PAUSE_MS = { min: 0, max: 8 }
/** Now and then a client sends several operations at once, so that the journal has something to group. */
const BURST = { probability: 0.04, operations: 8 }

export interface RoundSetting {
  readonly plan: RoundPlan
  readonly journals: readonly JournalMode[]
  readonly service: Service
  readonly random: Random
  /** Of the whole drill; this round adds its own. */
  readonly outages: Outage[]
}

export async function runRound(setting: RoundSetting): Promise<Recorded[]> {
  const history: Recorded[] = []
  const ending = new AbortController()
  const clients = Array.from({ length: CLIENTS }, (_, i) => runClient(i + 1, setting, ending.signal, history))
  try {
    await makeTrouble(setting)
  } finally {
    ending.abort()
    await Promise.all(clients)
  }
  return history
}

async function runClient(
  client: number,
  { plan: { round }, journals, service, random, outages }: RoundSetting,
  ending: AbortSignal,
  history: Recorded[],
): Promise<void> {
  const workload = new Workload(random, { round, journals }, client)
  const pace = random.fork(`pace ${client}`)
  let n = 0
  const performNext = async (): Promise<void> => {
    const operation = workload.operation(++n, outages.length)
    history.push(await perform(operation, service.send, random.fork(operation.idempotencyKey)))
  }
  while (n < MAX_OPERATIONS && !ending.aborted) {
    const count = pace.chance(BURST.probability) ? BURST.operations : 1
    await Promise.all(Array.from({ length: count }, performNext))
    await sleep(pace.int(PAUSE_MS.min, PAUSE_MS.max))
  }
}

async function makeTrouble({ plan, service, outages }: RoundSetting): Promise<void> {
  const startMs = performance.now()
  for (const trouble of plan.troubles) {
    await sleep(Math.max(0, startMs + trouble.atMs - performance.now()))
    const outage = await service.suffer(trouble)
    if (outage !== undefined) outages.push({ ...outage, round: plan.round })
  }
  await sleep(plan.tailMs)
}

/** Reads every key of a history once more. */
export async function readBack(
  history: readonly Recorded[],
  { service, random }: Pick<RoundSetting, 'service' | 'random'>,
): Promise<Recorded[]> {
  const targets = new Map<string, Target>(history.map(({ target }) => [targetId(target), target]))
  const reads: Recorded[] = []
  for (const target of targets.values()) {
    const read = {
      client: READER,
      target,
      action: { kind: 'read' },
      idempotencyKey: '',
      manner: 'steady',
    } as const
    reads.push(await perform(read, service.send, random.fork(`read back ${targetId(target)}`)))
  }
  return reads
}
