/** Callers in a closed loop: each sends its next request when the last one is answered, until it is over. */
import type { Connection } from './connection.ts'
import type { Service } from './service.ts'

/** One request of a caller: the `count`th of its own. */
export type Send = (connection: Connection, caller: number, count: number) => Promise<{ status: number }>

export interface Run {
  /** Requests that were answered with success; any other answer is an error. */
  readonly answered: number
  readonly perSecond: number
  /** Sorted. */
  readonly latenciesMs: readonly number[]
}

/** Over when `durationMs` have passed, from the first time it is asked on. */
export function lasting(durationMs: number): () => boolean {
  let endMs: number | undefined
  return () => {
    endMs ??= performance.now() + durationMs
    return performance.now() >= endMs
  }
}

/** Lets `callers` callers send until it is over. Errors: an answer that is no success. */
export async function loop(
  service: Service,
  callers: number,
  isOver: () => boolean,
  send: Send,
): Promise<Run> {
  const connections = await Promise.all(Array.from({ length: callers }, () => service.connect()))
  const latenciesMs: number[] = []
  const beganMs = performance.now()
  const work = async (connection: Connection, caller: number): Promise<void> => {
    let nowMs = beganMs
    for (let count = 0; !isOver(); count++) {
      const { status } = await send(connection, caller, count)
      if (status >= 300) throw new Error(`a write was answered with ${status}`)
      const answeredMs = performance.now()
      latenciesMs.push(answeredMs - nowMs)
      nowMs = answeredMs
    }
  }
  try {
    await Promise.all(connections.map(work))
  } finally {
    for (const connection of connections) connection.close()
  }
  const perSecond = (1000 * latenciesMs.length) / (performance.now() - beganMs)
  return { answered: latenciesMs.length, perSecond, latenciesMs: latenciesMs.sort((a, b) => a - b) }
}

/** The value below which a share of sorted values lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
