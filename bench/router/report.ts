/** The figures of a run as Markdown, and how they stand to the targets of the design. */
import { type Target, table, targetTable } from '../markdown.ts'
import { figure, spreadText } from '../spread.ts'
import { CALL, GET } from './contenders.ts'
import type { Line } from './measure.ts'

export interface Report {
  readonly machine: string
  readonly isQuick: boolean
  /** Who asked. */
  readonly load: string
  readonly lines: readonly Line[]
  readonly shards: readonly Line[]
  readonly sizes: readonly Line[]
}

const MIN_RATIO = 1.5
const MAX_LONE_COST = 1.1

export function markdownOf({ machine, isQuick, load, lines, shards, sizes }: Report): string {
  return [
    '## Router',
    machine,
    [
      ...(isQuick ? ['A quick run: few connections, one round.'] : []),
      `${load} asked, in a process of its own on the same two cores, and asked all of them.`,
      'The processor time is that of workerd, a request: of all figures the one that depends least on who else was busy.',
      'A request of the service is checked, authorized and routed; the floors read nothing of theirs.',
      'In the local runtime all objects share one thread, so more shards cannot be faster here; the table shows what ' +
        'they cost. On the platform each is a thread of its own.',
    ]
      .map((note) => `- ${note}`)
      .join('\n'),
    '### Targets',
    targetTable(targetsOf(lines)),
    '### Ways to an owner',
    'Requests a second: median of the rounds (slowest–fastest). The ratio is to the no-op call of the same run.',
    lineTable(lines, ''),
    '### Shards',
    'GET of a row at 64 connections.',
    lineTable(shards, 'shards'),
    '### Size of the table',
    'GET of one of a thousand rows at 64 connections.',
    lineTable(sizes, 'rows'),
  ].join('\n\n')
}

function targetsOf(lines: readonly Line[]): Target[] {
  const shared = find(lines, GET, 64).perSecond.median / find(lines, CALL, 64).perSecond.median
  const lone = find(lines, GET, 1).p50Ms / find(lines, CALL, 1).p50Ms
  return [
    {
      what: 'GET of a row, 64 connections, against a no-op call',
      reach: `≥ ${MIN_RATIO}×`,
      found: `${shared.toFixed(2)}×`,
      isReached: shared >= MIN_RATIO,
    },
    {
      what: 'GET of a row by a lone caller, p50 against a no-op call',
      reach: `≤ ${MAX_LONE_COST}×`,
      found: `${lone.toFixed(2)}×`,
      isReached: lone <= MAX_LONE_COST,
    },
  ]
}

function lineTable(lines: readonly Line[], what: string): string {
  const rows = lines.map((line) => {
    const floor = lines.find(({ name, connections }) => name === CALL && connections === line.connections)
    const ratio = floor === undefined ? '' : `${(line.perSecond.median / floor.perSecond.median).toFixed(2)}×`
    return [
      line.name,
      String(line.connections),
      spreadText(line.perSecond),
      ratio,
      Number.isNaN(line.cpuUs) ? '' : figure(line.cpuUs),
      figure2(line.p50Ms),
      figure(line.p99Ms),
      line.savedShare > 0 ? `${(100 * line.savedShare).toFixed(0)} %` : '',
    ]
  })
  return table(
    [what, 'connections', 'requests/s', 'ratio', 'CPU µs', 'p50 ms', 'p99 ms', 'calls saved'],
    rows,
  )
}

const figure2 = (value: number): string => (value < 9.95 ? value.toFixed(2) : value.toFixed(0))

const find = (lines: readonly Line[], name: string, connections: number): Line =>
  lines.find((line) => line.name === name && line.connections === connections) as Line
