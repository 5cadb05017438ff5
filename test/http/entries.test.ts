import { beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../src/engine/time.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { anApp, type TestApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const AUTHORIZED = { authorization: `Bearer ${TEST_KEY}` }
const PATH = '/v1/caches/c/entries/a'
const MIB = 1024 * 1024

let nowMs: number
let app: TestApp
beforeEach(() => {
  nowMs = 1_000_000
  app = anApp({ tables: localTables({}, () => nowMs as EpochMs) })
})

const put = (body: string | Uint8Array | ReadableStream, headers = {}, path = PATH) =>
  app.request('PUT', path, body, { ...AUTHORIZED, ...headers })
const get = (headers = {}, path = PATH) => app.request('GET', path, undefined, { ...AUTHORIZED, ...headers })
const ops = async (op: string, ...args: unknown[]) =>
  (await app.client().run([{ table: 'c', op, args }])).values[0]

describe('raw entries', () => {
  const BODIES: readonly [string, string | undefined, string | Uint8Array][] = [
    ['text', 'text/plain; charset=utf-8', 'grüße 😀\u0000\n'],
    ['every byte', 'image/png', Uint8Array.from({ length: 256 }, (_, i) => i)],
    ['a byte order mark', 'text/csv', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)],
    ['bytes without a type', undefined, Uint8Array.of(1, 2, 3)],
    ['compact JSON', 'application/json', '{"a":[1,null,"x"]}'],
    ['JSON with spaces', 'application/json', '{ "a": 1.0 }\n'],
    ['JSON of another type', 'application/vnd.api+json', '{"a":1}'],
    ['JSON that names a member twice', 'application/json', '{"a":1,"a":2}'],
    ['JSON that nests deeper than a term', 'application/json', `${'['.repeat(100)}${']'.repeat(100)}`],
    ['what only says that it is JSON', 'application/json', '{nope'],
    ['what says so and is no text', 'application/json', Uint8Array.of(0xff)],
    ['a JSON string', 'application/json', '"text"'],
    ['nothing', 'text/plain', ''],
    ['a mebibyte', 'application/octet-stream', new Uint8Array(MIB).fill(0xfe)],
  ]

  it.each(BODIES)('[RAW1] %s comes back as it came', async (_, type, body) => {
    expect((await put(body, type === undefined ? {} : { 'content-type': type })).status).toBe(200)
    const response = await get()
    expect(response.status).toBe(200)
    // Where nobody says what the bytes are, the text that a client sends is text to it.
    const sent = type ?? 'application/octet-stream'
    expect(response.headers.get('content-type')).toBe(sent)
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('[RAW1] what is to be fresh for longer than numbers can say comes back as it came', async () => {
    const headers = { 'content-type': 'image/png', 'cache-control': 'stale-while-revalidate=60' }
    const path = `${PATH}?ttlMs=999999999999999`
    await put(Uint8Array.of(255, 0, 254), headers, path)
    await ops('cache_expire', 'a', Number.MAX_SAFE_INTEGER)
    const response = await get()
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(255, 0, 254))
    await ops('cache_put', 'n', null, { negative: true, ttlMs: Number.MAX_SAFE_INTEGER, staleIfErrorMs: 1 })
    expect(await ops('cache_get', 'n')).toMatchObject({ negative: true })
  })

  it('[RAW1] any key that can be encoded is a key', async () => {
    for (const key of ['a%2Fb', '%2525', '42', '%22x%22', '%F0%9F%98%80', '%5B1%5D']) {
      const path = `/v1/caches/c/entries/${key}`
      await put(key, { 'content-type': 'text/plain' }, path)
      expect(await (await get({}, path)).text()).toBe(key)
    }
    expect(await ops('cache_has', 'a/b')).toBe(true)
    expect(await ops('cache_has', 42)).toBe(true)
  })

  it.each([
    ['no JSON', { encoding: 'json', type: 'application/json' }, 'no JSON'],
    ['no base64!', { encoding: 'base64', type: 'image/png' }, 'no base64!'],
    [{ a: 1 }, { encoding: 'base64', type: 'image/png' }, '{"a":1}'],
    ['text', { type: 'a\nb: c' }, '"text"'],
    ['text', { storedAtMs: null, type: 5 }, '"text"'],
  ])('[RAW2] what is not what is said of it, %j %j, is given as it is', async (value, about, body) => {
    await ops('cache_new')
    await ops('insert', ['a', value, about])
    const response = await get()
    expect([response.status, await response.text()]).toEqual([200, body])
    expect((await app.request('HEAD', PATH, undefined, AUTHORIZED)).status).toBe(200)
    await ops('cache_get', 'a')
  })

  it('[RAW2] verbs see JSON as its value, text as a string, and bytes in base64', async () => {
    await put('{ "a": 1 }', { 'content-type': 'application/json' })
    expect(await ops('cache_get', 'a')).toMatchObject({ value: { a: 1 } })
    await put('text', { 'content-type': 'text/plain' })
    expect(await ops('cache_get', 'a')).toMatchObject({ value: 'text' })
    await put(Uint8Array.of(0xff, 0xfe))
    expect(await ops('cache_get', 'a')).toMatchObject({ value: '//4=', encoding: 'base64' })
    await ops('cache_put', 'a', { n: 1 })
    const response = await get()
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ n: 1 })
    expect(await ops('cache_incr', 'n', 2)).toBe(2)
    expect(await (await get({}, '/v1/caches/c/entries/n')).text()).toBe('2')
  })

  it('[RAW3] a body over the limit is refused before anything changes, however it comes', async () => {
    await put('before', { 'content-type': 'text/plain' })
    expect((await put(new Uint8Array(MIB + 1))).status).toBe(413)
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    expect((await put(endless)).status).toBe(413)
    expect(pulled).toBeLessThan(30)
    expect(await (await get()).text()).toBe('before')
  })

  it('[RAW4] HEAD answers as GET without the bytes', async () => {
    await put('text', { 'content-type': 'text/plain' })
    const head = await app.request('HEAD', PATH, undefined, AUTHORIZED)
    const full = await get()
    expect(await head.text()).toBe('')
    for (const name of ['etag', 'content-type', 'cache-status', 'age'])
      expect(head.headers.get(name)).toBe(full.headers.get(name))
  })

  it('[RAW4] DELETE removes, and says whether there was something', async () => {
    await put('text')
    expect(await (await app.request('DELETE', PATH)).json()).toEqual({ value: true })
    expect(await (await app.request('DELETE', PATH)).json()).toEqual({ value: false })
    expect((await get()).status).toBe(404)
  })
})

describe('conditions', () => {
  it('[RAW5] a GET by who has the entry already is answered 304, with its times', async () => {
    const etag = (await put('text', { 'cache-control': 'max-age=60' })).headers.get('etag') as string
    for (const header of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
      const response = await get({ 'if-none-match': header })
      expect([header, response.status, await response.text()]).toEqual([header, 304, ''])
      expect(response.headers.get('etag')).toBe(etag)
      expect(response.headers.get('cache-control')).toBe('max-age=60')
    }
    await put('new text')
    expect((await get({ 'if-none-match': etag })).status).toBe(200)
    expect((await get({ 'if-none-match': 'unquoted' })).status).toBe(400)
  })

  it('[RAW5] a PUT with If-Match replaces that version alone', async () => {
    const etag = (await put('1')).headers.get('etag') as string
    expect((await put('x', { 'if-match': '"other"' })).status).toBe(412)
    expect((await put('2', { 'if-match': etag })).status).toBe(200)
    expect((await put('3', { 'if-match': etag })).status).toBe(412)
    expect((await put('4', { 'if-match': '*' })).status).toBe(200)
    expect((await put('x', { 'if-match': '*' }, '/v1/caches/c/entries/none')).status).toBe(412)
    expect((await put('x', { 'if-match': etag }, '/v1/caches/c/entries/none')).status).toBe(412)
    expect(await (await get()).text()).toBe('4')
  })

  it('[RAW5] a PUT with If-None-Match: * stores only where there is nothing', async () => {
    expect((await put('1', { 'if-none-match': '*' })).status).toBe(200)
    const refused = await put('2', { 'if-none-match': '*' })
    expect([refused.status, await refused.json()]).toMatchObject([412, { code: 'version_conflict' }])
    expect((await put('2', { 'if-none-match': '"x"' })).status).toBe(400)
    expect(await (await get()).text()).toBe('1')
  })
})

describe('times', () => {
  it('[RAW6] Cache-Control is understood and given back, with the age of the entry', async () => {
    await put('text', { 'cache-control': 'public, max-age=60, stale-while-revalidate=30, Stale-If-Error=90' })
    nowMs += 20_500
    const fresh = await get()
    expect(fresh.headers.get('cache-control')).toBe(
      'max-age=60, stale-while-revalidate=30, stale-if-error=90',
    )
    expect(fresh.headers.get('age')).toBe('20')
    expect(fresh.headers.get('cache-status')).toBe('edge-ets; hit; ttl=39')
    nowMs += 60_000
    const stale = await get()
    expect([stale.status, stale.headers.get('age')]).toEqual([200, '80'])
    expect(stale.headers.get('cache-status')).toBe('edge-ets; hit; ttl=-21')
    nowMs += 20_000
    const late = await get()
    expect([late.status, late.headers.get('cache-status')]).toEqual([
      404,
      'edge-ets; fwd=stale; detail=stale',
    ])
  })

  it.each([
    ['max-age =60', 'max-age=60'],
    ['max-age= "60"', 'max-age=60'],
    ['max-age=99999999999999999999', 'max-age=2147483648'],
  ])('[RAW6] takes Cache-Control: %s', async (sent, given) => {
    expect((await put('text', { 'cache-control': sent })).status).toBe(200)
    expect((await get()).headers.get('cache-control')).toBe(given)
  })

  it('[RAW5] If-Match of a DELETE is a condition', async () => {
    const remove = (tag: string) => app.request('DELETE', PATH, undefined, { ...AUTHORIZED, 'if-match': tag })
    expect((await remove('*')).status).toBe(412)
    const etag = (await put('text')).headers.get('etag') as string
    expect((await remove('"other"')).status).toBe(412)
    expect((await get()).status).toBe(200)
    expect(await (await remove(etag)).json()).toEqual({ value: true })
    await put('text')
    expect(await (await remove('*')).json()).toEqual({ value: true })
    expect((await remove('no tag')).status).toBe(400)
  })

  it('[RAW8] who is to load anew that there is nothing has the lease', async () => {
    await ops('cache_put', 'a', null, { negative: true, ttlMs: 10, staleWhileRevalidateMs: 60_000 })
    nowMs += 20
    const won = await app.request('POST', `${PATH}/lease`, undefined, AUTHORIZED)
    expect([won.status, won.headers.get('cache-status')]).toEqual([
      201,
      'edge-ets; fwd=uri-miss; detail=negative',
    ])
    const { lease } = (await won.json()) as { lease: string }
    expect((await app.request('POST', `${PATH}/lease`, undefined, AUTHORIZED)).status).toBe(404)
    expect((await put('there', { lease, 'content-type': 'text/plain' })).status).toBe(200)
    expect(await (await get()).text()).toBe('there')
  })

  it('[RAW6] milliseconds go in the query; what never ends is to be asked for again', async () => {
    await put('text', {}, `${PATH}?ttlMs=1500`)
    nowMs += 1499
    expect((await get()).status).toBe(200)
    nowMs += 1
    expect((await get()).status).toBe(404)
    await put('text')
    expect((await get()).headers.get('cache-control')).toBe('no-cache')
  })

  it.each([
    'max-age=0',
    'max-age=-1',
    'max-age=1.5',
    'max-age',
    'max-age=x',
    'stale-if-error=0',
    'max-age="60',
    'max-age=60=7',
    'no-store',
  ])('[RAW6] refuses Cache-Control: %s', async (header) => {
    expect((await put('text', { 'cache-control': header })).status).toBe(400)
    expect((await get()).status).toBe(404)
  })

  it('[RAW6] refuses spans in the query that are none', async () => {
    for (const span of ['0', '-1', '1.5', '', 'x', '1e3', '99999999999999999'])
      expect((await put('text', {}, `${PATH}?ttlMs=${span}`)).status).toBe(400)
  })

  it('[RAW7] a miss says why in Cache-Status', async () => {
    const response = await get()
    expect(await response.json()).toMatchObject({ code: 'no_such_key', reason: 'absent' })
    expect(response.headers.get('cache-status')).toBe('edge-ets; fwd=uri-miss; detail=absent')
    await ops('cache_put', 'a', null, { negative: true })
    expect(await (await get()).json()).toMatchObject({ code: 'no_such_key', reason: 'negative' })
  })
})

describe('tags over HTTP', () => {
  const invalidate = (body: unknown) =>
    app.request('POST', '/v1/caches/c/invalidate', JSON.stringify(body), AUTHORIZED)

  it('[RAW10] Cache-Tag names the tags of an entry, and a miss the one that took it away', async () => {
    await put('1', { 'cache-tag': 'product:1, list' })
    await put('2', { 'cache-tag': 'list' }, '/v1/caches/c/entries/b')
    expect((await get()).headers.get('cache-tag')).toBe('list, product:1')
    expect(await (await invalidate({ tags: ['product:1', 'other'] })).json()).toEqual({ value: true })
    const missed = await get()
    expect([missed.status, missed.headers.get('cache-status')]).toEqual([
      404,
      'edge-ets; fwd=uri-miss; detail="invalidated by tag product:1"',
    ])
    expect(await missed.json()).toMatchObject({ reason: 'invalidated', tag: 'product:1' })
    expect((await get({}, '/v1/caches/c/entries/b')).status).toBe(200)
    expect(await (await invalidate({ tags: ['product:1'] })).json()).toEqual({ value: false })
  })

  it('[RAW10] softly, an entry is served stale until it is put anew', async () => {
    await put('1', { 'cache-tag': 'x', 'cache-control': 'max-age=60, stale-while-revalidate=30' })
    nowMs += 10_000
    await invalidate({ tags: ['x'], soft: true })
    nowMs += 5_000
    const stale = await get()
    expect([stale.status, stale.headers.get('age')]).toEqual([200, '15'])
    expect(stale.headers.get('cache-status')).toBe('edge-ets; hit; ttl=-5')
    nowMs += 25_000
    expect((await get()).headers.get('cache-status')).toBe('edge-ets; fwd=stale; detail=stale')
    await put('2', { 'cache-tag': 'x' })
    expect((await get()).headers.get('cache-status')).toBe('edge-ets; hit')
  })

  it('[RAW10] what cannot stand in a header is percent-encoded, both ways', async () => {
    const tags = ['a,b', 'grün', '100%', 'x y']
    await put('1', { 'cache-tag': tags.map(encodeURIComponent).join(',') })
    expect(await ops('cache_info', 'a')).toMatchObject({ tags: [...tags].sort() })
    expect((await get()).headers.get('cache-tag')).toBe('100%25, a%2Cb, gr%C3%BCn, x%20y')
    expect((await put('2', { 'cache-tag': '100%' })).status).toBe(400)
    expect((await put('2', { 'cache-tag': ' , ' })).status).toBe(200)
    expect((await get()).headers.get('cache-tag')).toBe(null)
  })

  it('[RAW10] too many tags, one that is too long, and what is no list of them change nothing', async () => {
    await put('before', { 'cache-tag': 'x' })
    expect((await put('2', { 'cache-tag': Array(65).fill('t').join() })).status).toBe(422)
    expect((await put('2', { 'cache-tag': 't'.repeat(513) })).status).toBe(422)
    const bodies = [{}, { tags: 'x' }, { tags: [''] }, { tags: ['x'], soft: 1 }, { tags: ['x'], hard: true }]
    for (const body of [...bodies, { tags: Array(65).fill('x') }])
      expect([body, (await invalidate(body)).status]).toEqual([body, 400])
    expect(await (await get()).text()).toBe('before')
  })
})

describe('loading over HTTP', () => {
  const load = (body = {}) => app.request('POST', `${PATH}/lease`, JSON.stringify(body), AUTHORIZED)

  it('[RAW8] one caller is given the lease, the next is told who loads, and the fill is there for all', async () => {
    const won = await load({ leaseTtlMs: 5000 })
    const { lease } = (await won.json()) as { lease: string }
    expect([won.status, won.headers.get('cache-status')]).toEqual([
      201,
      'edge-ets; fwd=uri-miss; detail=absent',
    ])
    const other = await load()
    expect([other.status, other.headers.get('retry-after')]).toEqual([202, '5'])
    expect(
      (await put('loaded', { lease, 'cache-control': 'max-age=60', 'content-type': 'text/plain' })).status,
    ).toBe(200)
    const found = await load()
    expect([found.status, await found.text(), found.headers.get('lease')]).toEqual([200, 'loaded', null])
    nowMs += 55_000
    const early = await load({ refreshAheadMs: 10_000 })
    expect([early.status, await early.text()]).toEqual([200, 'loaded'])
    expect(early.headers.get('lease')).toBeTruthy()
  })

  it('[RAW8] a lease that is void or made up stores nothing', async () => {
    const { lease } = (await (await load()).json()) as { lease: string }
    expect((await put('x', { lease: 'forged' })).status).toBe(410)
    expect((await put('x', { lease, 'if-none-match': '*' })).status).toBe(400)
    await app.request('DELETE', PATH)
    expect((await put('x', { lease })).status).toBe(410)
    expect((await get()).status).toBe(404)
  })

  it('[RAW8] who gives a lease back is told what will do instead, and others when to try again', async () => {
    await put('old', { 'cache-control': 'max-age=10, stale-if-error=60', 'content-type': 'text/plain' })
    nowMs += 20_000
    const { lease } = (await (await load()).json()) as { lease: string }
    const path = `${PATH}/lease?backoffMs=3000`
    const failed = await app.request('DELETE', path, undefined, { ...AUTHORIZED, lease })
    expect(await failed.json()).toMatchObject({ value: { value: 'old', stale: true } })
    expect(await (await load()).text()).toBe('old')
    nowMs += 60_000
    const { lease: next } = (await (await load()).json()) as { lease: string }
    await app.request('DELETE', path, undefined, { ...AUTHORIZED, lease: next })
    const held = await load()
    expect([held.status, held.headers.get('retry-after')]).toEqual([503, '3'])
    expect(await held.json()).toMatchObject({ code: 'load_failed', retryAfterMs: 3000 })
    expect((await app.request('DELETE', path, undefined, AUTHORIZED)).status).toBe(400)
  })
})
