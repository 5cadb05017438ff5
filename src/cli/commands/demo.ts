/** `edge-ets demo`: the scenario against the real Worker in workerd, compared with the transcript in the repository. */
import { readFileSync, writeFileSync } from 'node:fs'
import { SCENARIO } from '../demo/scenario.ts'
import { play } from '../demo/transcript.ts'
import { inProject } from '../project.ts'
import { temporaryService } from '../temporary-service.ts'

export interface DemoFlags {
  readonly update?: boolean
  readonly json?: boolean
}

const GOLDEN = inProject('docs', 'demo.txt')

/** Prints the transcript; exits with 1 where it differs from the golden file. */
export async function demo({ update, json }: DemoFlags): Promise<void> {
  const transcript = await playOnFreshService()
  process.stdout.write(transcript)
  if (update) writeFileSync(GOLDEN, transcript)
  const differences = differingLines(readFileSync(GOLDEN, 'utf8'), transcript)
  for (const line of differences) console.error(line)
  const result = { steps: SCENARIO.length, differingLines: differences.length / 3 }
  const summary = `demo: ${result.steps} steps, ${differences.length === 0 ? 'as expected' : 'NOT as in docs/demo.txt'}`
  console.log(json ? JSON.stringify(result) : summary)
  if (differences.length > 0) process.exitCode = 1
}

async function playOnFreshService(): Promise<string> {
  const service = await temporaryService({ TEST_CLOCK: 'on' })
  try {
    return await play(SCENARIO, service)
  } finally {
    await service.stop()
  }
}

/** The lines that differ, expected before found, at most a screenful. */
function differingLines(expected: string, found: string): string[] {
  const wanted = expected.split('\n')
  const got = found.split('\n')
  const lines: string[] = []
  for (let i = 0; i < Math.max(wanted.length, got.length) && lines.length < 40; i++) {
    if (wanted[i] === got[i]) continue
    lines.push(`line ${i + 1}`, `- ${wanted[i] ?? '(nothing)'}`, `+ ${got[i] ?? '(nothing)'}`)
  }
  return lines
}
