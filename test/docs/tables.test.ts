/** `docs/tables.md` against the verbs: what it says of them is so, and it says it of all. */
import { describe, expect, it } from 'vitest'
import type { BadargWhy } from '../../src/engine/error.ts'
import { MAX_CURSORS } from '../../src/engine/limits.ts'
import * as build from '../../src/engine/match/builder.ts'
import { MAX_CLAUSES, MAX_NODES } from '../../src/engine/match/limits.ts'
import { isCall } from '../../src/engine/match/operators.ts'
import { VERBS, type VerbName } from '../../src/engine/verbs/registry.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import * as limits from '../../src/protocol/limits.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { answerTo, type Example, replay } from './examples.ts'
import { provoked } from './odd-arguments.ts'
import { expectPrinted } from './programs.ts'
import {
  allExamples,
  exampleCount,
  explainedWhys,
  limitsText,
  operatorRows,
  programs,
  tablesOfExamples,
  verbSections,
} from './tables-page.ts'

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
  ttl: 1,
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
    !/BODY|BODIES|USER|SESSION|FIELD|ORIGIN|AUDIT|LISTED|KEYS|PROCESSES_|ATTEMPTS|MINTED|CREDENTIAL|HEADER|URL/.test(
      name,
    )
  const ofTables = Object.entries(limits).flatMap(([name, limit]) => (isOfTables(name) ? [limit] : []))
  const inForce = [...ofTables, MAX_CURSORS, MAX_CLAUSES, MAX_NODES]
  expect([...stated].sort()).toEqual([...new Set(inForce)].sort())
})

it('[DOC7] the TypeScript programs print what their comments say', () => {
  expectPrinted(programs())
})
