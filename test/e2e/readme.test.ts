import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
})
afterAll(() => project.remove())

/** The fenced blocks of a language. */
const blocks = (language: string): string[] =>
  Array.from(README.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')), ([, text = '']) => text)

it('[DOC1] the curl lines answer as the README says, line by line', async () => {
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, 'data'))
  const { url } = JSON.parse(await firstLine) as { url: string }
  const script = blocks('sh').find((block) => block.includes('curl')) as string
  const local = script.replace('http://127.0.0.1:8787', url).replaceAll('curl ', 'curl -s -w "\\n" ')
  const answers = execFileSync('bash', ['-euc', local], { cwd: project.dir, encoding: 'utf8' })
    .trim()
    .split('\n')
  expect(answers).toEqual(['{"value":"hits"}', '{"value":true}', '{"value":2}', '{"value":[["home",2]]}'])
  await end(child, 'SIGTERM')
})

it.each(blocks('ts'))('[DOC1] a TypeScript program prints what its comment says', (block) => {
  const program = block.replace("'edge-ets'", "'./src/index.ts'")
  writeFileSync(join(project.dir, 'readme.ts'), program)
  const node = join(project.dir, 'node_modules', '.bin', 'node')
  const printed = execFileSync(node, ['readme.ts'], { cwd: project.dir, encoding: 'utf8' })
  expect(printed.trim()).toBe(/console\.log\(.*\) \/\/ (.*)/.exec(program)?.[1])
})
