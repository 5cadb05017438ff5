import { afterAll, beforeAll, expect, it } from 'vitest'
import { aProjectCopy, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
})
afterAll(() => project.remove())

it('[OVL2] workerd that is offered more than it can take refuses honestly or answers, and nothing is left running', async () => {
  const plan = ['--seconds', '1', '--rounds', '1', '--steps', '1,5', '--in-flight', '600']
  // How much is served in a second says nothing while other tests run.
  const { code, stdout, stderr } = await project.run('overload', ...plan, '--min-share', '0', '--json')
  expect(code, stderr).toBe(0)
  const { findings, summaries } = JSON.parse(stdout)
  expect(findings).toEqual([])
  expect(summaries).toMatchObject([{ name: 'floor' }, { name: 'reads' }, { name: 'writes' }])
  for (const { steps } of summaries) {
    expect(steps).toMatchObject([{ step: 1 }, { step: 5 }])
    expect(steps[1].offered).toBeGreaterThan(steps[0].offered)
    expect(steps[1].memoryBytes).toBeGreaterThan(0)
  }
})

it.each([
  [['--seconds', '0'], '--seconds takes a whole number from 1 to 60, not "0"'],
  [['--in-flight', '1e3'], '--in-flight takes a whole number from 1 to 10000, not "1e3"'],
  [['--steps', '1,x'], '--steps takes multiples of the capacity, up to 100, as in 0.5,1,10, not "1,x"'],
])('[OVL3] %j is one sentence and exit code 1', async (flags, sentence) => {
  const { code, stderr } = await project.run('overload', ...flags)
  expect([code, stderr]).toEqual([1, `edge-ets: ${sentence}\n`])
})
