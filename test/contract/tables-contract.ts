/**
 * What every implementation of `Tables` promises, whatever lies between the caller and the engine.
 *
 * Each test uses tables of a name of its own: an implementation may be shared by a whole file.
 */
import { describe, expect, it } from 'vitest'
import type { RawOperation } from '../../src/protocol/operation.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { expectRefusal } from '../support/refusal.ts'

let lastName = 0

interface Subject {
  readonly table: string
  run(op: string, ...args: unknown[]): Promise<unknown>
  batch(...operations: [op: string, ...args: unknown[]][]): Promise<readonly unknown[]>
}

export function tablesContract(name: string, open: () => Tables): void {
  /** A new empty table and the shortest way to run verbs on it. */
  async function aTable(options?: unknown): Promise<Subject> {
    const tables = open()
    lastName += 1
    const table = `contract${lastName}`
    const on = ([op, ...args]: [string, ...unknown[]]): RawOperation => ({ table, op, args })
    const batch: Subject['batch'] = async (...operations) => (await tables.run(operations.map(on))).values
    const run: Subject['run'] = async (op, ...args) => (await batch([op, ...args]))[0]
    await run('new', ...(options === undefined ? [] : [options]))
    return { table, run, batch }
  }

  describe(`Tables ${name}`, () => {
    it('[IFC1] answers one value an operation, with seq and incarnation', async () => {
      const tables = open()
      const answer = await tables.run([
        { table: 'contract-answer', op: 'new', args: [] },
        { table: 'contract-answer', op: 'insert', args: [['a', 1]] },
        { table: 'contract-answer', op: 'lookup', args: ['a'] },
      ])
      expect(answer).toEqual({ values: ['contract-answer', true, [['a', 1]]], seq: 2, incarnation: 1 })
    })

    it('[IFC2] brings back every kind of term as it was', async () => {
      const { run } = await aTable()
      const terms = [
        0,
        -1.5,
        1e308,
        5e-324,
        '',
        'ü😀\u0000"\\',
        true,
        false,
        null,
        [],
        {},
        [[[]]],
        { a: { b: [null] } },
      ]
      const awkward = [JSON.parse('{"__proto__":{"x":1},"constructor":2}'), '__proto__', 'toString']
      for (const [i, term] of [...terms, ...awkward].entries()) await run('insert', [i, term])
      for (const [i, term] of [...terms, ...awkward].entries()) {
        expect(JSON.stringify(await run('lookup', i))).toBe(JSON.stringify([[i, term]]))
      }
    })

    it('[IFC3] what a caller does to a value afterwards changes nothing in the table', async () => {
      const { run } = await aTable()
      const row: unknown[] = ['k', { list: [1] }]
      await run('insert', row)
      ;(row[1] as { list: number[] }).list.push(2)
      const [found] = (await run('lookup', 'k')) as [[string, { list: number[] }]]
      expect(found).toEqual(['k', { list: [1] }])
      found[1].list.push(3)
      expect(await run('lookup', 'k')).toEqual([['k', { list: [1] }]])
    })

    it('[IFC4] a batch is all or nothing, and its refusal names the operation', async () => {
      const { run, batch } = await aTable()
      await run('insert', ['n', 1])
      const failing = () => batch(['update_counter', 'n', 1], ['delete', 'n'], ['update_counter', 'n', 1])
      await expectRefusal(failing, 'badarg', { why: 'key', index: 2 })
      expect(await run('lookup', 'n')).toEqual([['n', 1]])
      expect(await batch(['update_counter', 'n', 1], ['take', 'n'])).toEqual([2, [['n', 2]]])
    })

    it.each([
      ['an unknown verb', 'insrt', []],
      ['a verb that every object has', 'constructor', []],
      ['too few arguments', 'lookup', []],
      ['too many arguments', 'lookup', ['a', 'b']],
      ['a lone surrogate', 'lookup', ['\ud800']],
      ['a lone surrogate as a member name', 'lookup', [{ '\udc00': 1 }]],
      ['nesting beyond the limit', 'lookup', [nested(65)]],
    ])('[IFC5] refuses %s as a bad request', async (_, op, args) => {
      const { run } = await aTable()
      await expectRefusal(() => run(op, ...args), 'bad_request')
    })

    it('[IFC5] takes nesting up to the limit', async () => {
      const { run } = await aTable()
      expect(await run('insert', [nested(62), 1])).toBe(true)
      expect(await run('member', nested(62))).toBe(true)
    })

    it('[IFC6] refuses an empty list of operations and one that is too long', async () => {
      const { batch } = await aTable()
      await expectRefusal(() => batch(), 'bad_request')
      const tooMany = Array.from({ length: 1001 }, (): [string, string] => ['member', 'a'])
      await expectRefusal(() => batch(...tooMany), 'too_large', { limit: 1000 })
    })

    it.each([0, -1, 1.5, Number.NaN])('[ROU2] refuses the timeout %d', async (timeoutMs) => {
      const info = [{ table: 'contract-timeout', op: 'info', args: [] }]
      await expectRefusal(() => open().run(info, { timeoutMs }), 'bad_request')
    })

    it('[ROU2] takes a timeout that is too long for the longest', async () => {
      const info = [{ table: 'contract-timeout', op: 'info', args: [] }]
      expect((await open().run(info, { timeoutMs: 1e12 })).values).toEqual([null])
    })

    it('[IFC7] refusals of the engine arrive with their details', async () => {
      const { table, run } = await aTable({ keypos: 2 })
      await expectRefusal(() => run('new'), 'table_exists', { table })
      await expectRefusal(() => run('insert', ['short']), 'badarg', { why: 'object' })
      await expectRefusal(() => run('info', 'colour'), 'badarg', { why: 'item' })
      await run('delete_table')
      await expectRefusal(() => run('tab2list'), 'no_such_table', { table })
    })

    it.each([{ typ: 'set' }, { type: 'heap' }, { keypos: 0 }, { keypos: 1.5 }, { keypos: '1' }, [], 'set'])(
      '[IFC8] refuses the table options %j',
      async (options) => {
        await expectRefusal(() => aTable(options), 'badarg', { why: 'options' })
      },
    )

    it('[IFC9] parallel increments are all counted', async () => {
      const { run } = await aTable()
      const results = await Promise.all(
        Array.from({ length: 50 }, () => run('update_counter', 'n', 1, ['', 0]) as Promise<number>),
      )
      expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    })
  })
}

/** A term of `depth` arrays around nothing. */
function nested(depth: number): unknown {
  let term: unknown = []
  for (let i = 1; i < depth; i++) term = [term]
  return term
}
