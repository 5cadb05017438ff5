import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { DEFAULTS, PRESETS } from '../../src/session/policy.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = readFileSync(join(ROOT, 'docs', 'sessions.md'), 'utf8')

/** What is in fences of a language, in order. */
const fences = (language: string): string[] =>
  Array.from(PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')), ([, text = '']) => text)

/** What an answer has to contain; `…` stands for any text. */
const pattern = (json: string): unknown =>
  JSON.parse(json, (_, value) => (value === '…' ? expect.any(String) : value))

it('[DOC10] the requests of docs/sessions.md are answered as it says, one after the other', async () => {
  const app = anApp()
  const tokens = new Map<string, string>()
  const exchanges = fences('http').flatMap((text) => text.trim().split('\n\n'))
  expect(exchanges.length).toBeGreaterThan(15)
  for (const exchange of exchanges) {
    const lines = exchange.split('\n')
    const [method = '', path = ''] = (lines.shift() ?? '').split(' ')
    const headers: Record<string, string> = { authorization: `Bearer ${TEST_KEY}` }
    while (/^Session-/.test(lines[0] ?? '')) {
      const [name = '', value = ''] = (lines.shift() ?? '').split(': ')
      headers[name] = tokens.get(value) ?? value
    }
    const body = lines[0]?.startsWith('{') ? lines.shift() : undefined
    const [, status, answer = ''] = /^→ (\d+) (.*)$/.exec(lines.shift() ?? '') ?? []
    const response = await app.request(method, path, body, headers)
    const found = (await response.json()) as { value?: { token?: string } }
    expect([exchange, response.status, found]).toMatchObject([exchange, Number(status), pattern(answer)])
    const [, name] = /^(\w+) is this session$/.exec(lines.shift() ?? '') ?? []
    if (name !== undefined) tokens.set(name, found.value?.token ?? '')
  }
})

it('[DOC10] its program prints what its comments say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-ets-docs-'))
  try {
    for (const program of fences('ts')) {
      const file = join(folder, 'program.ts')
      const library = pathToFileURL(join(ROOT, 'src', 'index.ts')).href
      writeFileSync(file, program.replace("'edge-ets'", JSON.stringify(library)))
      const node = join(ROOT, 'node_modules', '.bin', 'node')
      const printed = execFileSync(node, [file], { cwd: ROOT, encoding: 'utf8' })
      const comments = Array.from(program.matchAll(/\/\/ (.*)$/gm), ([, text]) => text)
      expect(printed.trimEnd().split('\n')).toEqual(comments)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('[DOC10] its table of options has every one', () => {
  const options = Array.from(PAGE.matchAll(/^\| `(\w+)` \| (.*?) \|/gm), ([, option, fallback]) => [
    option,
    fallback,
  ])
  const names = ['preset', 'touchFraction', 'owners', ...Object.keys(PRESETS.aal1), ...Object.keys(DEFAULTS)]
  expect(options.map(([option]) => option).sort()).toEqual(names.sort())
  for (const option of ['maxPerUser', 'maxDataBytes', 'auditEntries', 'rotateMs', 'detectsReuse'] as const) {
    expect(options).toContainEqual([option, String(DEFAULTS[option])])
  }
})
