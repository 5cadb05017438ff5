/** Measuring contenders by turns: throughput, latencies, processor time, and how many calls of owners were saved. */
import { processorSecondsOf } from '../../src/cli/process-usage.ts'
import type { Service } from '../journal/service.ts'
import { type Spread, spreadOf } from '../spread.ts'
import type { Contender } from './contenders.ts'
import { type Load, nodeLoad } from './load.ts'

export interface Line {
  readonly name: string
  readonly connections: number
  readonly perSecond: Spread
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of workerd, a request; `NaN` where the system does not tell. */
  readonly cpuUs: number
  /** Of all calls, those that no call of an owner was made for, as others travelled with them. */
  readonly savedShare: number
}

interface Figures {
  readonly contender: Contender
  readonly connections: number
  readonly savedShare: number
  readonly perSecond: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
  readonly cpuUs: number[]
}

/** Until the code that a contender runs is compiled. */
const WARM_UP_MS = 1000

/** Measures every contender with every number of connections, one after the other in each round. */
export async function measure(
  service: Service,
  load: Load,
  contenders: readonly Contender[],
  connections: readonly number[],
  rounds: number,
  durationMs: number,
): Promise<Line[]> {
  const figures: Figures[] = []
  for (const count of connections) {
    for (const contender of contenders) {
      const savedShare = await savedBy(service, contender, count)
      figures.push({
        contender,
        connections: count,
        savedShare,
        perSecond: [],
        p50Ms: [],
        p99Ms: [],
        cpuUs: [],
      })
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const each of round % 2 === 0 ? figures : figures.toReversed()) {
      const beganMs = cpuMsOf(service.pid)
      const run = await load.run(service, each.contender, each.connections, durationMs)
      each.cpuUs.push((1000 * (cpuMsOf(service.pid) - beganMs)) / run.answered)
      each.perSecond.push(run.perSecond)
      each.p50Ms.push(run.p50Ms)
      each.p99Ms.push(run.p99Ms)
    }
  }
  return figures.map(({ contender, connections: count, savedShare, perSecond, p50Ms, p99Ms, cpuUs }) => ({
    name: contender.name,
    connections: count,
    perSecond: spreadOf(perSecond),
    p50Ms: spreadOf(p50Ms).median,
    p99Ms: spreadOf(p99Ms).median,
    cpuUs: spreadOf(cpuUs).median,
    savedShare,
  }))
}

/** Warms up, and counts meanwhile how many calls of owners were saved: a client that reads the answers costs more. */
async function savedBy(service: Service, contender: Contender, connections: number): Promise<number> {
  let answered = 0
  let sent = 0
  const reading = nodeLoad((head) => {
    answered++
    // So many calls made one call of the owner: each stands for its part of it.
    sent += 1 / Number(/\r\nets-together: (\d+)/i.exec(head)?.[1] ?? 1)
  })
  await reading.run(service, contender, connections, WARM_UP_MS)
  return 1 - sent / answered
}

/** Processor time of a process so far; nothing to count with where the system does not tell. */
const cpuMsOf = (pid: number): number => 1000 * (processorSecondsOf(pid) || Number.NaN)
