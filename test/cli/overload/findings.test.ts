import { expect, it } from 'vitest'
import { plotOf } from '../../../bench/overload/plot.ts'
import type { Course, Line } from '../../../src/cli/overload/drill.ts'
import { findingsOf, summaryOf } from '../../../src/cli/overload/findings.ts'
import { reportOf } from '../../../src/cli/overload/report.ts'

const STEPS = [1, 10]
const BOUNDS = { minShare: 0.9, maxMemoryBytes: 500 }

const line = (goodput: number, more: Partial<Line> = {}): Line => ({
  durationMs: 1000,
  offered: 1000,
  unsent: 100,
  goodput,
  served: goodput,
  refused: {},
  broken: {},
  p50Ms: 2,
  p99Ms: 20,
  bystanders: [],
  lagMs: 1,
  memoryBytes: 400,
  processorSeconds: 1,
  seconds: 1,
  ...more,
})

const course = (last: Line, after = line(1000)): Course => ({
  mix: { name: 'reads', limit: 'a test', isFloor: false },
  callers: 64,
  capacity: 1000,
  rounds: [1, 2, 3].map(() => ({ before: line(1000), steps: [line(990), last], after })),
})

function found(last: Line, after?: Line): string[] {
  const courses = [course(last, after)]
  return findingsOf(
    courses,
    courses.map((each) => summaryOf(each, STEPS)),
    BOUNDS,
  )
}

const BLIND = { processorSeconds: 0 }
const calm = { name: 'calm', served: 9, refused: {}, broken: {}, p50Ms: 1, p99Ms: 1 }

it('[OVL2] refusals that say how long to wait are no finding', () => {
  expect(found(line(950, { refused: { '503 overloaded': 7, '429 rate_limited': 1 } }))).toEqual([])
})

it.each([
  ['500 internal', { refused: { '500 internal': 2 } }, 'reads: 6 answers were 500 internal'],
  [
    'a 503 without Retry-After',
    { refused: { '503 moved without Retry-After': 1 } },
    'reads: 3 answers were 503 moved without Retry-After',
  ],
  [
    'a late answer',
    { refused: { '504 deadline_exceeded': 1 } },
    'reads: 3 answers were 504 deadline_exceeded',
  ],
  ['no answer', { broken: { closed: 1 } }, 'reads: 3 requests were not answered (closed)'],
  ['too much memory', { memoryBytes: 2 ** 20 }, 'reads: workerd took 1 MiB'],
  [
    'a bystander that is refused',
    { bystanders: [{ ...calm, refused: { '503 overloaded': 1 } }] },
    'reads: calm was refused 3 times',
  ],
])('[OVL3] %s is a finding', (_, more, sentence) => {
  expect(found(line(950, more))).toEqual([sentence])
})

it('[OVL3] goodput that collapses, and that does not come back, are findings, unless the machine was busy elsewhere', () => {
  expect(found(line(500))).toEqual([
    'reads: at 10 × the capacity 50 % (50 % a processor second) of the peak was served',
  ])
  expect(found(line(950), line(100))).toEqual([
    'reads: behind the overload 10 % (10 % a processor second) of the capacity was served',
  ])
  expect(found(line(500, { processorSeconds: 0.5 }))).toEqual([])
  // Where the system does not tell of processors, what is served a second is all there is.
  const blind = {
    ...course(line(500)),
    rounds: [{ before: line(1000, BLIND), steps: [line(500, BLIND)], after: line(1000, BLIND) }],
  }
  expect(findingsOf([blind], [summaryOf(blind, [10])], BOUNDS)).toEqual([
    'reads: at 10 × the capacity 50 % (0 % a processor second) of the peak was served',
  ])
})

it('[OVL3] where the runtime itself serves less, as the floor tells, that much less is none', () => {
  const floor = { ...course(line(600)), mix: { name: 'floor', limit: 'a test', isFloor: true } }
  const findings = (last: Line): string[] => {
    const courses = [floor, course(last)]
    const summaries = courses.map((each) => summaryOf(each, STEPS))
    return findingsOf(courses, summaries, BOUNDS)
  }
  expect(findings(line(560))).toEqual([])
  expect(findings(line(520))).toEqual([
    'reads: at 10 × the capacity 52 % (52 % a processor second) of the peak was served',
  ])
})

it('[OVL3] a step is told with its figures', () => {
  const text = reportOf(
    summaryOf(course(line(950, { refused: { '503 overloaded': 7 }, bystanders: [calm] })), STEPS),
  )
  expect(text[3]?.split(/ {2,}/)).toEqual([
    '10 ×',
    '1000',
    '100',
    '950',
    '95 %',
    '21 × 503 overloaded',
    '2',
    '20',
    '0',
    '1.00',
  ])
  expect(text.join('\n')).toContain('meanwhile calm: 27 served, 0 not')
})

it('[OVL3] the plot has a line for each load', () => {
  const svg = plotOf([summaryOf(course(line(950)), STEPS)], 0.9)
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/)
  expect(svg).toContain('reads')
})
