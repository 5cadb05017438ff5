/** Puts the figures of an overload drill into RESULTS.md, and its plot beside it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import workerdPackage from 'workerd/package.json' with { type: 'json' }
import type { Plan } from '../../src/cli/overload/drill.ts'
import {
  IS_HONEST,
  inMiB,
  MAX_MEMORY_BYTES,
  percent,
  type Share,
  type Summary,
  textOf,
} from '../../src/cli/overload/findings.ts'
import { CELL_NAMES, cellsOf } from '../../src/cli/overload/report.ts'
import { type Target, table, targetTable } from '../markdown.ts'
import { machineLine, writeSection } from '../results.ts'
import { plotOf } from './plot.ts'

const PLOT = 'overload.svg'
/** What the design wants. */
const MIN_SHARE = 0.9

export interface OverloadReport {
  readonly plan: Plan
  readonly summaries: readonly Summary[]
  readonly findings: readonly string[]
}

export function writeOverload(report: OverloadReport): void {
  writeFileSync(join(import.meta.dirname, '..', PLOT), plotOf(report.summaries, MIN_SHARE))
  writeSection('overload', markdownOf(report))
}

function markdownOf({ plan, summaries, findings }: OverloadReport): string {
  const { inFlight, rounds, stepMs } = plan
  return [
    '## Overload',
    machineLine([`workerd ${workerdPackage.version}`]),
    [
      `Arrivals come at multiples of the capacity whatever becomes of them, ${stepMs / 1000} s a step, medians of ` +
        `${rounds} rounds; at most ${inFlight} are under way, those beyond are counted as not sent. The capacity is what ` +
        'callers get who wait for their answers.',
      'Generator and service share the two cores, and in the local runtime the Worker and all objects share one thread: ' +
        'a refusal takes from the same processor as an answer, about half as much. On the platform they do not.',
      'Latencies are of what was served, from the moment it was due. `cores` is the part of a processor that the service ' +
        'had; where others took it, what was served a processor second says more.',
      'The floor is `/healthz`, which asks for nothing. With many connections the runtime serves less of it, too, and does ' +
        'not take them in turn: as a bystander it waits as long as the others do.',
    ]
      .map((note) => `- ${note}`)
      .join('\n'),
    `![Goodput under overload](${PLOT})`,
    '### Targets',
    targetTable(targetsOf(summaries)),
    floorText(summaries),
    `Promises not kept: ${findings.length === 0 ? 'none' : findings.join('; ')}.`,
    ...summaries.flatMap(sectionOf),
  ].join('\n\n')
}

function targetsOf(summaries: readonly Summary[]): Target[] {
  const steps = summaries.flatMap((each) => each.steps)
  const kinds = [...new Set(steps.flatMap(({ refused, broken }) => Object.keys({ ...refused, ...broken })))]
  const memory = Math.max(...steps.map(({ memoryBytes }) => memoryBytes))
  return [
    ...summaries
      .filter(({ isFloor }) => !isFloor)
      .flatMap(({ name, steps: own, kept, recovered }) => [
        shareTarget(`${name}: goodput at ${own.at(-1)?.step} × the capacity, of the peak`, kept),
        shareTarget(`${name}: goodput at the capacity right after, of that before`, recovered),
      ]),
    {
      what: 'refusals',
      reach: '503 or 429, with `Retry-After`',
      found: kinds.join(', ') || 'none',
      isReached: kinds.every((kind) => IS_HONEST.test(kind)),
    },
    {
      what: 'memory of workerd, at most',
      reach: `≤ ${inMiB(MAX_MEMORY_BYTES)} MiB`,
      found: `${inMiB(memory)} MiB`,
      isReached: memory <= MAX_MEMORY_BYTES,
    },
  ]
}

const shareTarget = (what: string, share: Share): Target => ({
  what,
  reach: `≥ ${percent(MIN_SHARE)}`,
  found: textOf(share),
  isReached: share.aSecond >= MIN_SHARE,
})

/** What the runtime keeps by itself. */
const floorText = (summaries: readonly Summary[]): string =>
  summaries
    .filter(({ isFloor }) => isFloor)
    .map(
      ({ kept, recovered }) => `The floor keeps ${textOf(kept)}, and has ${textOf(recovered)} right after.`,
    )
    .join('')

function sectionOf({ name, limit, callers, peak, before, after, steps }: Summary): string[] {
  const lagMs = Math.max(...steps.map((each) => each.lagMs))
  const bystanders = steps.at(-1)?.bystanders ?? []
  return [
    `### ${name[0]?.toUpperCase()}${name.slice(1)}`,
    `${limit}. ${callers} callers in a closed loop get ${Math.round(before)} a second before the steps, and ` +
      `${Math.round(after)} right after. The generator was late by ${Math.round(lagMs)} ms at worst.`,
    table(
      ['', ...CELL_NAMES],
      steps.map((each) => [`${each.step} ×`, ...cellsOf(each, peak)]),
    ),
    ...(bystanders.length === 0
      ? []
      : [
          'Who asks for something else meanwhile, one request after the other, at the last step:',
          table(
            ['', 'served', 'not', 'p50 ms', 'p99 ms'],
            bystanders.map(({ name: who, served, refused, p50Ms, p99Ms }) => [
              who,
              ...[served, refused, p50Ms, p99Ms].map((each) => String(Math.round(each))),
            ]),
          ),
        ]),
  ]
}
