import { afterAll, beforeAll, expect, it } from 'vitest'
import { aProjectCopy, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
})
afterAll(() => project.remove())

it('[CHS8] the Worker keeps its promises through kills and faults, and nothing is left running', async () => {
  // The end of standard output is waited for, and workerd holds it open as long as it runs.
  const { code, stdout, stderr } = await project.run('chaos', '--seed', '2', '--rounds', '2', '--json')
  expect(code, stderr).toBe(0)
  const figures = JSON.parse(stdout) as Record<string, number>
  expect(figures).toMatchObject({ seed: 2, rounds: 2, kills: 2, faults: 4, undecided: 0, violations: 0 })
  for (const each of ['acknowledged', 'retries', 'replayed', 'histories']) {
    expect(figures[each], each).toBeGreaterThan(10)
  }
  expect(stderr).toMatch(/^round 1: rebuild at 812 ms, kill at 2922 ms, checkpoint at 3078 ms\n/)
})

it.each([
  [['--rounds', '0'], '--rounds takes a whole number from 1 to 1000, not "0"'],
  [['--seed=-1'], '--seed takes a whole number from 0 to 4294967295, not "-1"'],
  [['--journal', 'sync,some'], '--journal takes some of none,async,sync, not "sync,some"'],
])('[CHS7] %j is one sentence and exit code 1', async (flags, sentence) => {
  const { code, stderr } = await project.run('chaos', ...flags)
  expect([code, stderr]).toEqual([1, `edge-ets: ${sentence}\n`])
})
