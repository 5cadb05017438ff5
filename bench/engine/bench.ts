/**
 * How fast is the engine beside native ETS, `lru-cache`, `sorted-btree` and a bare `Map`, and what does a row
 * weigh?  10k, 100k and 1M rows under strings, integers and tuples, seed 1; ns a row.
 *
 * Run: npm run bench -- engine [--quick] [--json] [--write]
 *
 * The contenders take turns within each round. Every pass gets fresh keys and adds up all that it reads; where
 * two contenders come to different sums, the bench fails.
 */
import type { BenchFlags } from '../main.ts'
import { machineLine, writeSection } from '../results.ts'
import type { Contender } from './contender.ts'
import { bytesPerRow, HEAP_CONTENDERS } from './heap.ts'
import { KEY_KINDS } from './keys.ts'
import { lruCache } from './lru.ts'
import { bareMap } from './map.ts'
import { erlangVersion, nativeEts } from './native.ts'
import { ours, oursWithTtl } from './ours.ts'
import { markdownOf, type Report } from './report.ts'
import { type Dispute, type Line, measure, settingOf } from './rounds.ts'
import { sortedBTree } from './sorted-btree.ts'
import { targetsOf } from './targets.ts'

const TYPES = ['set', 'ordered_set'] as const

interface Plan {
  readonly roundsOf: Readonly<Record<number, number>>
  readonly heapRows: number
}

/** Rounds by size: the shorter a pass, the more of them its median needs. */
const FULL: Plan = { roundsOf: { 10000: 7, 100000: 3, 1000000: 2 }, heapRows: 1_000_000 }
const QUICK: Plan = { roundsOf: { 10000: 5 }, heapRows: 100_000 }
/** Large enough that the ranges of a round are more queries than are kept compiled, as those of large tables are. */
const WARM_UP = { size: 50_000, rounds: 3 }

/** Answers whether the contenders agreed on everything. */
export async function benchEngine({ quick, json, write }: BenchFlags): Promise<boolean> {
  const plan = quick ? QUICK : FULL
  const erlang = erlangVersion()
  const contenders = [
    ours,
    ...(erlang === undefined ? [] : [nativeEts()]),
    bareMap,
    oursWithTtl,
    lruCache,
    sortedBTree,
  ]
  const disputes: Dispute[] = []
  const lines: Line[] = []
  try {
    for (const type of TYPES) {
      await warmUp(contenders, type)
      for (const [size, rounds] of Object.entries(plan.roundsOf)) {
        for (const kind of KEY_KINDS) {
          process.stderr.write(`${type} ${kind} ${size}\n`)
          lines.push(...(await measure(contenders, settingOf(type, kind, Number(size)), rounds, disputes)))
        }
      }
    }
  } finally {
    for (const contender of contenders) contender.close()
  }
  const heap = Object.fromEntries(HEAP_CONTENDERS.map((name) => [name, bytesPerRow(name, plan.heapRows)]))
  const report: Report = {
    machine: machineLine(erlang === undefined ? [] : [erlang]),
    notes: notesOn(erlang, quick),
    targets: targetsOf(lines, (heap.ours as number) / (heap.Map as number)),
    lines,
    heap,
    heapRows: plan.heapRows,
  }
  const text = markdownOf(report)
  console.log(json ? JSON.stringify({ ...report, disputes }) : text)
  if (write) writeSection('engine', text)
  for (const { where, sums } of disputes) console.error(`the contenders disagree on ${where}:`, sums)
  return disputes.length === 0
}

/** Lets every loop see every kind of key before anything counts. */
async function warmUp(contenders: readonly Contender[], type: (typeof TYPES)[number]): Promise<void> {
  for (const kind of KEY_KINDS)
    await measure(contenders, settingOf(type, kind, WARM_UP.size), WARM_UP.rounds, [])
}

function notesOn(erlang: string | undefined, quick: boolean): string[] {
  return [
    ...(erlang === undefined ? ['No `erl` on this machine: the column of native ETS is missing.'] : []),
    ...(quick ? ['A quick run: few rows, few rounds.'] : []),
    '`ours, ttl` against `lru-cache` is the deadline alone; the bench of the cache has bounds and statistics on.',
    '`lru-cache` and `Map` know a tuple by its JSON text; `sorted-btree` compares tuples with `compareTerms`.',
    'A range is 100 rows. ETS reads it by a bound prefix (tuples) or, as it has no ranges, by `next` and `lookup`.',
  ]
}
