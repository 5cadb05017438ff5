import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isApiKey } from '../../src/security/api-key.ts'
import { aProjectCopy, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
beforeEach(() => {
  project = aProjectCopy()
})
afterEach(() => project.remove())

const inProject = (file: string): string => join(project.dir, file)

describe('the demo', () => {
  it('[DEM1] plays the same transcript twice, byte for byte, and it is the one in the repository', async () => {
    const [first, second] = [await project.run('demo'), await project.run('--demo')]
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(second).toEqual(first)
    expect(first.stdout.startsWith(readFileSync(inProject('docs/demo.txt'), 'utf8'))).toBe(true)
  })

  it('[DEM2] shows a difference and ends with 1', async () => {
    const golden = readFileSync(inProject('docs/demo.txt'), 'utf8')
    writeFileSync(inProject('docs/demo.txt'), golden.replace('{"value":2}', '{"value":3}'))
    const { code, stderr, stdout } = await project.run('demo', '--json')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^line \d+\n- 200 .*{"value":3}\n\+ 200 .*{"value":2}\n$/)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toMatchObject({ differingLines: 1 })
  })
})

describe('configuration', () => {
  it.each([
    [
      '\n[vars.TABLES."a-*"]\n# a comment\nkeypos = "two"\n',
      4,
      '[vars.TABLES."a-*"] keypos: Invalid type: Expected number',
    ],
    [
      '\n[vars.TABLES."a-*"]\ncolour = 1\n',
      3,
      '[vars.TABLES."a-*"] colour: there is no such option or member',
    ],
    ['\n[vars.TABLES."a b"]\n', 2, '[vars.TABLES."a b"] a pattern is a table name with * for any characters'],
    [
      '\n[vars.SESSIONS.app]\npreset = "aal3"\nidleMs = 3600000\n',
      4,
      '[vars.SESSIONS.app] idleMs: aal3 allows at most 900000',
    ],
    ['\n[vars]\nTOKEN_AUDIENCE = 1\n', 3, '[vars] TOKEN_AUDIENCE: Invalid type: Expected string'],
    ['\n[vars.TABLES\n', 2, ''],
  ])('[CFG4] a broken section is one sentence with its line: %j', async (section, line, message) => {
    const toml = readFileSync(inProject('wrangler.toml'), 'utf8')
    writeFileSync(inProject('wrangler.toml'), toml + section)
    const expected = `edge-ets: wrangler.toml:${toml.split('\n').length - 1 + line}: ${message}`
    for (const command of ['start', 'serve', 'demo']) {
      const { code, stderr } = await project.run(command)
      expect(code).toBe(1)
      expect(stderr.slice(0, expected.length)).toBe(expected)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
  })

  it('[CFG5] the key is made once, for its owner only, and other variables stay', async () => {
    writeFileSync(inProject('.dev.vars'), 'OTHER=1')
    await project.run('serve', '--port', 'none')
    const vars = readFileSync(inProject('.dev.vars'), 'utf8')
    expect(vars).toMatch(/^OTHER=1\nADMIN_KEY="etsk_\w+"\n$/)
    expect(statSync(inProject('.dev.vars')).mode & 0o777).toBe(0o600)
    await project.run('serve', '--port', 'none')
    expect(readFileSync(inProject('.dev.vars'), 'utf8')).toBe(vars)
  })

  it('[CFG5] a key that is none is refused before anything starts', async () => {
    writeFileSync(inProject('.dev.vars'), 'ADMIN_KEY=changeme\n')
    const { code, stderr } = await project.run('serve')
    expect([code, stderr]).toEqual([
      1,
      'edge-ets: ADMIN_KEY in .dev.vars is not a key; make one with `edge-ets key`\n',
    ])
  })
})

it('[FUZ3] fuzz sends requests to a service of its own and prints its figures', async () => {
  const { code, stdout } = await project.run('fuzz', '--requests', '150', '--seed', '2', '--json')
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ requests: 150, findings: 0 })])
})

it('[CMD1] key prints a key', async () => {
  const { code, stdout } = await project.run('key')
  expect([code, isApiKey(stdout.trim())]).toEqual([0, true])
})

it('[CMD2] an unknown command and no command end with 1 and say what there is', async () => {
  expect(await project.run('srve')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Did you mean serve?'),
  })
  expect(await project.run()).toMatchObject({ code: 1, stderr: expect.stringContaining('Usage: edge-ets') })
})
