/** `edge-ets conformance`: replays vectors recorded from Erlang's ETS against the engine. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Case, type Difference, replay } from '../conformance/replay.ts'
import { CliError } from '../error.ts'
import { inProject } from '../project.ts'

/** Differences shown before the rest is only counted. */
const MAX_SHOWN = 10

/** Prints `cases N steps N failed N`; exits with 1 when a step failed. Default: the vectors beside the checkout. */
export function conformance(files: readonly string[], { json }: { readonly json?: boolean }): void {
  const paths = files.length > 0 ? files.map((file) => resolve(file)) : sharedVectors()
  const totals = { cases: 0, steps: 0, failed: 0 }
  for (const path of paths) {
    for (const each of casesOf(path)) {
      const differences = replay(each)
      totals.cases += 1
      totals.steps += each.steps.length
      for (const difference of differences) if (totals.failed++ < MAX_SHOWN) show(difference)
    }
  }
  console.log(
    json ? JSON.stringify(totals) : `cases ${totals.cases} steps ${totals.steps} failed ${totals.failed}`,
  )
  if (totals.failed > 0) process.exitCode = 1
}

function sharedVectors(): string[] {
  const files = globSync(inProject('..', 'shared', 'conformance', '*.jsonl')).sort()
  if (files.length > 0) return files
  throw new CliError('no vectors beside the checkout in ../shared/conformance; name the files to replay')
}

function casesOf(path: string): Case[] {
  if (!existsSync(path)) throw new CliError(`there is no file ${path}`)
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [caseOf(line, `${path}:${i + 1}`)]))
}

function caseOf(line: string, where: string): Case {
  try {
    const parsed = JSON.parse(line) as Case
    if (Array.isArray(parsed.steps)) return parsed
  } catch {
    // Reported below, as what parses but is no case.
  }
  throw new CliError(`${where} is not a conformance case; expected a JSON object with steps`)
}

function show({ id, step, operation, recorded, found }: Difference): void {
  console.error(`${id} step ${step}: ${operation}\n  recorded ${recorded}\n  found    ${found}`)
}
