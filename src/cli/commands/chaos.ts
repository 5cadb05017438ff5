/**
 * `edge-ets chaos`: clients write through HTTP while workerd is killed and started again; then everything that was
 * acknowledged is looked for, and every history is checked for an order that explains it.
 */
import { JOURNAL_MODES, type JournalMode } from '../../engine/options.ts'
import { drill } from '../chaos/drill.ts'
import { reportOf, summaryOf } from '../chaos/report.ts'
import { describePlan } from '../chaos/schedule.ts'
import type { Service } from '../chaos/service.ts'
import { workerdService } from '../chaos/workerd-service.ts'
import { CliError } from '../error.ts'

/** As shells name the end by a signal. */
const INTERRUPTED = 130

export interface ChaosFlags {
  readonly seed: string
  readonly rounds: string
  readonly kills: string
  readonly faults: string
  readonly minutes: string
  readonly journal: string
  readonly json?: boolean
}

/** Prints the schedule, the smallest violation if there is one, and the figures; exits with 1 on a violation. */
export async function chaos(flags: ChaosFlags): Promise<void> {
  const { json } = flags
  const journals = journalsOf(flags.journal)
  const result = await drill({
    seed: numberOf('seed', flags.seed, 0, 2 ** 32 - 1),
    rounds: numberOf('rounds', flags.rounds, 1, 1000),
    troubles: {
      kills: numberOf('kills', flags.kills, 0, 4),
      faults: numberOf('faults', flags.faults, 0, 4),
    },
    limitMs: numberOf('minutes', flags.minutes, 1, 120) * 60_000,
    journals,
    startService: async () => endedBySignals(await workerdService()),
    onPlan: (plan) => say(describePlan(plan)),
    onRound: ({ round }, operations, outages) => {
      const awayMs = outages.map(({ beganMs, backMs }) => `${Math.round(backMs - beganMs)} ms`)
      say(
        `round ${round}: ${operations} operations${awayMs.length > 0 ? `, away for ${awayMs.join(', ')}` : ''}`,
      )
    },
  })
  for (const line of reportOf(result)) say(line)
  process.stdout.write(`${json ? JSON.stringify(result.figures) : summaryOf(result)}\n`)
  if (result.figures.violations > 0) process.exitCode = 1

  /** With `--json` standard output is the figures alone. */
  function say(line: string): void {
    const stream = json ? process.stderr : process.stdout
    stream.write(`${line}\n`)
  }
}

/** SIGINT and SIGTERM end the service before they end the drill. */
function endedBySignals(service: Service): Service {
  const end = (): void => void service.stop().finally(() => process.exit(INTERRUPTED))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return service
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new CliError(`--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`)
}

function journalsOf(text: string): JournalMode[] {
  const names = new Set(text.split(','))
  const known = JOURNAL_MODES.filter((mode) => names.delete(mode))
  if (names.size === 0) return known
  throw new CliError(`--journal takes some of ${JOURNAL_MODES.join(',')}, not ${JSON.stringify(text)}`)
}
