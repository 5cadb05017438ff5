import { expect, it } from 'vitest'
import { Database } from '../../src/engine/database.ts'
import { cachesOf } from '../../src/process/measure.ts'
import { VERBS } from '../../src/protocol/verbs.ts'
import { at } from '../support/a-database.ts'

it('[CAL1] the caches of a process are its tables of pairs that count, those that the caller may read', () => {
  const database = new Database({ verbs: VERBS })
  const run = (table: string, op: string, ...args: never[]) => database.run([{ table, op, args }], at(0))[0]
  run('b', 'cache_put', ...(['k', 1] as never[]))
  run('b', 'cache_get', ...(['k'] as never[]))
  run('b', 'cache_get', ...(['x'] as never[]))
  run('b', 'cache_load', ...(['x'] as never[]))
  run('t', 'new')
  run('bag', 'new', ...([{ type: 'bag', statistics: true }] as never[]))
  run('a', 'cache_new', ...([{ access: 'private', owner: 'ada' }] as never[]))
  run('r', 'cache_new', ...([{ access: 'protected', owner: 'ada' }] as never[]))
  const names = (key: string, isAdmin = false) =>
    cachesOf(database, { tenant: '', key, isAdmin }, at(0)).map(({ cache }) => cache)
  expect(names('ada')).toEqual(['a', 'b', 'r'])
  expect(names('bob')).toEqual(['b', 'r'])
  expect(names('bob', true)).toEqual(['a', 'b', 'r'])
  expect(cachesOf(database, undefined, at(0))[1]).toEqual({
    ...{ cache: 'b', size: 1, bytes: database.table('b').bytes },
    ...{ hits: 1, misses: 2, hitRatio: 1 / 3 },
  })
})
