import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { VERBS } from '../src/engine/verbs/registry.ts'
import { VERSION } from '../src/version.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

it('[DOC2] every rule that a test cites is in the specification, and every rule is cited', () => {
  const defined = new Set(
    Array.from(read('docs/spec.md').matchAll(/\*\*([A-Z]\w\w\d+)\*\*/g), ([, rule]) => rule),
  )
  const tests = globSync('test/**/*.ts', { cwd: ROOT })
  const cited = new Set(
    tests.flatMap((file) => Array.from(read(file).matchAll(/\[([A-Z]\w\w\d+)\]/g), ([, rule]) => rule)),
  )
  expect([...cited].filter((rule) => !defined.has(rule))).toEqual([])
  expect([...defined].filter((rule) => !cited.has(rule))).toEqual([])
})

it('[DOC1] the README names every verb', () => {
  const readme = read('README.md')
  expect(Object.keys(VERBS).filter((verb) => !readme.includes(`\`${verb}\``))).toEqual([])
})

it('[DOC1] the version is the one of the package', () => {
  expect(JSON.parse(read('package.json')).version).toBe(VERSION)
})
