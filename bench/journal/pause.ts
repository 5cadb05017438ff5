/** The longest pause that other callers of a process see while a large table of it is checkpointed under load. */
import { sleep } from '../../src/cli/sleep.ts'
import { lasting, loop, quantile } from './callers.ts'
import { processOfRows } from './replay.ts'
import type { Service } from './service.ts'

/** Callers that each write a hundred rows here and there, so that many pages become dirty. */
const WRITERS = 4
/** The log of a million rows holds 32 million characters. */
const MAX_GROWING_MS = 20_000

export interface PauseLine {
  readonly what: string
  readonly reads: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** The longest that a read had to wait, seen from outside. */
  readonly longestMs: number
  /** The longest turn of a caller, seen from inside; the clock there has whole milliseconds. */
  readonly longestTurnMs: number
  /** The longest step of what the process does by itself: checkpoints. */
  readonly longestStepMs: number
  readonly pagesWritten: number
}

/**
 * Reads a small table of the process that holds `rows` rows, one read after the other: at rest, while an object
 * beside it writes as many rows by SQL, and while the large table is written and checkpointed.
 *
 * The second is what the disk and the thread that all objects share do to a reader without any of our code.
 */
export async function measurePause(service: Service, rows: number, durationMs: number): Promise<PauseLine[]> {
  const process = processOfRows(rows)
  await service.create(`${process}.probe`, 'none')
  await service.call(`${process}.probe`, 'insert', ['k', 1])
  const probing = (what: string) => probe(service, process, what, durationMs)
  const atRest = await probing('at rest')
  const beside = await underLoad(service, `/scatter-sql/one/${rows}`, () =>
    probing('SQL upserts in an object beside'),
  )
  const checkpointing = await underLoad(service, `/scatter/${process}.t/${rows}`, async () => {
    await firstCheckpoint(service, `${process}.t`)
    return await probing('writes and checkpoints of the table')
  })
  return [atRest, beside, checkpointing]
}

/** Does `work` while callers write a hundred rows a call. */
async function underLoad<T>(service: Service, path: string, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const load = loop(
    service,
    WRITERS,
    () => isOver,
    (connection, caller, count) => connection.send('GET', `${path}/${count * WRITERS + caller}`),
  )
  try {
    return await work()
  } finally {
    isOver = true
    await load
  }
}

/** The log grows to the size that it may have; only then is there something to checkpoint. */
async function firstCheckpoint(service: Service, table: string): Promise<void> {
  const { pagesWritten } = await service.meter(table)
  const untilMs = performance.now() + MAX_GROWING_MS
  while ((await service.meter(table)).pagesWritten === pagesWritten && performance.now() < untilMs) {
    await sleep(100)
  }
}

async function probe(
  service: Service,
  process: string,
  what: string,
  durationMs: number,
): Promise<PauseLine> {
  const before = await service.meter(`${process}.t`)
  const { latenciesMs } = await loop(service, 1, lasting(durationMs), (connection) =>
    connection.send('GET', `/look/${process}.probe/k`),
  )
  const after = await service.meter(`${process}.t`)
  return {
    what,
    reads: latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    longestMs: latenciesMs.at(-1) ?? Number.NaN,
    longestTurnMs: after.longestTurnMs,
    longestStepMs: after.longestTimerMs,
    pagesWritten: after.pagesWritten - before.pagesWritten,
  }
}
