import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cacheOf } from '../../src/client/cache.ts'
import { httpTables } from '../../src/client/http-tables.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
let service: { readonly url: string; readonly key: string }
let stop: () => Promise<unknown>

beforeAll(async () => {
  project = aProjectCopy()
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, 'data'))
  service = JSON.parse(await firstLine)
  stop = () => end(child, 'SIGTERM')
})
afterAll(async () => {
  await stop()
  project.remove()
})

const linesOf = (stdout: string): unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

it('[CMD6] cache lists the caches, and prints statistics and events of one', async () => {
  const cache = cacheOf<number>(httpTables(service), 'shop.pages')
  await cache.create({ events: true, maxRows: 1, eviction: 'lru' })
  await cache.put('a', 1)
  await cache.put('b', 2)
  await cache.get('a')
  const list = await project.run('cache', 'list', '--url', service.url)
  expect([list.code, linesOf(list.stdout)]).toMatchObject([0, [{ cache: 'shop.pages', size: 1, misses: 1 }]])
  const stats = await project.run('cache', 'stats', 'shop.pages', '--url', service.url)
  expect(linesOf(stats.stdout)).toMatchObject([{ misses: { evicted: 1 }, evictions: 1 }])
  const events = await project.run('cache', 'events', 'shop.pages', '--url', service.url)
  expect([events.code, linesOf(events.stdout)]).toMatchObject([0, [{ key: 'a', cause: 'evicted' }]])
})

it('[CMD6] cache events go on with those that come', async () => {
  const cache = cacheOf<number>(httpTables(service), 'followed')
  await cache.create({ events: true })
  const { child } = project.start('cache', 'events', 'followed', '--follow', '--url', service.url)
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]()
  await cache.put('a', 1, { ttlMs: 500 })
  expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ key: 'a', cause: 'expired' })
  await cache.put('b', 1, { ttlMs: 500 })
  expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ key: 'b', cause: 'expired' })
  await end(child, 'SIGTERM')
})

it('[CMD5] a cache that tells nothing, and one that is not there, are a sentence and code 1', async () => {
  await cacheOf<number>(httpTables(service), 'quiet').put('a', 1)
  const quiet = await project.run('cache', 'events', 'quiet', '--url', service.url)
  expect([quiet.code, quiet.stderr]).toEqual([1, 'edge-ets: badarg: the table was made without events\n'])
  const none = await project.run('cache', 'stats', 'none', '--url', service.url)
  expect([none.code, none.stderr]).toMatchObject([
    1,
    expect.stringMatching(/^edge-ets: no_such_table: .*\n$/),
  ])
})
