/** `docs/tables.md` against the verbs: what it says of them is so, and it says it of all. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type BadargWhy, EtsError } from '../../src/engine/error.ts'
import { MAX_CURSORS } from '../../src/engine/limits.ts'
import * as build from '../../src/engine/match/builder.ts'
import { MAX_CLAUSES, MAX_NODES } from '../../src/engine/match/limits.ts'
import { isCall } from '../../src/engine/match/operators.ts'
import { VERBS, type VerbName } from '../../src/engine/verbs/registry.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import * as limits from '../../src/protocol/limits.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { provoked } from './odd-arguments.ts'
import {
  allExamples,
  type Example,
  exampleCount,
  explainedWhys,
  limitsText,
  operatorRows,
  programs,
  tablesOfExamples,
  verbSections,
} from './tables-page.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Every why of `badarg`; one that is missing here does not compile. */
const WHYS = {
  object: 1,
  key: 1,
  position: 1,
  keypos: 1,
  counter_value: 1,
  update_op: 1,
  default: 1,
  table_type: 1,
  match_spec: 1,
  limit: 1,
  slot: 1,
  cursor: 1,
  options: 1,
  item: 1,
} satisfies Record<BadargWhy, 1>

const sections = verbSections()

describe('the verbs of docs/tables.md', () => {
  it('[DOC3] every verb has one section', () => {
    expect(sections.map(({ verb }) => verb).sort()).toEqual(Object.keys(VERBS).sort())
  })

  it.each(sections)('[DOC3] $verb has the signature of the registry, a cost and an example', (section) => {
    const { args, mode } = VERBS[section.verb as VerbName]
    expect(section).toMatchObject({ args, mode, hasCost: true })
    const called = section.examples.flatMap(({ steps }) =>
      steps.map((step) => ('call' in step ? (step.call as { op?: string }).op : undefined)),
    )
    expect(called).toContain(section.verb)
  })

  it.each(sections)(
    '[DOC5] $verb is refused for what its section says, and for nothing else',
    async ({ verb, errors }) => {
      const found = new Set(await provoked(verb as VerbName))
      found.delete('bad_request') // Any call can meet it.
      const isForEveryTable = verb === 'new' || verb === 'info'
      expect(found.delete('no_such_table')).toBe(!isForEveryTable)
      expect([...found].sort()).toEqual([...errors].sort())
    },
  )
})

it('[DOC5] the page explains every why of badarg', () => {
  expect(explainedWhys()).toEqual(Object.keys(WHYS))
  const codes = Object.keys(PROBLEMS)
  const known = new Set([...Object.keys(WHYS), ...codes])
  expect(sections.flatMap(({ errors }) => errors).filter((error) => !known.has(error))).toEqual([])
})

describe('the examples of docs/tables.md', () => {
  it('[DOC4] all of them are found', () => {
    expect([...tablesOfExamples(), ...allExamples()]).toHaveLength(exampleCount())
  })

  it.each(allExamples())('[DOC4] $title', async (example) => {
    let nowMs = 1000
    const tables = localTables(undefined, () => nowMs)
    for (const each of tablesOfExamples()) await replay(tables, each)
    await replay(tables, example, (ms) => {
      nowMs += ms
    })
  })
})

/** Runs the calls of an example; those that have an answer must give it. */
async function replay(tables: Tables, { table, steps }: Example, pass?: (ms: number) => void): Promise<void> {
  for (const step of steps) {
    if ('afterMs' in step) pass?.(step.afterMs)
    else {
      const found = await answerTo(tables, table, step.call)
      if (step.answer !== undefined) expect(found).toEqual(expectation(step.answer))
    }
  }
}

/** An answer is JSON, a refusal its code, with a why after a slash. */
const expectation = (text: string): unknown =>
  /^[a-z_]+(\/[a-z_]+)?$/.test(text) && !['true', 'false', 'null'].includes(text)
    ? { refused: text }
    : JSON.parse(text)

interface Call {
  readonly op: string
  readonly args?: readonly unknown[]
}

async function answerTo(tables: Tables, table: string, call: unknown): Promise<unknown> {
  const calls = [call].flat() as Call[]
  try {
    const { values } = await tables.run(calls.map(({ op, args = [] }) => ({ table, op, args })))
    return Array.isArray(call) ? values : values[0]
  } catch (error) {
    if (!(error instanceof EtsError)) throw error
    const { why } = error.details as { why?: string }
    return { refused: why === undefined ? error.code : `${error.code}/${why}` }
  }
}

type Helper = (a: number, b: number) => build.Call

describe('the operators of docs/tables.md', () => {
  const rows = operatorRows()
  const ARITIES: Readonly<Record<string, readonly number[]>> = {
    '1': [1],
    '2': [2],
    '1 or 2': [1, 2],
    '1 or more': [1, 2, 3, 4],
  }

  it.each(rows)(
    '[DOC6] $operator takes what the table says, and its example gives the value',
    async (row) => {
      expect([0, 1, 2, 3, 4].filter((count) => isCall(row.operator, count))).toEqual(ARITIES[row.operands])
      const tables = localTables()
      const [people] = tablesOfExamples()
      await replay(tables, people as Example)
      const spec = [[['$1', '$2', '$3'], [['==', '$1', 'ada']], [row.example]]]
      const found = await answerTo(tables, 'people', { op: 'select', args: [spec] })
      expect(found).toEqual([row.value])
    },
  )

  it('[DOC6] every helper of the builder is in the table, beside its operator', () => {
    const notCalls = ['match', 'firstOf', 'constant', 'tuple', 'map', 'ROW', 'BINDINGS']
    const built = Object.entries(build).flatMap(([name, helper]) =>
      notCalls.includes(name) ? [] : [[name, (helper as Helper)(1, 2)[0]]],
    )
    const stated = rows.flatMap(({ operator, helpers }) => helpers.map((helper) => [helper, operator]))
    expect(stated.sort()).toEqual(built.sort())
  })
})

it('[DOC6] the limits are those of the code', () => {
  const stated = new Set(
    Array.from(limitsText().matchAll(/\d[\d,]*/g), ([number]) => Number(number.replaceAll(',', ''))),
  )
  const isOfTables = (name: string) =>
    !/BODY|USER|SESSION|FIELD|ORIGIN|AUDIT|LISTED|KEYS|PROCESSES_|ATTEMPTS|MINTED|CREDENTIAL|URL/.test(name)
  const ofTables = Object.entries(limits).flatMap(([name, limit]) => (isOfTables(name) ? [limit] : []))
  const inForce = [...ofTables, MAX_CURSORS, MAX_CLAUSES, MAX_NODES]
  expect([...stated].sort()).toEqual([...new Set(inForce)].sort())
})

it('[DOC7] the TypeScript programs print what their comments say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-ets-docs-'))
  try {
    for (const program of programs()) {
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
