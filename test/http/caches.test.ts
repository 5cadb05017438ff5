import { describe, expect, it } from 'vitest'
import { httpCaches } from '../../src/client/http-caches.ts'
import type { RemovalEvents } from '../../src/client/shapes.ts'
import type { CachePage, CacheSummary, Caches } from '../../src/protocol/caches.ts'
import { Grants } from '../../src/security/grants.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const summaryOf = (cache: string): CacheSummary => ({
  ...{ cache, size: 1, bytes: 100, hits: 1, misses: 1, hitRatio: 0.5 },
})

describe('the list of caches', () => {
  const caches: Caches = {
    list: async (after) => ({
      caches: ['shop.a', 'shop.b', 'stock'].map(summaryOf).filter(({ cache }) => cache > (after ?? '')),
      after: after === undefined ? 'stock' : null,
      unanswered: [],
    }),
  }

  it('[CAL1] has those that the grants of the key let it read', async () => {
    const allowed = async (words: string[]): Promise<unknown> => {
      const authenticate = () => ({ tenant: '', key: 'k', grants: new Grants(words) })
      const response = await anApp({ caches, access: { authenticate } }).request('GET', '/v1/caches')
      const body = (await response.json()) as { value?: CachePage }
      return body.value?.caches.map(({ cache }) => cache) ?? response.status
    }
    expect(await allowed(['admin'])).toEqual(['shop.a', 'shop.b', 'stock'])
    expect(await allowed(['read:shop.*'])).toEqual(['shop.a', 'shop.b'])
    expect(await allowed(['write:stock'])).toEqual(['stock'])
    expect(await allowed(['read:nothing'])).toEqual([])
  })

  it('[CAL2] goes on behind a process, for HTTP and for the client', async () => {
    const app = anApp({ caches })
    const client = httpCaches({ url: 'http://ets.test', key: TEST_KEY, fetch: app.send })
    expect(await client.list()).toMatchObject({ after: 'stock' })
    expect(await client.list('shop.a'.slice(0, 4))).toMatchObject({ after: null })
    for (const query of ['after=a.b', 'after=%00', 'before=a', 'after=a&after=b'])
      expect([query, (await app.request('GET', `/v1/caches?${query}`)).status]).toEqual([query, 400])
    expect((await app.request('GET', '/v1/caches', undefined, {})).status).toBe(401)
    expect((await app.request('POST', '/v1/caches')).status).toBe(405)
  })
})

describe('events over HTTP', () => {
  it('[EVT8] are read on behind a cursor, and waited for', async () => {
    const app = anApp()
    await app.request('PUT', '/v1/caches/c', '{"events":true}')
    const events = async (query = '') => {
      const response = await app.request('GET', `/v1/caches/c/events${query}`)
      return ((await response.json()) as { value: RemovalEvents }).value
    }
    const { cursor } = await events()
    await app.request('PUT', '/v1/caches/c/entries/a?ttlMs=150', '1')
    const told = await events(`?after=${cursor}&waitMs=5000`)
    expect(told).toMatchObject({ events: [{ key: 'a', cause: 'expired' }], missed: false })
    expect(await events(`?after=${told.cursor}&waitMs=50&limit=1`)).toEqual({ ...told, events: [] })
    expect((await events('?after=other.5')).missed).toBe(true)
  })

  it('[EVT8] refuses what is no question, and who may not read', async () => {
    const authenticate = (credential: string) => ({
      ...{ tenant: '', key: 'k', grants: new Grants(credential.split(',')) },
    })
    const app = anApp({ access: { authenticate } })
    const ask = async (query: string, words = 'read:c') =>
      (
        await app.request('GET', `/v1/caches/c/events${query}`, undefined, {
          authorization: `Bearer ${words}`,
        })
      ).status
    expect(await ask('')).toBe(404)
    await app.request('PUT', '/v1/caches/c', '{"events":true}', { authorization: 'Bearer admin' })
    expect(await ask('')).toBe(200)
    expect(await ask('', 'read:d')).toBe(403)
    for (const query of [
      '?limit=x',
      '?waitMs=-1',
      '?waitMs=1.5',
      '?waitMs=1e3',
      '?before=1',
      '?limit=1&limit=2',
    ])
      expect([query, await ask(query)]).toEqual([query, 400])
    for (const query of [
      '?limit=0',
      '?limit=1001',
      '?waitMs=30001',
      '?after=',
      '?after=x',
      `?after=${'l'.repeat(2000)}.1`,
    ])
      expect([query, await ask(query)]).toEqual([query, 422])
  })
})

describe('/v1/caches', () => {
  it('[RAW9] a cache is created, described and dropped', async () => {
    const app = anApp()
    const made = await app.request('PUT', '/v1/caches/c', '{"type":"ordered_set"}')
    expect([made.status, await made.json()]).toEqual([201, { value: 'c' }])
    expect((await app.request('PUT', '/v1/caches/c')).status).toBe(409)
    expect((await app.request('PUT', '/v1/caches/d', '{"type":"bag"}')).status).toBe(400)
    const info = await app.request('GET', '/v1/caches/c')
    expect(await info.json()).toMatchObject({ value: { name: 'c', type: 'ordered_set', size: 0 } })
    expect((await app.request('DELETE', '/v1/caches/c')).status).toBe(200)
    expect((await app.request('GET', '/v1/caches/c')).status).toBe(404)
  })

  it('[RAW9] verbs run one by one and as a batch', async () => {
    const app = anApp()
    const one = await app.request('POST', '/v1/caches/c/ops', '{"op":"cache_put","args":["a",1]}')
    expect(await one.json()).toEqual({ value: 2 })
    const batch =
      '[{"op":"cache_incr","args":["a",1]},{"op":"cache_get","args":["a"]},{"op":"info","args":["size"]}]'
    const many = await app.request('POST', '/v1/caches/c/ops', batch)
    expect(await many.json()).toEqual({ values: [2, { value: 2, version: 3 }, 1] })
  })

  it('[RAW9] keys by prefix come in slices', async () => {
    const app = anApp()
    const entries = JSON.stringify(Array.from({ length: 5 }, (_, i) => [`u:${i}`, i]))
    await app.request('POST', '/v1/caches/c/ops', `{"op":"cache_put_many","args":[${entries}]}`)
    const seen: string[] = []
    let query = 'prefix=u%3A&limit=2'
    for (;;) {
      const response = await app.request('GET', `/v1/caches/c/keys?${query}`)
      const { value } = (await response.json()) as { value: { keys: string[]; cursor: unknown } }
      seen.push(...value.keys)
      if (value.cursor === null) break
      query = `prefix=u%3A&limit=2&cursor=${encodeURIComponent(JSON.stringify(value.cursor))}`
    }
    expect(seen.sort()).toEqual(['u:0', 'u:1', 'u:2', 'u:3', 'u:4'])
    for (const bad of ['cursor=x', 'cursor=%7B%7D', 'limit=0', 'limit=x', 'colour=1'])
      expect([bad, (await app.request('GET', `/v1/caches/c/keys?${bad}`)).status < 500]).toEqual([bad, true])
    expect((await app.request('GET', '/v1/caches/c/keys?cursor=x')).status).toBe(400)
  })

  it('[RAW9] a cache tells how its loads went, until it is reset', async () => {
    const app = anApp()
    expect((await app.request('GET', '/v1/caches/c/stats')).status).toBe(404)
    await app.request('POST', '/v1/caches/c/entries/a/lease')
    await app.request('POST', '/v1/caches/c/entries/a/lease')
    const stats = async () => (await app.request('GET', '/v1/caches/c/stats')).json()
    expect(await stats()).toMatchObject({ value: { leases: 1, loads: { won: 1, waited: 1 } } })
    expect((await app.request('POST', '/v1/caches/c/stats/reset')).status).toBe(200)
    expect(await stats()).toMatchObject({ value: { leases: 1, loads: { won: 0, waited: 0 } } })
  })
})
