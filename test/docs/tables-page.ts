/** `docs/tables.md` taken apart: its examples, its sections of verbs, its table of operators. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Example, examplesOf, programsOf, sectionsOf } from './examples.ts'

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'tables.md'), 'utf8')

export interface VerbSection {
  readonly verb: string
  readonly args: readonly string[]
  readonly mode: string
  readonly errors: readonly string[]
  readonly hasCost: boolean
  readonly examples: readonly Example[]
}

export interface OperatorRow {
  readonly operator: string
  readonly operands: string
  readonly helpers: readonly string[]
  readonly example: unknown
  readonly value: unknown
}

const sections = (): ReturnType<typeof sectionsOf> => sectionsOf(PAGE)

const TABLES_SECTION = 'The examples'

/** The calls that make the tables with which each example begins. */
export const tablesOfExamples = (): Example[] =>
  sections().flatMap(({ heading, text }) => (heading === TABLES_SECTION ? examplesOf(heading, text) : []))

export const allExamples = (): Example[] =>
  sections().flatMap(({ heading, text }) => (heading === TABLES_SECTION ? [] : examplesOf(heading, text)))

/** How many examples begin on the page, whether or not they can be read. */
export const exampleCount = (): number => PAGE.split('\n```ets').length - 1

const SIGNATURE = /^`(\w+)\((.*)\)` · (read|write) · answers /

/** The sections that begin with a signature. */
export const verbSections = (): VerbSection[] =>
  sections().flatMap(({ heading, text }) => {
    const signature = SIGNATURE.exec(text.trimStart())
    if (signature === null) return []
    const [, verb = '', args = '', mode = ''] = signature
    const errors = /^- Errors: (.*(?:\n {2}.*)*)$/m.exec(text)?.[1] ?? 'missing `-`'
    return [
      {
        verb,
        args: args === '' ? [] : args.split(', '),
        mode,
        errors: namesOutsideBrackets(errors),
        hasCost: /^- Cost: ./m.test(text) && heading === verb,
        examples: examplesOf(heading, text),
      },
    ]
  })

const namesOutsideBrackets = (text: string): string[] =>
  Array.from(text.replaceAll(/\([^)]*\)/g, '').matchAll(/`([^`]+)`/g), ([, name = '']) => name)

/** The whys of `badarg` that the page explains. */
export const explainedWhys = (): string[] =>
  sections().flatMap(({ heading, text }) =>
    heading === 'Refusals' ? Array.from(text.matchAll(/^\| `(\w+)` \|/gm), ([, why = '']) => why) : [],
  )

/** The rows of the table under "Operators". */
export const operatorRows = (): OperatorRow[] =>
  sections().flatMap(({ heading, text }) =>
    heading === 'Operators'
      ? Array.from(
          text.matchAll(/^\| `(\S+)` \| (.+?) \| (.+?) \| .* \| `(.+)` → `(.+)` \|$/gm),
          ([, operator = '', operands = '', helpers = '', example = '', value = '']) => ({
            operator,
            operands,
            helpers: Array.from(helpers.matchAll(/`(\w+)`/g), ([, name = '']) => name),
            example: JSON.parse(example),
            value: JSON.parse(value),
          }),
        )
      : [],
  )

/** What stands under the heading "Limits". */
export const limitsText = (): string => sections().find(({ heading }) => heading === 'Limits')?.text ?? ''

/** The TypeScript programs of the page. */
export const programs = (): string[] => programsOf(PAGE)
