/**
 * `edge-ets overload`: offers a service of its own more than it can take, in steps, and looks at what it serves, how it
 * refuses, how much memory it takes, who else is served meanwhile, and whether it is back at once.
 */
import { CliError } from '../error.ts'
import { drill, type Plan } from '../overload/drill.ts'
import { findingsOf, MAX_MEMORY_BYTES, type Summary, summaryOf, textOf } from '../overload/findings.ts'
import { loadProcess } from '../overload/load-process.ts'
import { reportOf } from '../overload/report.ts'
import { temporaryService } from '../temporary-service.ts'

const INTERRUPTED = 130

export interface OverloadFlags {
  readonly seconds: string
  readonly rounds: string
  readonly steps: string
  readonly inFlight: string
  readonly minShare: string
  readonly json?: boolean
  readonly write?: boolean
}

/** Prints a table a load, what was found, and the figures last; exits with 1 when something was found. */
export async function overload(flags: OverloadFlags): Promise<void> {
  const plan: Plan = {
    steps: stepsOf(flags.steps),
    stepMs: 1000 * numberOf('seconds', flags.seconds, 1, 60),
    rounds: numberOf('rounds', flags.rounds, 1, 20),
    inFlight: numberOf('in-flight', flags.inFlight, 1, 10_000),
  }
  const minShare = numberOf('min-share', flags.minShare, 0, 100) / 100
  const service = await temporaryService()
  const generator = loadProcess()
  const end = async (): Promise<void> => {
    generator.stop()
    await service.stop()
  }
  const interrupted = (): void => void end().finally(() => process.exit(INTERRUPTED))
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const courses = await drill(service, generator, plan, say).finally(end)
  const summaries = courses.map((each) => summaryOf(each, plan.steps))
  const findings = findingsOf(courses, summaries, { minShare, maxMemoryBytes: MAX_MEMORY_BYTES })
  const text = summaries.flatMap(reportOf)
  if (!flags.json) process.stdout.write(`${text.join('\n')}\n`)
  for (const each of findings) say(`overload: ${each}`)
  if (flags.write) {
    const { writeOverload } = await import('../../../bench/overload/write.ts')
    writeOverload({ plan, summaries, findings })
  }
  process.stdout.write(
    flags.json ? `${JSON.stringify({ plan, summaries, findings })}\n` : `${figuresOf(summaries, findings)}\n`,
  )
  if (findings.length > 0) process.exitCode = 1
}

const figuresOf = (summaries: readonly Summary[], findings: readonly string[]): string => {
  const each = summaries.map(
    ({ name, peak, steps, kept, recovered }) =>
      `${name}: at ${steps.at(-1)?.step} × ${textOf(kept)} of a peak of ${Math.round(peak)}/s, ` +
      `${textOf(recovered)} right after`,
  )
  return `overload: ${each.join('; ')}; ${findings.length} findings`
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new CliError(`--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`)
}

function stepsOf(text: string): number[] {
  const steps = text.split(',').map(Number)
  if (steps.length <= 20 && steps.every((each) => each > 0 && each <= 100)) return steps
  throw new CliError(
    `--steps takes multiples of the capacity, up to 100, as in 0.5,1,10, not ${JSON.stringify(text)}`,
  )
}
