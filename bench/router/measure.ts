/** Measuring contenders by turns: throughput, latencies, and how many calls of owners were saved. */
import { lasting, loop, quantile } from '../journal/callers.ts'
import type { Service } from '../journal/service.ts'
import { type Spread, spreadOf } from '../spread.ts'
import type { Contender } from './contenders.ts'

export interface Line {
  readonly name: string
  readonly connections: number
  readonly perSecond: Spread
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of all calls, those that no call of an owner was made for, as others travelled with them. */
  readonly savedShare: number
}

interface Figures {
  readonly contender: Contender
  readonly connections: number
  readonly perSecond: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
  answered: number
  sent: number
}

/** Measures every contender with every number of connections, one after the other in each round. */
export async function measure(
  service: Service,
  contenders: readonly Contender[],
  connections: readonly number[],
  rounds: number,
  durationMs: number,
): Promise<Line[]> {
  const figures: Figures[] = connections.flatMap((count) =>
    contenders.map((contender) => ({
      contender,
      connections: count,
      perSecond: [],
      p50Ms: [],
      p99Ms: [],
      answered: 0,
      sent: 0,
    })),
  )
  for (const contender of contenders) await one(service, contender, 16, 300)
  for (let round = 0; round < rounds; round++) {
    for (const each of round % 2 === 0 ? figures : figures.toReversed()) {
      const run = await one(service, each.contender, each.connections, durationMs)
      each.perSecond.push(run.perSecond)
      each.p50Ms.push(quantile(run.latenciesMs, 0.5))
      each.p99Ms.push(quantile(run.latenciesMs, 0.99))
      each.answered += run.answered
      each.sent += run.sent
    }
  }
  return figures.map(({ contender, connections: count, perSecond, p50Ms, p99Ms, answered, sent }) => ({
    name: contender.name,
    connections: count,
    perSecond: spreadOf(perSecond),
    p50Ms: spreadOf(p50Ms).median,
    p99Ms: spreadOf(p99Ms).median,
    savedShare: 1 - sent / answered,
  }))
}

async function one(service: Service, contender: Contender, connections: number, durationMs: number) {
  let sent = 0
  const run = await loop(service, connections, lasting(durationMs), async (connection, caller, count) => {
    const answer = await contender.send(connection, service, caller * 7919 + count)
    // So many calls made one call of the owner: each stands for its part of it.
    sent += 1 / Number(/\r\nets-together: (\d+)/i.exec(answer.head)?.[1] ?? 1)
    return answer
  })
  return { ...run, sent }
}
