/** How fast a process comes back: filled with rows, killed, and asked again. */
import { sleep } from '../../src/cli/sleep.ts'
import { type Spread, spreadOf } from '../spread.ts'
import type { Service } from './service.ts'

export interface ReplayLine {
  readonly rows: number
  /** From the first request on to its answer, as a caller sees it. */
  readonly firstReplyMs: Spread
  /** What the process itself says that rebuilding took. */
  readonly recoveryMs: Spread
  /** Rows a second, of the median. */
  readonly perSecond: number
  /** States of slots that came from the log, beside the rows of pages. */
  readonly changes: number
}

export interface Replay {
  readonly lines: readonly ReplayLine[]
  readonly faults: readonly string[]
}

export const processOfRows = (rows: number): string => `rows-${rows}`
const tableOf = (rows: number): string => `${processOfRows(rows)}.t`

const ROWS_OF_A_FILL = 5000

/** Fills a process with rows of about a hundred bytes, and waits until its journal is at rest. */
export async function fill(service: Service, rows: number): Promise<void> {
  const table = tableOf(rows)
  await service.create(table, 'sync')
  for (let from = 0; from < rows; from += ROWS_OF_A_FILL) {
    await service.ask(`/fill/${table}/${from}/${Math.min(ROWS_OF_A_FILL, rows - from)}`)
  }
  for (let before = -1; ; ) {
    const { pagesWritten } = await service.meter(table)
    if (pagesWritten === before) break
    before = pagesWritten
    await sleep(100)
  }
}

/** Kills the service `rounds` times, and asks each process for a row: the smaller first, by code that is cold. */
export async function measureReplay(
  service: Service,
  sizes: readonly number[],
  rounds: number,
): Promise<Replay> {
  const figures = new Map(
    sizes.map((rows) => [rows, { firstReplyMs: [] as number[], recoveryMs: [] as number[], changes: 0 }]),
  )
  const faults: string[] = []
  for (const rows of sizes) await fill(service, rows)
  for (let round = 0; round < rounds; round++) {
    await service.crash()
    // The isolate is warm enough to answer: what is measured is the process and not the start of workerd.
    await service.ask('/nothing')
    for (const [rows, figure] of figures) {
      const beganMs = performance.now()
      const size = await service.call<number>(tableOf(rows), 'info', 'size')
      figure.firstReplyMs.push(performance.now() - beganMs)
      const { recovery } = await service.describe(processOfRows(rows))
      figure.recoveryMs.push(recovery?.durationMs ?? Number.NaN)
      figure.changes = recovery?.changes ?? 0
      if (size !== rows) faults.push(`of ${rows} rows ${size} came back`)
    }
  }
  const lines = Array.from(figures, ([rows, { firstReplyMs, recoveryMs, changes }]) => {
    const recovery = spreadOf(recoveryMs)
    return {
      rows,
      firstReplyMs: spreadOf(firstReplyMs),
      recoveryMs: recovery,
      perSecond: (1000 * rows) / recovery.median,
      changes,
    }
  })
  return { lines, faults }
}
