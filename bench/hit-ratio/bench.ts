/**
 * What part of the reads finds its row, by policy, beside Belady's optimum and the figures that came with the traces?
 *
 * The traces and the capacities are those of `../shared/traces` and its README, beside the checkout. Every figure of
 * ours is that of a real table; see src/cli/hit-ratio. LRU and SIEVE have to agree with the README, as they leave
 * nothing to choose; the bench fails where they, or the optimum, do not.
 *
 * Run: npm run bench -- hit-ratio [--quick] [--json] [--write]
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hitRatioOf, POLICIES, type PolicyName } from '../../src/cli/hit-ratio/replay.ts'
import { readTrace, type Trace } from '../../src/cli/hit-ratio/trace.ts'
import { inProject } from '../../src/cli/project.ts'
import type { BenchFlags } from '../main.ts'
import { type Target, table, targetTable } from '../markdown.ts'
import { machineLine, writeSection } from '../results.ts'

const FOLDER = inProject('..', 'shared', 'traces')
/** Columns of the README behind trace and capacity. */
const REFERENCES = ['OPT', 'LRU', 'FIFO', 'SIEVE', 'S3-FIFO', 'W-TinyLFU'] as const
type Reference = (typeof REFERENCES)[number]
/** What is to agree with what. */
const SAME: readonly (readonly [PolicyName, Reference])[] = [
  ['belady', 'OPT'],
  ['lru', 'LRU'],
  ['sieve', 'SIEVE'],
]
const RIVALS = ['LRU', 'SIEVE', 'S3-FIFO', 'W-TinyLFU'] as const satisfies Reference[]
const REACH = { ofOptimum: 0.92, behindBest: 1 }

interface Case {
  readonly trace: string
  readonly capacity: number
  /** In per cent, with two digits. */
  readonly references: Readonly<Record<Reference, number>>
  readonly ours: Readonly<Record<PolicyName, number>>
}

/** Answers whether the figures agree where they have to. */
export async function benchHitRatio({ quick, json, write }: BenchFlags): Promise<boolean> {
  const traces = new Map<string, Trace>()
  const cases: Case[] = []
  for (const { trace: name, capacity, references } of referenceCases()) {
    const trace = traces.get(name) ?? readTrace(join(FOLDER, `${name}.txt.gz`))
    traces.set(name, trace)
    if (quick && trace.accesses.length > 100_000) continue
    process.stderr.write(`${name} ${capacity}\n`)
    const ours = Object.fromEntries(
      POLICIES.map((policy) => [policy, 100 * hitRatioOf(trace, policy, capacity).hitRatio]),
    ) as Record<PolicyName, number>
    cases.push({ trace: name, capacity, references, ours })
  }
  const disputes = cases.flatMap(disputesOf)
  const text = markdownOf(cases, quick)
  console.log(json ? JSON.stringify({ cases, disputes }) : text)
  if (write) writeSection('hit-ratio', text)
  for (const dispute of disputes) console.error(dispute)
  return disputes.length === 0
}

function referenceCases(): Omit<Case, 'ours'>[] {
  if (globSync(join(FOLDER, '*.txt.gz')).length === 0) throw new Error(`there are no traces in ${FOLDER}`)
  const lines = readFileSync(join(FOLDER, 'README.md'), 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [trace = '', capacity, ...figures] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    if (figures.length !== REFERENCES.length || !Number.isInteger(Number(capacity))) return []
    const references = Object.fromEntries(REFERENCES.map((name, i) => [name, Number(figures[i])]))
    return [{ trace, capacity: Number(capacity), references: references as Record<Reference, number> }]
  })
}

const disputesOf = ({ trace, capacity, ours, references }: Case): string[] =>
  SAME.filter(([policy, reference]) => ours[policy].toFixed(2) !== references[reference].toFixed(2)).map(
    ([policy, reference]) =>
      `${trace} ${capacity}: ${policy} has ${ours[policy].toFixed(2)}, the README ${references[reference]}`,
  )

const bestOf = ({ references }: Case): number => Math.max(...RIVALS.map((rival) => references[rival]))

function targetsOf(cases: readonly Case[]): Target[] {
  const mean = cases.reduce((sum, { ours }) => sum + ours.tinylfu / ours.belady, 0) / cases.length
  const behind = cases.map((each) => ({ each, by: bestOf(each) - each.ours.tinylfu }))
  const worst = behind.reduce((a, b) => (b.by > a.by ? b : a))
  return [
    {
      what: 'mean of tinylfu / optimum',
      reach: `≥ ${REACH.ofOptimum}`,
      found: mean.toFixed(3),
      isReached: mean >= REACH.ofOptimum,
    },
    {
      what: `tinylfu behind the best of ${RIVALS.join(', ')}, points, at worst`,
      reach: `≤ ${REACH.behindBest}`,
      found: `${worst.by.toFixed(2)} (${worst.each.trace} ${worst.each.capacity})`,
      isReached: worst.by <= REACH.behindBest,
    },
  ]
}

function markdownOf(cases: readonly Case[], quick: boolean): string {
  const rows = cases.map((each) => {
    const { trace, capacity, ours, references } = each
    return [
      trace,
      String(capacity),
      ...(['belady', 'lru', 'sieve', 'tinylfu'] as const).map((policy) => ours[policy].toFixed(2)),
      ...(['S3-FIFO', 'W-TinyLFU'] as const).map((rival) => references[rival].toFixed(2)),
      (ours.tinylfu - bestOf(each)).toFixed(2),
    ]
  })
  return [
    '## Hit ratio',
    machineLine([]),
    ...(quick ? ['A quick run: the large traces are missing.'] : []),
    targetTable(targetsOf(cases)),
    'Hits in per cent. S3-FIFO and W-TinyLFU (window of 1 %) are the figures that came with the traces; the last column is how far `tinylfu` stands above the best of those and LRU and SIEVE.',
    table(
      ['trace', 'rows', 'optimum', 'lru', 'sieve', 'tinylfu', 'S3-FIFO', 'W-TinyLFU', 'above best'],
      rows,
    ),
  ].join('\n\n')
}
