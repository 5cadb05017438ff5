import { describe, expect, it } from 'vitest'
import { runBatch } from '../../src/client/call.ts'
import { tableOf } from '../../src/client/table.ts'
import { gt, match } from '../../src/engine/match/builder.ts'
import { VERBS, type Verb } from '../../src/engine/verbs/registry.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { anApp } from '../support/an-app.ts'
import { expectRefusal } from '../support/refusal.ts'

type Hits = [page: string, count: number]

/** Verbs that have another name as a method: a word that is taken, and a method that does more. */
const METHODS: Readonly<Record<string, string>> = { new: 'create', scan: 'scanPage' }
const methodOf = (verb: string): string =>
  METHODS[verb] ?? verb.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

const implementations: readonly [name: string, open: () => Tables][] = [
  ['in process', () => localTables()],
  ['over HTTP', () => anApp().client()],
]

describe.each(implementations)('typed tables %s', (_, open) => {
  /** The table `hits` with the counts 1 to 5 of five pages, in order of their keys. */
  async function fivePages() {
    const hits = tableOf<Hits>(open(), 'hits')
    await hits.create({ type: 'ordered_set' })
    await hits.insertList(['a', 'b', 'c', 'd', 'e'].map((page, i) => [page, i + 1]))
    return hits
  }

  it('[TBL1] verbs answer as on the wire', async () => {
    const hits = await fivePages()
    expect(await hits.insertNew(['a', 0])).toBe(false)
    expect(await hits.lookup('a')).toEqual([['a', 1]])
    expect(await hits.updateCounter('a', 2)).toBe(3)
    expect(
      await hits.updateCounter('a', [
        [2, 1],
        [2, -1, 0, 9],
      ]),
    ).toEqual([4, 3])
    expect(await hits.updateCounter('new', 1, ['', 0])).toBe(1)
    expect(await hits.updateElement('b', [2, 20])).toBe(true)
    expect(await hits.lookupElement('b', 2)).toBe(20)
    expect(await hits.lookupElement('none', 2, 'nothing')).toBe('nothing')
    expect(await hits.selectReplace(match(['$1', 3]).select('$1', 30))).toBe(2)
    expect(await hits.match<Hits>(['$0', '$1'])).toHaveLength(6)
    expect(await hits.firstLookup()).toEqual(['a', [['a', 30]]])
    expect(await hits.select(match(['$1', '$2']).where(gt('$2', 20)).select('$1'))).toEqual(['a', 'c'])
    expect(await hits.explain('match', ['a', '_'])).toEqual({ kind: 'key', key: 'a' })
    expect(await hits.expire('a', 60_000, { condition: 'NX' })).toBe(true)
    expect(await hits.rowInfo('b')).toMatchObject([{ expiresAtMs: null, idleTtlMs: null }])
  })

  it('[TBL1] in a bag an element is asked of every row', async () => {
    const tags = tableOf<[user: string, tag: string]>(open(), 'tags')
    await tags.create({ type: 'bag' })
    await tags.insertList([
      ['ada', 'admin'],
      ['ada', 'staff'],
    ])
    expect(await tags.lookupElements('ada', 2)).toEqual(['admin', 'staff'])
  })

  it('[TBL3] what is beyond the last key, and a table that is not there, are undefined', async () => {
    const hits = await fivePages()
    expect(await hits.last()).toBe('e')
    expect([await hits.next('e'), await hits.prevLookup('a'), await hits.slot(5)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(await hits.cursorOpen('c', 'match', ['$1', 9], 2)).toBeUndefined()
    expect(await hits.cursorNext('c')).toBeUndefined()
    expect(await hits.info('size')).toBe(5)
    await hits.deleteTable()
    expect(await hits.info()).toBeUndefined()
  })

  it('[TBL3] null is a key like any other', async () => {
    const table = tableOf<[key: string | null, value: number]>(open(), 'nulls')
    await table.create()
    await table.insert([null, 1])
    expect(await table.first()).toBeNull()
  })

  it('[TBL4] a batch answers a tuple, and is all or nothing', async () => {
    const hits = await fivePages()
    const [stored, rows, next] = await hits.batch((b) => [b.insert(['f', 6]), b.lookup('f'), b.next('f')])
    expect([stored, rows, next]).toEqual([true, [['f', 6]], undefined])
    const failing = () => hits.batch((b) => [b.delete('a'), b.updateCounter('none', 1)])
    await expectRefusal(failing, 'badarg', { why: 'key', index: 1 })
    expect(await hits.member('a')).toBe(true)
  })

  it('[TBL4] calls on tables of one process are one turn', async () => {
    const tables = open()
    const carts = tableOf<[user: string, items: string[]]>(tables, 'shop.carts')
    const stock = tableOf<[item: string, left: number]>(tables, 'shop.stock')
    await runBatch(tables, [carts.calls.create(), stock.calls.create(), stock.calls.insert(['tea', 1])])
    const buy = () =>
      runBatch(tables, [carts.calls.insert(['ada', ['tea']]), stock.calls.updateCounter('tea', -1)])
    expect(await buy()).toEqual([true, 0])
    await stock.delete('tea')
    await expectRefusal(buy, 'badarg', { why: 'key', index: 1 })
  })

  it('[TBL5] a scan gives every row once, page by page, while others come and go', async () => {
    const hits = await fivePages()
    const pages: Hits[][] = []
    for await (const page of hits.scan('match_object', '_', { limit: 2 })) {
      pages.push(page)
      await hits.delete('c')
    }
    expect(pages.map((page) => page.map(([key]) => key))).toEqual([
      ['a', 'b'],
      ['d', 'e'],
    ])
    const counts = await collect(
      hits.scanAll('select_reverse', match(['_', '$1']).select('$1'), { limit: 3 }),
    )
    expect(counts).toEqual([5, 4, 2, 1])
    expect(await collect(hits.scan('match', ['none', '$1']))).toEqual([])
  })

  it('[TBL5] a scan goes on from the cursor of a page', async () => {
    const hits = await fivePages()
    const { rows, cursor } = await hits.scanPage('match_object', '_', { limit: 3 })
    expect(rows).toHaveLength(3)
    expect(await collect(hits.scanAll('match', ['$1', '_'], { cursor }))).toEqual([['d'], ['e']])
  })
})

it('[TBL1] every verb is a method, of tables and in batches', () => {
  const hits = tableOf<Hits>(localTables(), 'hits')
  for (const verbs of [hits, hits.calls]) {
    const missing = Object.keys(VERBS).filter((verb) => !(methodOf(verb) in verbs))
    expect(missing).toEqual([])
  }
})

it('[TBL1] a method sends the verb of its name, without the arguments that were left out', () => {
  const { calls } = tableOf<Hits>(localTables(), 'hits')
  for (const [verb, { args }] of Object.entries<Verb>(VERBS)) {
    const method = calls[methodOf(verb) as 'lookup'] as unknown as (...args: unknown[]) => unknown
    const required = args.filter((name) => !name.endsWith('?'))
    expect(method.apply(calls, [...args])).toMatchObject({ table: 'hits', op: verb, args })
    expect(method.apply(calls, required)).toMatchObject({ table: 'hits', op: verb, args: required })
  }
})
