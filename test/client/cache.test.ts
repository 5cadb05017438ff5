import { expect, it } from 'vitest'
import { cacheOf } from '../../src/client/cache.ts'
import { runBatch } from '../../src/client/call.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { cacheContract } from '../contract/cache-contract.ts'
import { anApp } from '../support/an-app.ts'

const tables = localTables()
cacheContract('in process', () => tables)

const app = anApp()
cacheContract('over HTTP', () => app.client())

it('[CCH2] calls on a cache and on a table of its process are one turn', async () => {
  const cache = cacheOf<number>(tables, 'shop.cache')
  const other = cacheOf<number>(tables, 'shop.other')
  await runBatch(tables, [cache.calls.put('a', 1), other.calls.put('a', 2)])
  expect([await cache.get('a'), await other.get('a')]).toEqual([1, 2])
})

it('[CCH9] what is to be kept of a value may depend on it', async () => {
  const cache = cacheOf<{ seconds: number }>(tables, 'adaptive')
  const options = { ttlMs: 1, optionsFor: ({ seconds }: { seconds: number }) => ({ ttlMs: seconds * 1000 }) }
  await cache.getOrLoad('a', () => ({ seconds: 60 }), options)
  expect(await cache.ttl('a')).toBeGreaterThan(50_000)
})
