/** The figures of a run as Markdown, for the terminal and for RESULTS.md alike. */
import { type Target, table, targetTable } from '../markdown.ts'
import { figure, spreadText } from '../spread.ts'
import type { Type, Verb } from './contender.ts'
import { KEY_KINDS, type KeyKind } from './keys.ts'
import { type Line, verbsOf } from './rounds.ts'
import { ratioTo, times } from './targets.ts'

export interface Report {
  readonly machine: string
  /** What this run could not measure, and what its figures leave out. */
  readonly notes: readonly string[]
  readonly targets: readonly Target[]
  readonly lines: readonly Line[]
  /** Bytes a row by contender. */
  readonly heap: Readonly<Record<string, number>>
  readonly heapRows: number
}

export function markdownOf({ machine, notes, targets, lines, heap, heapRows }: Report): string {
  return [
    '## Engine',
    machine,
    notes.map((note) => `- ${note}`).join('\n'),
    '### Targets',
    targetTable(targets),
    '### Cost by size',
    costTable(lines),
    `### Memory of a row of 100 bytes, ${heapRows.toLocaleString('en')} rows`,
    heapTable(heap),
    '### Nanoseconds a row',
    'Median of the rounds (fastest–slowest); the last column is native ÷ ours of the same run.',
    ...(['set', 'ordered_set'] as const).flatMap((type) =>
      KEY_KINDS.map((kind) => `\`${type}\`, ${kind} keys\n\n${lineTable(lines, type, kind)}`),
    ),
  ].join('\n\n')
}

/** Flat on a set, but for the caches of the machine, which a bare `Map` shows too; logarithmic on an ordered set. */
function costTable(lines: readonly Line[]): string {
  const sizes = sizesOf(lines)
  const rowOf = (type: Type, contender: string): string[] => {
    const ns = sizes.map((size) => medianOf(lines, type, 'integer', size, 'lookup', contender) ?? Number.NaN)
    const growth = (ns.at(-1) as number) / (ns[0] as number)
    return [`\`${type}\`, ${contender}`, ...ns.map((each) => figure(each)), times(growth)]
  }
  const rows = [
    rowOf('set', 'ours'),
    rowOf('set', 'Map'),
    rowOf('ordered_set', 'ours'),
    rowOf('ordered_set', 'sorted-btree'),
  ]
  return table(['lookup of integers, ns', ...sizes.map(rowsText), 'growth'], rows)
}

function heapTable(heap: Report['heap']): string {
  const floor = heap.Map as number
  return table(
    ['', 'bytes a row', 'against `Map`'],
    Object.entries(heap).map(([name, bytes]) => [name, figure(bytes), times(bytes / floor)]),
  )
}

function lineTable(lines: readonly Line[], type: Type, kind: KeyKind): string {
  const here = lines.filter((line) => line.type === type && line.kind === kind)
  const contenders = [...new Set(here.map(({ contender }) => contender))]
  const rows = sizesOf(here).flatMap((size) =>
    verbsOf(type).map((verb) => {
      const cells = contenders.map((name) => {
        const line = find(here, type, kind, size, verb, name)
        return line === undefined ? '' : spreadText(line.ns)
      })
      const ours = find(here, type, kind, size, verb, 'ours')
      const ratio = ours === undefined ? undefined : ratioTo(here, ours, 'native ETS')
      return [rowsText(size), verb, ...cells, ratio === undefined ? '' : times(ratio)]
    }),
  )
  return table(['rows', 'verb', ...contenders, 'ratio'], rows)
}

function find(
  lines: readonly Line[],
  type: Type,
  kind: KeyKind,
  size: number,
  verb: Verb,
  name: string,
): Line | undefined {
  return lines.find(
    (line) =>
      line.type === type &&
      line.kind === kind &&
      line.size === size &&
      line.verb === verb &&
      line.contender === name,
  )
}

const medianOf = (...place: Parameters<typeof find>): number | undefined => find(...place)?.ns.median

const sizesOf = (lines: readonly Line[]): number[] =>
  [...new Set(lines.map(({ size }) => size))].sort((a, b) => a - b)

const rowsText = (size: number): string => (size < 1_000_000 ? `${size / 1_000}k` : `${size / 1_000_000}M`)
