/** The figures of an overload drill as a table for the terminal. */
import { inMiB, percent, type StepFigures, type Summary } from './findings.ts'
import type { Refusals } from './phase.ts'

/** What the cells of a step are. */
export const CELL_NAMES = [
  'offered/s',
  'not sent/s',
  'goodput/s',
  'of peak',
  'refused',
  'p50 ms',
  'p99 ms',
  'RSS MiB',
  'cores',
] as const

export function reportOf({ name, limit, callers, peak, before, steps, after }: Summary): string[] {
  const rows = steps.map((each) => [`${each.step} ×`, ...cellsOf(each, peak)])
  const all = [['', ...CELL_NAMES], ...rows]
  const widths =
    all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length))) ?? []
  const [last] = steps.slice(-1)
  return [
    `${name} (${limit})`,
    ...all.map((row) => row.map((cell, column) => cell.padStart(widths[column] as number)).join('  ')),
    `  ${callers} callers in a closed loop: ${Math.round(before)}/s before, ${Math.round(after)}/s right after`,
    `  the generator was late by ${Math.round(Math.max(...steps.map(({ lagMs }) => lagMs)))} ms at worst`,
    ...(last?.bystanders ?? []).map(
      ({ name: who, served, refused, p50Ms, p99Ms }) =>
        `  meanwhile ${who}: ${served} served, ${refused} not, p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
    ),
    '',
  ]
}

export const cellsOf = (figures: StepFigures, peak: number): string[] => [
  String(Math.round(figures.offered)),
  String(Math.round(figures.unsent)),
  String(Math.round(figures.goodput)),
  percent(figures.goodput / peak),
  refusalsOf(figures.refused),
  String(Math.round(figures.p50Ms)),
  String(Math.round(figures.p99Ms)),
  String(inMiB(figures.memoryBytes)),
  figures.processors.toFixed(2),
]

const refusalsOf = (refused: Refusals): string =>
  Object.entries(refused)
    .map(([kind, count]) => `${count} × ${kind}`)
    .join(', ') || '0'
