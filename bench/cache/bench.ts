/**
 * How fast is the engine as a cache, with deadlines, a bound and statistics on, beside `lru-cache` with ttl, and what does
 * an entry of 100 bytes weigh?  10k, 100k and 1M entries under strings, integers and tuples, seed 1; ns an entry.
 *
 * Run: npm run bench -- cache [--quick] [--json] [--write]
 *
 * The contenders take turns within each round. Every pass gets fresh keys and adds up all that it reads; where two
 * contenders that evict alike come to different sums, the bench fails.
 */
import { bytesPerRow, type HeapContender } from '../engine/heap.ts'
import { KEY_KINDS } from '../engine/keys.ts'
import type { BenchFlags } from '../main.ts'
import { machineLine, writeSection } from '../results.ts'
import type { Contender } from './contender.ts'
import { lruCache } from './lru.ts'
import { cacheWith, tableWith } from './ours.ts'
import { markdownOf } from './report.ts'
import { type Dispute, type Line, measure } from './rounds.ts'

/** Rounds by size: the shorter a pass, the more of them its median needs. */
const FULL = { roundsOf: { 10000: 9, 100000: 5, 1000000: 3 }, heapRows: 1_000_000 }
const QUICK = { roundsOf: { 10000: 5 }, heapRows: 100_000 }
const WARM_UP = { size: 20_000, rounds: 3 }

const CONTENDERS = [
  tableWith('lru'),
  lruCache,
  cacheWith('lru'),
  tableWith('sieve'),
  tableWith('tinylfu'),
] as Contender[]
const WEIGHED: readonly HeapContender[] = ['ours', 'ours, lru', 'ours, tinylfu', 'Map', 'lru-cache']

/** Answers whether the contenders agreed on everything. */
export async function benchCache({ quick, json, write }: BenchFlags): Promise<boolean> {
  const plan = quick ? QUICK : FULL
  const disputes: Dispute[] = []
  const lines: Line[] = []
  for (const kind of KEY_KINDS) measure(CONTENDERS, kind, WARM_UP.size, WARM_UP.rounds, disputes)
  for (const [size, rounds] of Object.entries(plan.roundsOf)) {
    for (const kind of KEY_KINDS) {
      process.stderr.write(`${kind} ${size}\n`)
      lines.push(...measure(CONTENDERS, kind, Number(size), rounds, disputes))
    }
  }
  const heap = Object.fromEntries(WEIGHED.map((name) => [name, bytesPerRow(name, plan.heapRows)]))
  const report = { machine: machineLine([]), isQuick: quick, lines, heap, heapRows: plan.heapRows }
  const text = markdownOf(report)
  console.log(json ? JSON.stringify({ ...report, disputes }) : text)
  if (write) writeSection('cache', text)
  for (const { where, sums } of disputes) console.error(`the contenders disagree on ${where}:`, sums)
  return disputes.length === 0
}
