/** `docs/caching.md` against the caches: its examples answer as they say, and it has every verb. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as limits from '../../src/cache/limits.ts'
import { CACHE_VERBS } from '../../src/cache/verbs.ts'
import type { DatabaseSettings } from '../../src/engine/database.ts'
import { MAX_BODY_BYTES } from '../../src/protocol/limits.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'
import { examplesOf, programsOf, replay, sectionsOf } from './examples.ts'
import { expectPrinted } from './programs.ts'

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'caching.md'), 'utf8')
const sections = sectionsOf(PAGE)

/** Tables whose leases can be written down, at a moment that can. */
function someTables(): { readonly tables: Tables; pass(ms: number): void } {
  let nowMs = 1000
  let tokens = 0
  const settings: DatabaseSettings = { newToken: () => `token-${++tokens}` }
  return {
    tables: localTables(settings, () => nowMs),
    pass: (ms) => {
      nowMs += ms
    },
  }
}

describe('docs/caching.md', () => {
  const examples = sections.flatMap(({ heading, text }) => examplesOf(heading, text))

  it.each(examples)('[DOC9] $title', async (example) => {
    const { tables, pass } = someTables()
    await replay(tables, example, pass)
  })

  const exchanges = sections.flatMap(({ heading, text }) =>
    Array.from(text.matchAll(/^```http\n(.*?)^```$/gms), ([, lines = '']) => ({ heading, lines })),
  )

  it.each(exchanges)('[DOC9] $heading, over HTTP', async ({ lines }) => {
    const { tables, pass } = someTables()
    const app = anApp({ tables })
    for (const step of lines.trimEnd().split(/\n(?=(?:GET|PUT|POST|DELETE) \/|after )/)) {
      const pause = /^after (\d+) ms$/.exec(step)
      if (pause !== null) pass(Number(pause[1]))
      else await exchange(app, step)
    }
  })

  it('[DOC9] the TypeScript programs print what their comments say', () => {
    expectPrinted(programsOf(PAGE))
  })

  it('[DOC9] every verb is in the table, with its arguments', () => {
    const stated = Array.from(PAGE.matchAll(/^\| `(cache_\w+)\((.*)\)` \|/gm), ([, verb, args]) => [
      verb,
      args,
    ])
    const verbs = Object.entries(CACHE_VERBS).map(([verb, { args }]) => [verb, args.join(', ')])
    expect(stated.sort()).toEqual(verbs.sort())
  })

  it('[DOC9] the limits are those of the code', () => {
    const text = sections.find(({ heading }) => heading === 'Limits')?.text ?? ''
    const numbers = Array.from(text.matchAll(/\d[\d,]*\d|\d/g), ([number]) =>
      Number(number.replaceAll(',', '')),
    )
    expect(MAX_BODY_BYTES).toBe(1024 * 1024)
    expect(new Set(numbers.slice(1))).toEqual(new Set(Object.values(limits)))
  })
})

/** Sends a request as it stands on the page, and expects the answer that stands below it. */
async function exchange(app: ReturnType<typeof anApp>, step: string): Promise<void> {
  const [request = '', answer = ''] = step.split('\n→ ')
  const [[first = ''], headers, body] = parts(request)
  const [method = '', path = ''] = first.split(' ')
  const authorization = `Bearer ${TEST_KEY}`
  const response = await app.request(method, path, body, { authorization, ...headers })
  const [[status = ''], expected, text] = parts(answer)
  expect([first, response.status]).toEqual([first, Number(status)])
  for (const [name, value] of Object.entries(expected)) expect(response.headers.get(name)).toBe(value)
  if (text !== undefined) expect(await response.text()).toBe(text)
}

/** The first line, the header fields below it, and what comes after an empty line. */
function parts(text: string): [[string | undefined], Record<string, string>, string | undefined] {
  const [head = '', body] = text.split('\n\n')
  const [first, ...fields] = head.split('\n')
  const headers = Object.fromEntries(
    fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 2)]),
  )
  return [[first], headers, body]
}
