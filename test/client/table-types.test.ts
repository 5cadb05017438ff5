/** What TypeScript knows of a typed table. The assertions are made by `tsc -p test`; running them does nothing. */
import { expectTypeOf, it } from 'vitest'
import { tableOf } from '../../src/client/table.ts'
import type { Term } from '../../src/engine/term.ts'
import { localTables } from '../../src/router/local-tables.ts'

/** An interface, which has no index signature and so is no `Term`. */
interface Session {
  readonly user: string
  readonly roles: readonly string[]
  readonly note?: string
}

const tables = localTables()
const hits = tableOf<[page: string, count: number]>(tables, 'hits')
const sessions = tableOf<[createdAtMs: number, id: string, session: Session], 2>(tables, 'sessions')
const free = tableOf<readonly Term[]>(tables, 'free')

/** Is never called. */
const never = (_: () => unknown): void => {}

it('[TBL2] the key is the element at the key position', () => {
  expectTypeOf<Parameters<typeof hits.lookup>>().toEqualTypeOf<[key: string]>()
  expectTypeOf<Parameters<typeof sessions.take>>().toEqualTypeOf<[key: string]>()
  expectTypeOf<Parameters<typeof free.lookup>>().toEqualTypeOf<[key: Term]>()
  expectTypeOf(hits.first).returns.resolves.toEqualTypeOf<string | undefined>()
  // @ts-expect-error a number is no key of this table
  never(() => hits.lookup(1))
})

it('[TBL2] rows go in and come out as they were declared', () => {
  expectTypeOf(hits.lookup).returns.resolves.toEqualTypeOf<[page: string, count: number][]>()
  expectTypeOf(sessions.nextLookup).returns.resolves.toEqualTypeOf<
    [key: string, rows: [createdAtMs: number, id: string, session: Session][]] | undefined
  >()
  // @ts-expect-error the count is missing
  never(() => hits.insert(['home']))
  // @ts-expect-error a date is nothing that JSON can hold
  never(() => tableOf<[string, Date]>(tables, 'dates'))
  // @ts-expect-error nor is undefined
  never(() => tableOf<[string, number | undefined]>(tables, 'holes'))
})

it('[TBL2] an element has the type of its position', () => {
  never(() => {
    expectTypeOf(hits.lookupElement('a', 2)).resolves.toEqualTypeOf<number>()
    expectTypeOf(hits.lookupElement('a', 2, null)).resolves.toEqualTypeOf<number | null>()
    expectTypeOf(sessions.lookupElement('a', 3)).resolves.toEqualTypeOf<Session>()
    expectTypeOf(sessions.lookupElements('a', 1)).resolves.toEqualTypeOf<number[]>()
    expectTypeOf(free.lookupElement('a', 7)).resolves.toEqualTypeOf<Term>()
  })
  // @ts-expect-error a row has two elements
  never(() => hits.lookupElement('a', 3))
  // @ts-expect-error the second element is a number
  never(() => hits.updateElement('a', [2, 'many']))
})

it('[TBL2] a counter answers a number, a list of updates a list', () => {
  never(() => {
    expectTypeOf(hits.updateCounter('a', 1)).resolves.toEqualTypeOf<number>()
    expectTypeOf(hits.updateCounter('a', [2, 1, 10, 0])).resolves.toEqualTypeOf<number>()
    expectTypeOf(hits.updateCounter('a', [[2, 1]])).resolves.toEqualTypeOf<number[]>()
  })
})

it('[TBL2] a table of another key position says so when it is created', () => {
  never(() => hits.create())
  never(() => sessions.create({ keypos: 2 }))
  // @ts-expect-error without it the key would be the first element
  never(() => sessions.create())
  // @ts-expect-error the type says 1
  never(() => hits.create({ keypos: 2 }))
})

it('[TBL2] a batch answers a tuple of what its verbs answer', () => {
  never(() => {
    expectTypeOf(
      hits.batch((b) => [b.insert(['a', 1]), b.lookup('a'), b.selectCount([])]),
    ).resolves.toEqualTypeOf<[true, [page: string, count: number][], number]>()
    const keys: string[] = []
    expectTypeOf(hits.batch((b) => keys.map((key) => b.member(key)))).resolves.toEqualTypeOf<boolean[]>()
  })
})

it('[TBL2] a page holds what its verb gives', () => {
  never(() => {
    expectTypeOf(hits.scan('match_object', '_')).toExtend<AsyncIterable<[page: string, count: number][]>>()
    expectTypeOf(hits.scanAll('select', [])).toExtend<AsyncIterable<Term>>()
    expectTypeOf(hits.info('keypos')).resolves.toEqualTypeOf<number | undefined>()
  })
})
