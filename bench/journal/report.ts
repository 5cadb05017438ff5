/** The figures of a run as Markdown, and how they stand to the targets of the design. */
import { type Target, table, targetTable } from '../markdown.ts'
import { figure, spreadText } from '../spread.ts'
import { CALLERS, NOTHING, PUT, SYNC } from './contenders.ts'
import type { DrivenLine } from './driven.ts'
import type { PauseLine } from './pause.ts'
import type { Replay, ReplayLine } from './replay.ts'
import type { WriteLine, Writes } from './writes.ts'

export interface Report {
  readonly machine: string
  readonly isQuick: boolean
  readonly writes: Writes
  readonly replay: Replay
  readonly pauses: readonly PauseLine[]
}

const MIN_RATIO = 4
const MAX_ROWS_PER_THOUSAND = 30
const MIN_REPLAY = 400_000
const MAX_FIRST_REPLY_MS = 100
const FIRST_REPLY_ROWS = 10_000
const MAX_PAUSE_MS = 15

export function markdownOf({ machine, isQuick, writes, replay, pauses }: Report): string {
  return [
    '## Journal',
    machine,
    notesOn(writes, isQuick)
      .map((note) => `- ${note}`)
      .join('\n'),
    '### Targets',
    targetTable([...writeTargets(writes), ...replayTargets(replay.lines), pauseTarget(pauses)]),
    '### Writes',
    'Operations a second: median of the rounds (slowest–fastest). The ratio is to `storage.put` of the same run.',
    writeTable(writes.lines),
    'The same by callers within the Worker, without connections and HTTP.',
    drivenTable(writes.driven),
    '### Replay after `kill -9`',
    replayTable(replay.lines),
    '### Pauses',
    'Reads of a small table of the process that holds the largest one, each after the other.',
    pauseTable(pauses),
  ].join('\n\n')
}

const notesOn = ({ meterDifference }: Writes, isQuick: boolean): string[] => [
  ...(isQuick ? ['A quick run: few rows, one round.'] : []),
  'Rows written are what the cursors of `storage.sql` say, which is what is billed, checkpoints included. ' +
    `SQLite's \`total_changes()\` differs by at most ${figure(meterDifference)} of 1000; ` +
    'the rows of `storage.put` are counted by it alone.',
  'workerd commits on the thread that serves, and waits there for the disk: an operation of a floor is a ' +
    'write of the disk. In production the disk is remote and turns go on meanwhile.',
]

function writeTargets({ lines, driven }: Writes): Target[] {
  const most = CALLERS.at(-1) as number
  const ours = find(lines, SYNC, most)
  const put = find(lines, PUT, most).perSecond.median
  const ratio = ours.perSecond.median / put
  const ceiling = find(lines, NOTHING, most).perSecond.median / put
  const rows = ours.rowsPerThousand as number
  const withoutHttp = ratioToPut(driven, SYNC)
  return [
    {
      what: `\`sync\` writes of ${most} callers against one \`storage.put\` a key`,
      reach: `≥ ${MIN_RATIO}×`,
      found: `${ratio.toFixed(1)}×; a call that does nothing has ${ceiling.toFixed(1)}×`,
      isReached: ratio >= MIN_RATIO,
    },
    {
      what: 'the same by callers within the Worker',
      reach: `≥ ${MIN_RATIO}×`,
      found: `${withoutHttp.toFixed(1)}×; a call that does nothing has ${ratioToPut(driven, NOTHING).toFixed(1)}×`,
      isReached: withoutHttp >= MIN_RATIO,
    },
    {
      what: `rows written by 1000 \`sync\` operations of ${most} callers`,
      reach: `≤ ${MAX_ROWS_PER_THOUSAND}`,
      found: figure(rows),
      isReached: rows <= MAX_ROWS_PER_THOUSAND,
    },
  ]
}

function replayTargets(lines: readonly ReplayLine[]): Target[] {
  const slowest = Math.min(...lines.slice(1).map(({ perSecond }) => perSecond))
  const first = lines.find(({ rows }) => rows === FIRST_REPLY_ROWS)?.firstReplyMs.median ?? Number.NaN
  return [
    {
      what: 'replay, from 100k rows on',
      reach: `≥ ${MIN_REPLAY / 1000}k rows/s`,
      found: `${figure(slowest / 1000)}k rows/s at the slowest`,
      isReached: slowest >= MIN_REPLAY,
    },
    {
      what: `first reply of a process of ${FIRST_REPLY_ROWS / 1000}k rows`,
      reach: `≤ ${MAX_FIRST_REPLY_MS} ms`,
      found: `${figure(first)} ms`,
      isReached: first <= MAX_FIRST_REPLY_MS,
    },
  ]
}

function pauseTarget(pauses: readonly PauseLine[]): Target {
  const { longestMs, longestTurnMs, longestStepMs } = pauses.at(-1) as PauseLine
  const inside = Math.max(longestTurnMs, longestStepMs)
  return {
    what: 'longest turn while the largest table is checkpointed under load',
    reach: `≤ ${MAX_PAUSE_MS} ms`,
    found: `${figure(inside)} ms inside; a read waits up to ${figure(longestMs)} ms, of which the disk is a part`,
    isReached: inside <= MAX_PAUSE_MS,
  }
}

function writeTable(lines: readonly WriteLine[]): string {
  const rows = lines.map(({ contender, callers, perSecond, p50Ms, p99Ms, rowsPerThousand }) => [
    contender,
    String(callers),
    spreadText(perSecond),
    `${(perSecond.median / find(lines, PUT, callers).perSecond.median).toFixed(2)}×`,
    figure(p50Ms),
    figure(p99Ms),
    rowsPerThousand === undefined ? '' : figure(rowsPerThousand),
  ])
  return table(['', 'callers', 'ops/s', 'ratio', 'p50 ms', 'p99 ms', 'rows written of 1000'], rows)
}

const drivenTable = (lines: readonly DrivenLine[]): string =>
  table(
    ['', 'callers', 'ops/s', 'ratio'],
    lines.map(({ contender, callers, perSecond }) => [
      contender,
      String(callers),
      spreadText(perSecond),
      `${ratioToPut(lines, contender).toFixed(2)}×`,
    ]),
  )

function ratioToPut(lines: readonly DrivenLine[], name: string): number {
  const of = (wanted: string): number =>
    lines.find(({ contender }) => contender === wanted)?.perSecond.median ?? Number.NaN
  return of(name) / of(PUT)
}

const replayTable = (lines: readonly ReplayLine[]): string =>
  table(
    ['rows', 'slots read from the log', 'rebuilding, ms', 'first reply, ms', 'rows/s'],
    lines.map(({ rows, changes, recoveryMs, firstReplyMs, perSecond }) => [
      rows.toLocaleString('en'),
      changes.toLocaleString('en'),
      spreadText(recoveryMs),
      spreadText(firstReplyMs),
      `${figure(perSecond / 1000)}k`,
    ]),
  )

const pauseTable = (lines: readonly PauseLine[]): string =>
  table(
    [
      '',
      'reads',
      'p50 ms',
      'p99 ms',
      'longest ms',
      'longest turn',
      'longest checkpoint step',
      'pages written',
    ],
    lines.map((line) => [
      line.what,
      String(line.reads),
      ...[line.p50Ms, line.p99Ms, line.longestMs, line.longestTurnMs, line.longestStepMs].map(figure),
      String(line.pagesWritten),
    ]),
  )

function find(lines: readonly WriteLine[], contender: string, callers: number): WriteLine {
  return lines.find((line) => line.contender === contender && line.callers === callers) as WriteLine
}
