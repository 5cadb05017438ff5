import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase, type TestDatabase } from '../support/a-database.ts'
import {
  type CallStep,
  histories,
  KEYS,
  momentOf,
  type Query,
  type QueryStep,
  type Step,
  type TypedOptions,
} from '../support/histories.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { type NaiveRow, NaiveTable } from '../support/naive-table.ts'

describe('a table of any type', () => {
  it(
    '[MDL1] answers like a plain array that is filtered on every read, at every moment',
    modelTimeout,
    () => {
      fc.assert(
        fc.property(histories(), ([options, steps]) => {
          const pair = new Pair(options)
          for (const step of steps) pair.take(step)
        }),
        modelRuns(300),
      )
    },
  )
})

/** The engine and the naive table, led through the same steps. */
class Pair {
  readonly #options: TypedOptions
  readonly #naive: NaiveTable
  readonly #tested: TestDatabase
  #nowMs = 0

  constructor(options: TypedOptions) {
    this.#options = options
    this.#naive = new NaiveTable(options.type, options.keypos, KEYS)
    this.#tested = aDatabase(options)
  }

  take(step: Step): void {
    this.#nowMs = momentOf(step.pace, this.#nowMs, this.#naive.deadlines(this.#nowMs))
    this.#tested.now(this.#nowMs)
    if (step.kind === 'call') this.#call(step)
    else this.#query(step)
    this.#compareContents()
    this.#tested.database.table('t').check()
  }

  get #isOrdered(): boolean {
    return this.#options.type === 'ordered_set'
  }

  #call({ op, args }: CallStep): void {
    const answer = this.#answerOf(op, args)
    if (op === 'safe_fixtable') return
    const expected = this.#naive.run(op, args, this.#nowMs)
    if (op === 'traverse_delete') this.#expectSame(answer, expected)
    else expect(answer).toEqual(expected)
  }

  #query({ op, query }: QueryStep): void {
    const { head, guards, accepts } = query
    const spec = (body: Term): Term => [[head, guards, [body]]]
    const rows = (): NaiveRow[] => this.#naive.where(accepts, this.#nowMs)
    switch (op) {
      case 'match_delete':
        expect(this.#answerOf(op, [head])).toBe(true)
        this.#naive.removeWhere(accepts, this.#nowMs)
        return
      case 'select_delete':
        expect(this.#answerOf(op, [spec(true)])).toBe(this.#naive.removeWhere(accepts, this.#nowMs))
        return
      case 'select_replace':
        this.#replace(query)
        return
      case 'select_count':
        expect(this.#answerOf(op, [spec(true)])).toBe(rows().length)
        return
      case 'match':
        expect(this.#answerOf(op, [head])).toEqual(rows().map(() => []))
        return
      case 'match_object':
        this.#expectSame(this.#answerOf(op, [head]), rows())
        return
      case 'select':
        this.#expectSame(this.#answerOf(op, [spec('$_')]), rows())
        return
      case 'select_reverse':
        this.#expectSame(this.#answerOf(op, [spec('$_')]), rows().reverse())
        return
      default:
        this.#pages(op, op.startsWith('match') ? head : spec('$_'), rows())
    }
  }

  #pages(op: QueryStep['op'], query: Term, rows: NaiveRow[]): void {
    const pages = this.#answerOf(op, [query, 2]) as Term[][]
    expect(pages.every((page, i) => page.length === 2 || (i === pages.length - 1 && page.length === 1))).toBe(
      true,
    )
    if (op === 'match_chunks') expect(pages.flat()).toEqual(rows.map(() => []))
    else this.#expectSame(pages.flat(), op === 'select_reverse_chunks' ? rows.reverse() : rows)
  }

  /** Writes 9 in the place of the value of every row that the query takes. */
  #replace({ head, guards, accepts }: Query): void {
    const { keypos, type } = this.#options
    const key = ['element', keypos, '$_']
    const body = { tuple: keypos === 1 ? [key, 9] : [9, key] }
    const answer = this.#answerOf('select_replace', [[[head, guards, [body]]]])
    if (type === 'bag') {
      expect(answer).toEqual({ refused: 'table_type' })
      return
    }
    const replacement = (row: NaiveRow): NaiveRow => row.with(2 - keypos, 9)
    expect(answer).toBe(this.#naive.replaceWhere(accepts, replacement, this.#nowMs))
  }

  /** The rows, in order where the type has one, under each key always; the sizes; the deadlines; the ends. */
  #compareContents(): void {
    const naive = (op: string, ...args: Term[]): unknown => this.#naive.run(op, args, this.#nowMs)
    expect(this.#answerOf('info', ['size'])).toBe(naive('info', 'size'))
    this.#expectSame(this.#answerOf('tab2list', []), this.#naive.rows(this.#nowMs))
    this.#expectSame(this.#answerOf('foldr', []), this.#naive.rows(this.#nowMs).reverse())
    const entries = this.#naive
      .keys(this.#nowMs)
      .map((key) => [key, this.#naive.under(key, this.#nowMs).map(({ row }) => row)] as Term)
    this.#expectSame(this.#answerOf('traverse_lookup', []), entries)
    for (const key of this.#naive.keys(this.#nowMs)) {
      expect(this.#answerOf('row_info', [key])).toMatchObject(naive('row_info', key) as object)
      expect(this.#answerOf('ttl', [key])).toBe(naive('ttl', key))
    }
    if (this.#isOrdered) this.#compareOrder(naive)
  }

  #compareOrder(naive: (op: string, ...args: Term[]) => unknown): void {
    for (const op of ['first', 'last'] as const) expect(this.#answerOf(op, [])).toEqual(naive(op))
    const key = KEYS[this.#nowMs % KEYS.length] as Term
    for (const op of ['next', 'prev'] as const) expect(this.#answerOf(op, [key])).toEqual(naive(op, key))
    const index = this.#nowMs % 4
    expect(this.#answerOf('slot', [index])).toEqual(naive('slot', index))
  }

  /** Equal as they stand in an `ordered_set`, whatever the order elsewhere. */
  #expectSame(answer: unknown, expected: unknown): void {
    if (this.#isOrdered) expect(answer).toEqual(expected)
    else expect(sorted(answer)).toEqual(sorted(expected))
  }

  #answerOf(op: CallStep['op'], args: readonly Term[]): unknown {
    try {
      return this.#tested.run(op, ...args)
    } catch (error) {
      if (error instanceof EtsError && error.code === 'badarg') {
        return { refused: (error.details as { why: string }).why }
      }
      throw error
    }
  }
}

const sorted = (list: unknown): unknown[] => (list as unknown[]).map((each) => JSON.stringify(each)).sort()
