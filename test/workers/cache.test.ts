import { evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { cacheOf } from '../../src/client/cache.ts'
import type { CachePage, CacheSummary } from '../../src/protocol/caches.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { cacheContract } from '../contract/cache-contract.ts'
import { expectRefusal } from '../support/refusal.ts'

const tables = durableTables(lanesTo(env.TABLE_PROCESS))
cacheContract('durable', () => durableTables(lanesTo(env.TABLE_PROCESS)))

it('[LEA10] a lease of a process that was discarded stores nothing', async () => {
  const cache = cacheOf<string>(tables, 'discarded')
  await cache.put('b', 'kept')
  const { lease } = (await cache.load('a')) as { lease: string }
  await new Promise((resume) => setTimeout(resume, 300))
  await evictDurableObject(env.TABLE_PROCESS.getByName('discarded'))
  await expectRefusal(() => cache.fill('a', lease, 'old'), 'gone')
  expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, 'kept'])
})

it('[LEA3] leases are random', async () => {
  const cache = cacheOf<string>(tables, 'random')
  const leases = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await cache.load(`${i}`)) as { lease: string }),
  )
  expect(new Set(leases.map(({ lease }) => lease)).size).toBe(20)
  for (const { lease } of leases) expect(lease).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
})

const authorization = `Bearer ${env.ADMIN_KEY}`
const request = (method: string, path: string, body?: BodyInit, headers = {}) =>
  exports.default.fetch(
    new Request(`http://ets.test/v1/caches/whole/entries/${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    }),
  )

it('[RAW1] bytes of any kind pass every layer, and come back as they came after a restart', async () => {
  const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => (i * 31) % 256)
  const put = await request('PUT', 'image', bytes, {
    'content-type': 'image/png',
    'cache-control': 'max-age=60',
  })
  const etag = put.headers.get('etag') as string
  await new Promise((resume) => setTimeout(resume, 400))
  await evictDurableObject(env.TABLE_PROCESS.getByName('whole'))
  const got = await request('GET', 'image')
  expect([got.status, got.headers.get('content-type'), got.headers.get('etag')]).toEqual([
    200,
    'image/png',
    etag,
  ])
  expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes)
  expect((await request('GET', 'image', undefined, { 'if-none-match': etag })).status).toBe(304)
  expect((await request('PUT', 'image', new Uint8Array(1024 * 1024 + 1))).status).toBe(413)
})

it('[CAL1] the caches of all processes are listed, those that hold nothing back', async () => {
  await cacheOf(tables, 'listed.b').put('k', 1)
  await cacheOf(tables, 'listed.a').put('k', 1)
  await tables.run([{ table: 'listed.t', op: 'new', args: [] }])
  const seen: CacheSummary[] = []
  let after: string | null = ''
  while (after !== null) {
    const path: string = after === '' ? '/v1/caches' : `/v1/caches?after=${after}`
    const response = await exports.default.fetch(`http://ets.test${path}`, { headers: { authorization } })
    const page = ((await response.json()) as { value: CachePage }).value
    expect(page.unanswered).toEqual([])
    seen.push(...page.caches)
    after = page.after
  }
  const names = seen.map(({ cache }) => cache)
  expect(names.filter((name) => name.startsWith('listed'))).toEqual(['listed.a', 'listed.b'])
  expect(seen.find(({ cache }) => cache === 'listed.a')).toMatchObject({ size: 1, hits: 0, hitRatio: null })
})

it('[CAC14] tags of entries survive a restart, and a miss says after it which tag it was', async () => {
  const cache = cacheOf<string>(tables, 'tagged')
  await cache.create({ journal: 'sync' })
  await cache.put('a', '1', { tags: ['x'] })
  await cache.put('b', '2', { tags: ['x', 'y'] })
  await evictDurableObject(env.TABLE_PROCESS.getByName('tagged'))
  expect(await cache.invalidate('y')).toBe(true)
  await evictDurableObject(env.TABLE_PROCESS.getByName('tagged'))
  expect([await cache.get('a'), await cache.get('b')]).toEqual(['1', undefined])
})

const passed = (ms: number) => new Promise((resume) => setTimeout(resume, ms))

it('[EVT6] an entry that expires is told of to who waits, though nobody writes', async () => {
  const cache = cacheOf<string>(tables, 'told')
  await cache.create({ events: true })
  const { cursor } = await cache.events()
  await cache.put('a', '1', { ttlMs: 500 })
  const { events } = await cache.events({ after: cursor, waitMs: 10_000 })
  expect(events).toMatchObject([{ key: 'a', cause: 'expired' }])
})

it('[EVT7] and so it is where the process was away, with the word that some may be missed', async () => {
  const cache = cacheOf<string>(tables, 'toldlater')
  await cache.create({ events: true, journal: 'sync' })
  const { cursor } = await cache.events()
  await cache.put('a', '1', { ttlMs: 500 })
  await evictDurableObject(env.TABLE_PROCESS.getByName('toldlater'))
  await passed(3_000)
  // The alarm has started it; nobody called it.
  const { events, missed } = await cache.events({ after: cursor })
  expect([events, missed]).toMatchObject([[{ key: 'a', cause: 'expired' }], true])
})

it('[RAW8] a caller over HTTP waits for a load, and is given the entry', async () => {
  const { lease } = (await (await request('POST', 'slow/lease')).json()) as { lease: string }
  const waiting = request('POST', 'slow/lease', '{"waitMs":4000}', { 'content-type': 'application/json' })
  await new Promise((resume) => setTimeout(resume, 100))
  await request('PUT', 'slow', 'loaded', { lease, 'content-type': 'text/plain' })
  const got = await waiting
  expect([got.status, await got.text()]).toEqual([200, 'loaded'])
})
