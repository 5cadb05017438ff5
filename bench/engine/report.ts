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
    'Beside `Map`: the growth divided by that of a bare `Map` in the same run. Flat is 1×, logarithmic 1.5× from 10k to 1M.',
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

const GROWING: readonly (readonly [type: Type, verb: Verb, contender: string])[] = [
  ['set', 'lookup', 'Map'],
  ['set', 'lookup', 'ours'],
  ['ordered_set', 'lookup', 'ours'],
  ['set', 'insert', 'Map'],
  ['set', 'insert', 'ours'],
  ['ordered_set', 'insert', 'ours'],
  ['ordered_set', 'insert', 'sorted-btree'],
]

/**
 * How costs grow with tables: by the caches of the machine, which a bare `Map` shows too, and by what is beside that.
 * A cost that is flat has 1 beside the `Map`; a logarithmic one from 10k to 1M rows has 1.5.
 */
function costTable(lines: readonly Line[]): string {
  const sizes = sizesOf(lines)
  const growthOf = (ns: readonly number[]): number => (ns.at(-1) as number) / (ns[0] as number)
  const rows = KEY_KINDS.flatMap((kind) => {
    const nsOf = (type: Type, verb: Verb, contender: string): number[] =>
      sizes.map((size) => medianOf(lines, type, kind, size, verb, contender) ?? Number.NaN)
    return GROWING.map(([type, verb, contender]) => {
      const ns = nsOf(type, verb, contender)
      const growth = growthOf(ns)
      const ofMap = growthOf(nsOf('set', verb, 'Map'))
      const name = contender === 'Map' ? '`Map`' : `\`${type}\`, ${contender}`
      return [`${verb}, ${kind} keys`, name, ...ns.map(figure), times(growth), times(growth / ofMap)]
    })
  })
  return table(['ns', '', ...sizes.map(rowsText), 'growth', 'beside `Map`'], rows)
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
