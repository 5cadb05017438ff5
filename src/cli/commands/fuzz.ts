/**
 * `edge-ets fuzz`: requests from the OpenAPI document, and spoilt ones, against a service of its own; each answer must be
 * one that is promised, and a refusal must have changed nothing.
 */
import { CliError } from '../error.ts'
import { fuzzRun } from '../fuzz/run.ts'
import { temporaryService } from '../temporary-service.ts'

export interface FuzzFlags {
  readonly seed: string
  readonly requests: string
  readonly json?: boolean
}

/** Prints what was found, and the figures last; exits with 1 when something was. */
export async function fuzz(flags: FuzzFlags): Promise<void> {
  const seed = numberOf('seed', flags.seed, 2 ** 31 - 1)
  const requests = numberOf('requests', flags.requests, 1_000_000)
  const service = await temporaryService()
  const end = (): void => void service.stop().finally(() => process.exit(130))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const { figures, findings } = await fuzzRun(service, seed, requests).finally(() => service.stop())
  for (const { what, request } of findings) process.stderr.write(`${what}\n${request}\n\n`)
  const { byStatus, memoryBytes, growthBytes, durationMs } = figures
  const grown =
    growthBytes === null ? 'too short a run to tell growth' : `grown by ${mebibytes(growthBytes)} MiB`
  const statuses = Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`)
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(figures)}\n`
      : `fuzz: ${figures.requests} requests from seed ${seed} in ${Math.round(durationMs / 1000)} s (${statuses.join(', ')}), ` +
          `${mebibytes(memoryBytes)} MiB at most, ${grown}, ${figures.findings} findings\n`,
  )
  if (findings.length > 0) process.exitCode = 1
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

function numberOf(name: string, text: string, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= max) return number
  throw new CliError(`--${name} takes a whole number up to ${max}, not ${JSON.stringify(text)}`)
}
