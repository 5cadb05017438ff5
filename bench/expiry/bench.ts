/**
 * When are rows that ended gone, to readers and from memory, and what does that cost?
 * 1,000,000 rows of about 100 bytes whose deadlines are spread over ten seconds, and the same all at one moment;
 * nobody calls but the one who looks.
 *
 * Run: npm run bench -- expiry [--quick] [--json] [--write]
 */
import workerdPackage from 'workerd/package.json' with { type: 'json' }
import { sleep } from '../../src/cli/sleep.ts'
import type { BenchFlags } from '../main.ts'
import { type Target, table, targetTable } from '../markdown.ts'
import { machineLine, writeSection } from '../results.ts'
import type { Contender } from './contender.ts'
import { deadlineOf, type Lag, type Load, lagOf, type Sample } from './lag.ts'
import { ours } from './ours.ts'
import { redis } from './redis.ts'

interface Line extends Lag {
  readonly contender: string
  readonly load: string
  readonly rows: number
  /** Reads of rows within a second after their deadline, and how many of these were answered with the row. */
  readonly reads: number
  readonly late: number
  readonly alarmsPerThousand: number | undefined
  readonly rowsWrittenPerThousand: number | undefined
}

const ROWS = { full: 1_000_000, quick: 50_000 }
/** Longer than any contender takes to fill, at this many rows a second. */
const FILL_ROWS_PER_SECOND = 15_000
const LOADS = [
  { name: 'over 10 s', spanMs: 10_000 },
  { name: 'at one moment', spanMs: 1 },
]
const SAMPLE_EVERY_MS = 20
const GIVE_UP_AFTER_MS = 60_000

/** Answers whether no ended row was ever seen. */
export async function benchExpiry({ quick, json, write }: BenchFlags): Promise<boolean> {
  const rows = quick ? ROWS.quick : ROWS.full
  const lines: Line[] = []
  for (const start of [ours, redis]) {
    for (const { name, spanMs } of LOADS) {
      const contender = await start()
      if (contender === undefined) continue
      process.stderr.write(`${contender.name}, ${name}\n`)
      try {
        lines.push(await measure(contender, name, rows, spanMs))
      } finally {
        await contender.stop()
      }
    }
  }
  const machine = machineLine([`workerd ${workerdPackage.version}`])
  const text = markdownOf(machine, lines)
  console.log(json ? JSON.stringify({ machine, lines }) : text)
  if (write) writeSection('expiry', text)
  return lines.every(({ late }) => late === 0)
}

async function measure(contender: Contender, name: string, rows: number, spanMs: number): Promise<Line> {
  const fillMs = 1000 + (1000 * rows) / FILL_ROWS_PER_SECOND
  const load: Load = { rows, spanMs, firstMs: Date.now() + Math.ceil(fillMs) }
  await contender.fill(load)
  if (Date.now() > load.firstMs) throw new Error(`${contender.name} took too long to fill`)
  const before = await contender.cost()
  await sleep(load.firstMs - Date.now())
  const { samples, reads, late } = await watched(contender, load)
  const after = await contender.cost()
  const per = (count: number | undefined): number | undefined =>
    count === undefined ? undefined : (1000 * count) / rows
  return {
    contender: contender.name,
    load: name,
    rows,
    ...lagOf(load, samples),
    reads,
    late,
    alarmsPerThousand: per(after && before && since(before.alarmsSet, after.alarmsSet)),
    rowsWrittenPerThousand: per(after && before && since(before.rowsWritten, after.rowsWritten)),
  }
}

/** An object that was away counts from zero again. */
const since = (before: number, after: number): number => (after < before ? after : after - before)

/** Looks until nothing is held any more. */
async function watched(contender: Contender, load: Load) {
  const samples: Sample[] = []
  let reads = 0
  let late = 0
  const untilMs = load.firstMs + load.spanMs + GIVE_UP_AFTER_MS
  for (let held = load.rows; held > 0 && Date.now() < untilMs; await sleep(SAMPLE_EVERY_MS)) {
    held = await contender.held()
    samples.push({ atMs: Date.now(), held })
    // The row whose deadline passed last, and one of up to a second ago.
    const passed =
      Math.min(load.rows, Math.floor(((Date.now() - load.firstMs) / load.spanMs) * load.rows)) - 1
    for (const row of [
      passed,
      passed - Math.floor(Math.random() * Math.min(1, 1000 / load.spanMs) * load.rows),
    ]) {
      if (row < 0 || row >= load.rows || deadlineOf(load, row) > Date.now()) continue
      reads++
      if (await contender.has(row)) late++
    }
  }
  return { samples, reads, late }
}

const MAX_P99_MS = 1000

function markdownOf(machine: string, lines: readonly Line[]): string {
  const own = lines.filter(({ contender }) => contender !== 'Redis')
  const worst = Math.max(...own.map(({ p99Ms }) => p99Ms))
  const late = own.reduce((sum, line) => sum + line.late, 0)
  const targets: Target[] = [
    {
      what: 'rows served after their deadline',
      reach: 'none',
      found: `${late} of ${own.reduce((sum, { reads }) => sum + reads, 0)} reads`,
      isReached: late === 0,
    },
    {
      what: 'memory given back after the deadline, p99',
      reach: `≤ ${MAX_P99_MS} ms`,
      found: `${worst.toFixed(0)} ms`,
      isReached: worst <= MAX_P99_MS,
    },
  ]
  return [
    '## Expiry',
    machine,
    '- One reader over one connection asks how many rows are held, every 20 ms; a lag is up to the sample that shows it.',
    '### Targets',
    targetTable(targets),
    '### Lag',
    table(
      [
        '',
        'rows',
        'deadlines',
        'p50 ms',
        'p99 ms',
        'max ms',
        'late reads',
        'alarms / 1000',
        'rows written / 1000',
      ],
      lines.map((line) => [
        line.contender,
        line.rows.toLocaleString('en'),
        line.load,
        line.p50Ms.toFixed(0),
        line.p99Ms.toFixed(0),
        line.maxMs.toFixed(0),
        `${line.late} of ${line.reads}`,
        line.alarmsPerThousand?.toFixed(3) ?? '–',
        line.rowsWrittenPerThousand?.toFixed(3) ?? '–',
      ]),
    ),
  ].join('\n\n')
}
