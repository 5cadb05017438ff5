/** Examples of a page: calls with what they have to answer, and time that passes between them. */
import { expect } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import type { Tables } from '../../src/protocol/tables.ts'

/** One line of an example: time that passes, or a call and what it has to answer. */
export type Step =
  | { readonly afterMs: number }
  | { readonly call: unknown; readonly answer: string | undefined }

export interface Example {
  readonly table: string
  /** Where it stands, for the name of its test. */
  readonly title: string
  readonly steps: readonly Step[]
}

/** The part below a heading of any level, up to the next heading. */
export function sectionsOf(page: string): { readonly heading: string; readonly text: string }[] {
  return page.split(/^#{1,3} /m).map((part) => {
    const end = part.indexOf('\n')
    return { heading: part.slice(0, end), text: part.slice(end + 1) }
  })
}

export const examplesOf = (heading: string, text: string): Example[] =>
  Array.from(text.matchAll(/^```ets (\S+)\n(.*?)^```$/gms), ([, table = '', lines = '']) => ({
    table,
    title: `${heading}: ${lines.split('\n')[0]}`,
    steps: stepsOf(lines),
  }))

/** A line that is indented goes on with the call before it; an arrow begins its answer. */
function stepsOf(lines: string): Step[] {
  return lines
    .trimEnd()
    .split(/\n(?=[[{a])/)
    .map((step) => {
      const pause = /^after (\d+) ms$/.exec(step)
      if (pause !== null) return { afterMs: Number(pause[1]) }
      const [call = '', answer] = step.split('\n→ ')
      return { call: JSON.parse(call), answer }
    })
}

/** The TypeScript programs of a page. */
export const programsOf = (page: string): string[] =>
  Array.from(page.matchAll(/^```ts\n(.*?)^```$/gms), ([, program = '']) => program)

/** Runs the calls of an example; those that have an answer must give it. */
export async function replay(
  tables: Tables,
  { table, steps }: Example,
  pass?: (ms: number) => void,
): Promise<void> {
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

export async function answerTo(tables: Tables, table: string, call: unknown): Promise<unknown> {
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
