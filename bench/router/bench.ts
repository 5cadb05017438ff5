/**
 * What does the way to an owner cost, and what does travelling together save? One workerd; 1, 16, 64 and 256
 * connections; the floors are a Worker that answers at once, and one that makes one call of an object that does nothing.
 *
 * Run: npm run bench -- router [--quick] [--json] [--write]
 *
 * The contenders take turns within each round, and are asked by the same load; see `load.ts`.
 */
import workerdPackage from 'workerd/package.json' with { type: 'json' }
import { type BenchWorker, Service } from '../journal/service.ts'
import type { BenchFlags } from '../main.ts'
import { machineLine, writeSection } from '../results.ts'
import { CONTENDERS, KEYS, readsOf, rowOf } from './contenders.ts'
import { cheapestLoad } from './load.ts'
import { measure } from './measure.ts'
import { markdownOf, type Report } from './report.ts'

const SHARDS = [1, 2, 4, 8]

const WORKER: BenchWorker = {
  main: 'bench/router/worker/worker.ts',
  objects: [{ binding: 'NOTHING', className: 'Nothing' }],
  vars: { PROCESSES: Object.fromEntries(SHARDS.map((shards) => [`over${shards}`, { shards }])) },
}

interface Plan {
  readonly rounds: number
  readonly durationMs: number
  readonly connections: readonly number[]
  readonly sizes: readonly number[]
}

const FULL: Plan = {
  rounds: 5,
  durationMs: 1000,
  connections: [1, 16, 64, 256],
  sizes: [1_000, 10_000, 100_000, 1_000_000],
}
const QUICK: Plan = { rounds: 1, durationMs: 1000, connections: [1, 64], sizes: [1_000, 100_000] }

export async function benchRouter({ quick, json, write }: BenchFlags): Promise<boolean> {
  const plan = quick ? QUICK : FULL
  const load = await cheapestLoad()
  const service = await Service.start(WORKER)
  try {
    await fill(service, 'bench.t', KEYS)
    const lines = await measure(service, load, CONTENDERS, plan.connections, plan.rounds, plan.durationMs)
    process.stderr.write('shards\n')
    for (const shards of SHARDS) await fill(service, `over${shards}.t`, KEYS)
    const shards = await measure(
      service,
      load,
      SHARDS.map((count) => readsOf(String(count), `over${count}.t`)),
      [64],
      plan.rounds,
      plan.durationMs,
    )
    process.stderr.write('sizes\n')
    for (const size of plan.sizes) await fill(service, `size${size}.t`, size)
    const sizes = await measure(
      service,
      load,
      plan.sizes.map((size) => readsOf(size.toLocaleString('en'), `size${size}.t`)),
      [64],
      plan.rounds,
      plan.durationMs,
    )
    const report: Report = {
      machine: machineLine([`workerd ${workerdPackage.version}`]),
      isQuick: quick,
      load: load.name,
      lines,
      shards,
      sizes,
    }
    const text = markdownOf(report)
    console.log(json ? JSON.stringify(report) : text)
    if (write) writeSection('router', text)
    return true
  } finally {
    await service.stop()
  }
}

/** Rows that go into one request: well under a body's limit. */
const ROWS_OF_A_REQUEST = 5_000

async function fill(service: Service, table: string, rows: number): Promise<void> {
  await service.create(table, 'none')
  if (table.startsWith('over')) {
    // Over several shards a list of rows is refused.
    for (let from = 0; from < rows; from++) await service.call(table, 'insert', rowOf(from))
    return
  }
  for (let from = 0; from < rows; from += ROWS_OF_A_REQUEST) {
    const count = Math.min(ROWS_OF_A_REQUEST, rows - from)
    await service.call(
      table,
      'insert_list',
      Array.from({ length: count }, (_, i) => rowOf(from + i)),
    )
  }
}
