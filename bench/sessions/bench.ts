/**
 * What do sessions cost? The verbs in the owner, the service over HTTP, and the turns of a user who has ten thousand.
 *
 * Run: npm run bench -- sessions [--quick] [--json] [--write]
 *
 * It is checked that every patch that was acknowledged is there, and that crowds of logins keep to the limit.
 */
import workerdPackage from 'workerd/package.json' with { type: 'json' }
import { JOURNAL_WORKER } from '../journal/bench-worker.ts'
import { Service } from '../journal/service.ts'
import type { BenchFlags } from '../main.ts'
import { type Target, table, targetTable } from '../markdown.ts'
import { machineLine, writeSection } from '../results.ts'
import { figure, spreadText } from '../spread.ts'
import { CALLERS, measureService, type ServiceReport } from './service.ts'
import {
  measurePauses,
  measureTouches,
  measureTurns,
  type PauseLine,
  type TouchLine,
  type TurnLine,
} from './turns.ts'

const MAX_PAUSE_MS = 15
const CROWD = 10_000

interface Report {
  readonly machine: string
  readonly isQuick: boolean
  readonly service: ServiceReport
  readonly turns: readonly TurnLine[]
  readonly pauses: readonly PauseLine[]
  readonly touches: readonly TouchLine[]
}

export async function benchSessions({ quick, json, write }: BenchFlags): Promise<boolean> {
  process.stderr.write('turns\n')
  const turns = await measureTurns(quick ? 2 : 7, quick ? 2_000 : 20_000)
  const pauses = await measurePauses(quick ? 2 : 7, CROWD)
  const touches = await measureTouches()
  process.stderr.write('service\n')
  const running = await Service.start(JOURNAL_WORKER)
  try {
    const service = await measureService(running, quick ? 1 : 5, quick ? 300 : 1000)
    const machine = machineLine([`workerd ${workerdPackage.version}`])
    const report: Report = { machine, isQuick: quick, service, turns, pauses, touches }
    const text = markdownOf(report)
    console.log(json ? JSON.stringify(report) : text)
    if (write) writeSection('sessions', text)
    for (const fault of service.faults) console.error(fault)
    return service.faults.length === 0
  } finally {
    await running.stop()
  }
}

function markdownOf({ machine, isQuick, service, turns, pauses, touches }: Report): string {
  const floor = service.lines[0]?.perSecond.median ?? Number.NaN
  const nothing = turns[0]?.nanoseconds.median ?? Number.NaN
  return [
    '## Sessions',
    machine,
    ...(isQuick ? ['A quick run: few rounds.'] : []),
    '### Targets',
    targetTable(pauses.map(targetOf)),
    '### Over HTTP',
    `${CALLERS} callers, the whole app with its checks; operations a second: median of the rounds (slowest–fastest).`,
    table(
      ['what', 'a second', 'of the floor', 'p99', 'rows written per 1000'],
      service.lines.map(({ what, perSecond, p99Ms, rowsPerThousand }) => [
        what,
        spreadText(perSecond),
        (perSecond.median / floor).toFixed(2),
        `${figure(p99Ms)} ms`,
        rowsPerThousand === undefined ? '–' : figure(rowsPerThousand),
      ]),
    ),
    '### In the owner',
    'Checking the operation, the turn and its journal over memory; microseconds a call, one after the other.',
    table(
      ['verb', 'µs', 'of a call that does nothing'],
      turns.map(({ what, nanoseconds: { median, min, max } }) => [
        what,
        spreadText({ median: median / 1000, min: min / 1000, max: max / 1000 }),
        (median / nothing).toFixed(1),
      ]),
    ),
    `### A user with ${CROWD} sessions`,
    'Milliseconds that the thread had of a processor, as the targets have them: by the clock on the wall whatever else the machine does is in them.',
    table(
      ['what', 'turns', 'longest turn', 'by the clock on the wall', 'all turns'],
      pauses.map(({ what, turns, longestMs, longestWallMs, wholeMs }) => [
        what,
        String(turns),
        spreadText(longestMs),
        spreadText(longestWallMs),
        spreadText(wholeMs),
      ]),
    ),
    '### Rows written by reads',
    'Of a session that is read once a second. At worst, a read each time that one is worth a write, each read is a row.',
    table(
      ['preset', 'rows per 1000 reads'],
      touches.map(({ preset, rowsPerThousandReads }) => [preset, String(rowsPerThousandReads)]),
    ),
  ].join('\n\n')
}

const targetOf = ({ what, sessions, turns, longestMs }: PauseLine): Target => ({
  what: `${what}, ${sessions} sessions of a user, ${turns === 1 ? 'one turn' : `the longest of ${turns} turns`}`,
  reach: `≤ ${MAX_PAUSE_MS} ms`,
  found: `${figure(longestMs.median)} ms, at most ${figure(longestMs.max)} ms`,
  isReached: longestMs.max <= MAX_PAUSE_MS,
})
