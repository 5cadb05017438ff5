/** What an overload drill has found: figures of its rounds together, and each promise that was not kept. */
import { median } from '../median.ts'
import type { Course, Line } from './drill.ts'
import type { Refusals } from './phase.ts'

/** The figures of a step over its rounds. */
export interface StepFigures {
  readonly step: number
  /** A second, medians of the rounds. */
  readonly offered: number
  readonly unsent: number
  readonly goodput: number
  readonly refusedPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of a second, the part in which the service had a processor, and what it served with one a second. */
  readonly processors: number
  readonly servedAProcessorSecond: number
  /** At worst. */
  readonly memoryBytes: number
  readonly lagMs: number
  /** All rounds together. */
  readonly refused: Refusals
  readonly broken: Refusals
  readonly bystanders: readonly BystanderFigures[]
}

export interface BystanderFigures {
  readonly name: string
  readonly served: number
  readonly refused: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Summary {
  readonly name: string
  readonly limit: string
  readonly isFloor: boolean
  readonly callers: number
  /** The most that was served a second, before the steps or at any of them. */
  readonly peak: number
  readonly before: number
  readonly steps: readonly StepFigures[]
  readonly after: number
  /** Goodput at the last step, against the peak. */
  readonly kept: Share
  /** Goodput at capacity right after the steps, against that right before them. */
  readonly recovered: Share
}

/** A part of what was served before. */
export interface Share {
  readonly aSecond: number
  /** Of what was served with a second of a processor: the same, but where others take the machine's. */
  readonly aProcessorSecond: number
}

/** workerd with these tables takes half of it; beyond that something grows with what is offered. */
export const MAX_MEMORY_BYTES = 768 * 1024 * 1024

export interface Bounds {
  /**
   * Of the peak, what is served at the last step, and of the capacity, what is served after it, by either measure; less
   * where the runtime itself does less, whose share the floor tells.
   */
  readonly minShare: number
  readonly maxMemoryBytes: number
}

export function summaryOf({ mix, callers, rounds }: Course, steps: readonly number[]): Summary {
  const figures = steps.map((step, i) =>
    stepOf(
      step,
      rounds.map((round) => round.steps[i] as Line),
    ),
  )
  const before = median(rounds.map((round) => round.before.goodput))
  const after = median(rounds.map((round) => round.after.goodput))
  const peak = Math.max(before, ...figures.map(({ goodput }) => goodput))
  const last = figures.at(-1) as StepFigures
  const usual = median(rounds.map((round) => servedAProcessorSecond(round.before)))
  const parts = (of: (line: Line) => number): number =>
    median(rounds.map((round) => partOf(of(round.after), of(round.before))))
  return {
    ...mix,
    callers,
    peak,
    before,
    steps: figures,
    after,
    kept: {
      aSecond: partOf(last.goodput, peak),
      aProcessorSecond: partOf(last.servedAProcessorSecond, usual),
    },
    recovered: { aSecond: parts((line) => line.goodput), aProcessorSecond: parts(servedAProcessorSecond) },
  }
}

/** Nothing where there is nothing to compare with: not every system tells of processors. */
const partOf = (served: number, before: number): number => (before > 0 ? served / before : 0)

const servedAProcessorSecond = ({ served, processorSeconds }: Line): number =>
  processorSeconds > 0 ? served / processorSeconds : 0

function stepOf(step: number, lines: readonly Line[]): StepFigures {
  const of = (figure: (line: Line) => number): number => median(lines.map(figure))
  const most = (figure: (line: Line) => number): number => Math.max(...lines.map(figure))
  const aSecond = (line: Line, count: number): number => (1000 * count) / line.durationMs
  return {
    step,
    offered: of((line) => aSecond(line, line.offered)),
    unsent: of((line) => aSecond(line, line.unsent)),
    goodput: of((line) => line.goodput),
    refusedPerSecond: of((line) => aSecond(line, sum(Object.values(line.refused)))),
    p50Ms: of((line) => line.p50Ms),
    p99Ms: of((line) => line.p99Ms),
    processors: of((line) => line.processorSeconds / line.seconds),
    servedAProcessorSecond: of(servedAProcessorSecond),
    memoryBytes: most((line) => line.memoryBytes),
    lagMs: most((line) => line.lagMs),
    refused: together(lines.map(({ refused }) => refused)),
    broken: together(lines.map(({ broken }) => broken)),
    bystanders: (lines[0]?.bystanders ?? []).map(({ name }, i) => {
      const each = lines.map((line) => line.bystanders[i] as Line['bystanders'][number])
      return {
        name,
        served: sum(each.map(({ served }) => served)),
        refused: sum(
          each.flatMap(({ refused, broken }) => [...Object.values(refused), ...Object.values(broken)]),
        ),
        p50Ms: median(each.map(({ p50Ms }) => p50Ms)),
        p99Ms: median(each.map(({ p99Ms }) => p99Ms)),
      }
    }),
  }
}

/** Every promise that was not kept, a sentence each. */
export function findingsOf(
  courses: readonly Course[],
  summaries: readonly Summary[],
  bounds: Bounds,
): string[] {
  const findings: string[] = []
  for (const { mix, rounds } of courses) {
    const lines = rounds.flatMap(({ before, steps, after }) => [before, ...steps, after])
    const tallies = lines.flatMap((line) => [line, ...line.bystanders])
    for (const [kind, count] of Object.entries(together(tallies.map(({ refused }) => refused)))) {
      if (!IS_HONEST.test(kind)) findings.push(`${mix.name}: ${count} answers were ${kind}`)
    }
    for (const [kind, count] of Object.entries(together(tallies.map(({ broken }) => broken)))) {
      findings.push(`${mix.name}: ${count} requests were not answered (${kind})`)
    }
    const memory = Math.max(...lines.map(({ memoryBytes }) => memoryBytes))
    if (memory > bounds.maxMemoryBytes) findings.push(`${mix.name}: workerd took ${inMiB(memory)} MiB`)
  }
  const floor = summaries.find(({ isFloor }) => isFloor)
  for (const { name, kept, recovered, steps, isFloor } of summaries) {
    if (isFloor) continue
    const last = steps.at(-1) as StepFigures
    if (isLess(kept, bounds, floor?.kept))
      findings.push(`${name}: at ${last.step} × the capacity ${textOf(kept)} of the peak was served`)
    if (isLess(recovered, bounds, floor?.recovered)) {
      findings.push(`${name}: behind the overload ${textOf(recovered)} of the capacity was served`)
    }
    for (const { name: who, refused } of steps.flatMap(({ bystanders }) => bystanders)) {
      if (refused > 0) findings.push(`${name}: ${who} was refused ${refused} times`)
    }
  }
  return findings
}

/** By either measure, and against the same one of the floor. */
const isLess = (share: Share, { minShare }: Bounds, floor: Share = ALL): boolean =>
  (['aSecond', 'aProcessorSecond'] as const).every(
    (of) => share[of] === 0 || share[of] < minShare * Math.min(1, floor[of]),
  )

const ALL: Share = { aSecond: 1, aProcessorSecond: 1 }

/** `92 % (95 % a processor second)` */
export const textOf = ({ aSecond, aProcessorSecond }: Share): string =>
  `${percent(aSecond)} (${percent(aProcessorSecond)} a processor second)`

/** A refusal that says that the service is busy, and for how long. */
export const IS_HONEST = /^(503|429) \w+$/

const together = (all: readonly Refusals[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const each of all) {
    for (const [kind, count] of Object.entries(each)) counts[kind] = (counts[kind] ?? 0) + count
  }
  return counts
}

export const inMiB = (bytes: number): number => Math.round(bytes / 2 ** 20)
export const percent = (share: number): string => `${Math.round(100 * share)} %`

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
