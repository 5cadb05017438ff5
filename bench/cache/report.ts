/** The figures of a run as Markdown, and how they stand to the targets. */
import { KEY_KINDS, type KeyKind } from '../engine/keys.ts'
import { type Target, table, targetTable } from '../markdown.ts'
import { figure, spreadText } from '../spread.ts'
import { PASSES, type Pass } from './contender.ts'
import type { Line } from './rounds.ts'

export interface Report {
  readonly machine: string
  readonly isQuick: boolean
  readonly lines: readonly Line[]
  /** Bytes an entry by contender. */
  readonly heap: Readonly<Record<string, number>>
  readonly heapRows: number
}

const OURS = 'table, lru'
const AGAINST = 'lru-cache'
const MIN_RATIO = 1.2
const MAX_HEAP_RATIO = 1.35

export function markdownOf({ machine, isQuick, lines, heap, heapRows }: Report): string {
  const notes = [
    ...(isQuick ? ['A quick run: few entries, few rounds.'] : []),
    'Each entry has a deadline; tables have `maxRows` and statistics, `lru-cache` has `max` and counts nothing.',
    'Churn gets a key and puts it where it is missing, of twice as many as there is room for.',
    '`lru-cache` and `Map` know a tuple by its JSON text.',
  ]
  return [
    '## Cache',
    machine,
    notes.map((note) => `- ${note}`).join('\n'),
    '### Targets',
    targetTable([...PASSES.map((pass) => speedTarget(lines, pass)), heapTarget(heap)]),
    `### Memory of an entry of 100 bytes, ${heapRows.toLocaleString('en')} entries`,
    heapTable(heap),
    '### Nanoseconds an entry',
    `Median of the rounds (fastest–slowest); the last column is ${AGAINST} ÷ ${OURS} of the same run.`,
    ...KEY_KINDS.map((kind) => `${kind} keys\n\n${lineTable(lines, kind)}`),
  ].join('\n\n')
}

/** A ratio is reached where every size and kind of key reaches it. */
function speedTarget(lines: readonly Line[], pass: Pass): Target {
  const ratios = lines
    .filter((line) => line.pass === pass && line.contender === OURS)
    .map((line) => ratioOf(lines, line))
  const lowest = Math.min(...ratios)
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  const reached = ratios.filter((ratio) => ratio >= MIN_RATIO).length
  return {
    what: `${pass} against \`${AGAINST}\` with ttl`,
    reach: `≥ ${MIN_RATIO}×`,
    found: `mean ${times(mean)}, lowest ${times(lowest)}, ${reached} of ${ratios.length} cells`,
    isReached: reached === ratios.length,
  }
}

function heapTarget(heap: Report['heap']): Target {
  const ratio = (heap['ours, lru'] as number) / (heap.Map as number)
  return {
    what: 'memory of an entry with a deadline, `lru` and statistics against a bare `Map`',
    reach: `≤ ${MAX_HEAP_RATIO}×`,
    found: times(ratio),
    isReached: ratio <= MAX_HEAP_RATIO,
  }
}

const heapTable = (heap: Report['heap']): string =>
  table(
    ['', 'bytes an entry', 'against `Map`'],
    Object.entries(heap).map(([name, bytes]) => [name, figure(bytes), times(bytes / (heap.Map as number))]),
  )

function lineTable(lines: readonly Line[], kind: KeyKind): string {
  const here = lines.filter((line) => line.kind === kind)
  const contenders = [...new Set(here.map(({ contender }) => contender))]
  const rows = [...new Set(here.map(({ size }) => size))].flatMap((size) =>
    PASSES.map((pass) => {
      const cells = contenders.map((name) => {
        const line = here.find((each) => each.size === size && each.pass === pass && each.contender === name)
        return spreadText((line as Line).ns)
      })
      const ours = here.find((each) => each.size === size && each.pass === pass && each.contender === OURS)
      return [size.toLocaleString('en'), pass, ...cells, times(ratioOf(lines, ours as Line))]
    }),
  )
  return table(['entries', 'pass', ...contenders, 'ratio'], rows)
}

/** How many times as long the other contender took for the same as `line`. */
function ratioOf(lines: readonly Line[], { kind, size, pass, ns }: Line): number {
  const other = lines.find(
    (line) => line.contender === AGAINST && line.kind === kind && line.size === size && line.pass === pass,
  ) as Line
  return other.ns.median / ns.median
}

const times = (ratio: number): string => `${ratio.toFixed(2)}×`
