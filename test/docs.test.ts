import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { VERBS } from '../src/engine/verbs/registry.ts'
import { MAX_BODIES_BYTES } from '../src/protocol/limits.ts'
import { LANE_LIMITS } from '../src/router/lane.ts'
import { LANES_LIMITS } from '../src/router/lanes.ts'
import { VERSION } from '../src/version.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

it('[DOC2] every rule that a test cites is in the specification, and every rule is cited', () => {
  const rules = Array.from(read('docs/spec.md').matchAll(/\*\*([A-Z]\w\w\d+)\*\*/g), ([, rule]) => rule)
  const defined = new Set(rules)
  expect(rules.filter((rule, i) => rules.indexOf(rule) !== i)).toEqual([])
  const tests = globSync('test/**/*.ts', { cwd: ROOT })
  const cited = new Set(
    tests.flatMap((file) => Array.from(read(file).matchAll(/\[([A-Z]\w\w\d+)\]/g), ([, rule]) => rule)),
  )
  expect([...cited].filter((rule) => !defined.has(rule))).toEqual([])
  expect([...defined].filter((rule) => !cited.has(rule))).toEqual([])
})

it('[DOC11] every rule that docs/security.md names is in the specification, and so has a test', () => {
  const defined = read('docs/spec.md')
  const named = Array.from(read('docs/security.md').matchAll(/\b([A-Z]{3}\d+)\b/g), ([, rule = '']) => rule)
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter((rule) => !defined.includes(`**${rule}**`))).toEqual([])
})

it('[DOC11] each requirement there is shown by a rule, or it is said why by none', () => {
  const [, section = ''] = read('docs/security.md').split('## Requirements and their tests\n')
  const rows = Array.from(section.matchAll(/^\| (\d[^|]*)\|([^|]*)\|([^|]*)\|$/gm), (row) => row.slice(1))
  expect(rows.length).toBeGreaterThan(30)
  const unshown = rows.filter(([, , shownBy = '']) => !/^ [A-Z]{3}\d+(, [A-Z]{3}\d+)* $/.test(shownBy))
  for (const [, how = ''] of unshown) expect(how).toMatch(/platform|not done|there is none/)
})

it('[DOC11] docs/configuration.md has every variable and secret that is read', () => {
  const page = read('docs/configuration.md')
  const interfaces = `${read('src/protocol/config.ts')}${read('src/worker.ts')}`
  const variables = Array.from(
    interfaces.matchAll(/^ {2}readonly ([A-Z][A-Z_]+)\??:/gm),
    ([, name = '']) => name,
  )
  const bindings = ['TABLE_PROCESS', 'SUPERVISOR', 'KEY_RING']
  expect(variables.filter((name) => !bindings.includes(name) && !page.includes(name))).toEqual([])
})

it('[DOC12] the bounds on docs/overload.md are those of the code', () => {
  const page = read('docs/overload.md')
  const { maxCalls, maxLength, maxCallsOfTenant, maxCallsOfOwner } = LANES_LIMITS
  const { maxWaiting, maxWaitingOfTable, maxBatch, maxBatchLength } = LANE_LIMITS
  const calls = [maxCalls, maxLength, maxCallsOfTenant, maxCallsOfOwner]
  const waiting = [maxWaiting, maxWaitingOfTable, maxBatch, maxBatchLength]
  for (const each of [...calls, ...waiting]) expect(page).toContain(each.toLocaleString('en'))
  expect(page).toContain(`${MAX_BODIES_BYTES / 2 ** 20} MiB`)
})

it('[DOC1] the README names every verb', () => {
  const readme = read('README.md')
  expect(Object.keys(VERBS).filter((verb) => !readme.includes(`\`${verb}\``))).toEqual([])
})

it('[DOC1] the version is the one of the package', () => {
  expect(JSON.parse(read('package.json')).version).toBe(VERSION)
})

it('[DOC8] links between the documents lead to a file and a heading', () => {
  const lost = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })].flatMap((file) =>
    Array.from(read(file).matchAll(/\]\(([^):]+)\)/g), ([, link = '']) => link)
      .filter((link) => !leadsSomewhere(file, link))
      .map((link) => `${file}: ${link}`),
  )
  expect(lost).toEqual([])
})

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : join(dirname(from), path)
  if (!existsSync(join(ROOT, target))) return false
  const headings = Array.from(read(target).matchAll(/^#+ (.*)$/gm), ([, heading = '']) => heading)
  return anchor === undefined || headings.map(anchorOf).includes(anchor)
}

/** The name that GitHub gives to a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
