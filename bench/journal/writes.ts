/** What a write costs: operations a second, latencies and rows written, for each contender and number of callers. */
import { sleep } from '../../src/cli/sleep.ts'
import { type Spread, spreadOf } from '../spread.ts'
import { lasting, loop, quantile, type Send } from './callers.ts'
import { CALLERS, CONTENDERS, type Contender } from './contenders.ts'
import { type DrivenLine, measureDriven } from './driven.ts'
import type { Service } from './service.ts'

/** Rows that a caller writes by turns. */
const KEYS_OF_A_CALLER = 64
/** Longer than an `async` table waits before it writes: those rows belong to the run too. */
const FLUSHED_AFTER_MS = 400

export interface WriteLine {
  readonly contender: string
  readonly callers: number
  readonly perSecond: Spread
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rowsPerThousand: number | undefined
}

export interface Writes {
  readonly lines: readonly WriteLine[]
  /** By callers within the Worker. */
  readonly driven: readonly DrivenLine[]
  /** How many rows more or fewer SQLite counts than the cursors, of each thousand, at worst. */
  readonly meterDifference: number
  /** What does not agree with what was acknowledged. */
  readonly faults: readonly string[]
}

interface Figures {
  readonly contender: Contender
  readonly callers: number
  readonly perSecond: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
  answered: number
  written: number
  changed: number
}

/** Measures all contenders round by round, one after the other in each. */
export async function measureWrites(service: Service, rounds: number, durationMs: number): Promise<Writes> {
  const figures: Figures[] = CALLERS.flatMap((callers) =>
    CONTENDERS.map((contender) => ({
      contender,
      callers,
      perSecond: [],
      p50Ms: [],
      p99Ms: [],
      answered: 0,
      written: 0,
      changed: 0,
    })),
  )
  const kept = new Map(CONTENDERS.map(({ name }) => [name, new Map<string, number>()]))
  for (const { table } of CONTENDERS) if (table !== undefined) await service.create(table.name, table.journal)
  for (const { contender } of figures) await loop(service, 16, lasting(100), sendTo(service, contender, kept))
  for (let round = 0; round < rounds; round++) {
    for (const each of round % 2 === 0 ? figures : figures.toReversed()) {
      await measureOne(service, each, durationMs, sendTo(service, each.contender, kept))
    }
  }
  const driven = await measureDriven(service, 2 * rounds, kept)
  // The tables are asked again behind a crash: what was acknowledged must be on disk, not only in memory.
  await service.crash()
  const faults: string[] = []
  for (const contender of CONTENDERS) {
    faults.push(...(await faultsOf(service, contender, kept.get(contender.name) as Map<string, number>)))
  }
  const counted = figures.filter(({ written }) => written > 0)
  return {
    lines: figures.map(lineOf),
    driven,
    meterDifference: Math.max(
      ...counted.map(({ written, changed }) => (1000 * Math.abs(changed - written)) / written),
    ),
    faults,
  }
}

/** Sends writes and keeps the number of the last that was acknowledged, by key. */
function sendTo(service: Service, contender: Contender, kept: Map<string, Map<string, number>>): Send {
  const acknowledged = kept.get(contender.name) as Map<string, number>
  return async (connection, caller, count) => {
    const key = `c${caller}.${count % KEYS_OF_A_CALLER}`
    const number = (acknowledged.get(key) ?? 0) + 1
    const path = contender.path(key, number)
    const answer = contender.isHttp
      ? await connection.send('PUT', path, service.authorization, rowText(key, number))
      : await connection.send('GET', path)
    if (answer.status === 200) acknowledged.set(key, number)
    return answer
  }
}

const FILLER = 'x'.repeat(90)
const rowText = (key: string, number: number): string =>
  JSON.stringify([key, `${number}.${FILLER}`.slice(0, 100)])

async function measureOne(service: Service, figures: Figures, durationMs: number, send: Send): Promise<void> {
  const { meter } = figures.contender
  const before = meter === undefined ? undefined : await service.meter(meter)
  const run = await loop(service, figures.callers, lasting(durationMs), send)
  figures.perSecond.push(run.perSecond)
  figures.p50Ms.push(quantile(run.latenciesMs, 0.5))
  figures.p99Ms.push(quantile(run.latenciesMs, 0.99))
  if (meter === undefined || before === undefined) return
  if (figures.contender.table?.journal === 'async') await sleep(FLUSHED_AFTER_MS)
  const after = await service.meter(meter)
  figures.answered += run.answered
  figures.written += after.written - before.written
  figures.changed += after.changed - before.changed
}

const lineOf = ({ contender, callers, perSecond, p50Ms, p99Ms, answered, written }: Figures): WriteLine => ({
  contender: contender.name,
  callers,
  perSecond: spreadOf(perSecond),
  p50Ms: spreadOf(p50Ms).median,
  p99Ms: spreadOf(p99Ms).median,
  rowsPerThousand: contender.meter === undefined ? undefined : (1000 * written) / answered,
})

/** Where a contender does not hold exactly the last value that it acknowledged under each key. */
async function faultsOf(
  service: Service,
  { name, meter, table }: Contender,
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  if (meter === undefined) return []
  const rows =
    table === undefined
      ? await service.askJson<[string, string][]>(`/rows/${meter}`)
      : await service.call<[string, string][]>(table.name, 'tab2list')
  const wrong = rows.filter(([key, value]) => Number(value.split('.')[0]) !== acknowledged.get(key))
  if (wrong.length === 0 && rows.length === acknowledged.size) return []
  return [
    `${name} holds ${rows.length} rows of ${acknowledged.size}, ${wrong.length} of them not as acknowledged`,
  ]
}
