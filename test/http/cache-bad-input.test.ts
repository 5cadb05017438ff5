import { beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../src/engine/time.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { anApp, type TestApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const AUTHORIZED = { authorization: `Bearer ${TEST_KEY}` }
const ENTRY = '/v1/caches/c/entries/a'
const NOW = 1_000_000

let nowMs: number
let app: TestApp
beforeEach(async () => {
  nowMs = NOW
  app = anApp({ tables: localTables({}, () => nowMs as EpochMs) })
  await app.request('PUT', '/v1/caches/c', '{"maxTtlMs":60000}')
  await app.request('PUT', ENTRY, 'before', { ...AUTHORIZED, 'content-type': 'text/plain' })
  await app.request('GET', ENTRY)
  await app.request('GET', '/v1/caches/c/entries/none')
})

/** All that a refused request may not change; that it was asked for is counted by its verb alone. */
async function state(): Promise<unknown> {
  const ops = [{ op: 'cache_stats' }, { op: 'cache_peek', args: ['a'] }, { op: 'tab2list' }]
  const response = await app.request('POST', '/v1/caches/c/ops', JSON.stringify(ops))
  const { values } = (await response.json()) as { values: [{ operations: unknown }, ...unknown[]] }
  const [{ operations: _, ...stats }, ...rest] = values
  return [stats, ...rest, response.headers.get('ets-seq')]
}

type Refused = readonly [what: string, status: number, code: string, request: () => Promise<Response>]

const put =
  (query: string, headers = {}, body: string | ReadableStream = 'after') =>
  () =>
    app.request('PUT', ENTRY + query, body, { ...AUTHORIZED, ...headers })
const op =
  (name: string, ...args: unknown[]) =>
  () =>
    app.request('POST', '/v1/caches/c/ops', JSON.stringify({ op: name, args }))
/** JSON as nobody can write it from a program. */
const raw = (text: string) => () => app.request('POST', '/v1/caches/c/ops', text)

const REFUSED: readonly Refused[] = [
  ['a TTL of zero', 400, 'bad_request', put('?ttlMs=0')],
  ['a negative TTL', 400, 'bad_request', put('?ttlMs=-5')],
  ['a TTL that is no number', 400, 'bad_request', put('?ttlMs=NaN')],
  ['a fractional TTL', 400, 'bad_request', put('?ttlMs=1.5')],
  ['a TTL beyond maxTtlMs', 422, 'badarg', put('?ttlMs=60001')],
  ['max-age of zero', 400, 'bad_request', put('', { 'cache-control': 'max-age=0' })],
  ['max-age beyond maxTtlMs', 422, 'badarg', put('', { 'cache-control': 'max-age=61' })],
  ['a verb with a TTL of zero', 422, 'badarg', op('cache_put', 'a', 1, { ttlMs: 0 })],
  ['a verb with a negative TTL', 422, 'badarg', op('cache_put', 'a', 1, { ttlMs: -1 })],
  ['a verb with a fractional TTL', 422, 'badarg', op('cache_put', 'a', 1, { ttlMs: 0.5 })],
  ['a verb with a TTL beyond maxTtlMs', 422, 'badarg', op('cache_put', 'a', 1, { ttlMs: 60_001 })],
  ['a moment beyond maxTtlMs', 422, 'badarg', op('cache_put', 'a', 1, { expiresAtMs: NOW + 60_001 })],
  ['a verb with NaN', 400, 'bad_request', raw('{"op":"cache_put","args":["a",1,{"ttlMs":NaN}]}')],
  [
    'a verb with an infinite TTL',
    400,
    'bad_request',
    raw('{"op":"cache_put","args":["a",1,{"ttlMs":1e999}]}'),
  ],
  ['an expiry beyond maxTtlMs', 422, 'badarg', op('cache_expire', 'a', 60_001)],
  ['an expiry of zero', 422, 'badarg', op('cache_expire', 'a', 0)],
  ['persisting in spite of maxTtlMs', 422, 'badarg', op('cache_persist', 'a')],
  ['too many tags', 422, 'badarg', put('', { 'cache-tag': Array(65).fill('t').join() })],
  ['a tag that is too long', 422, 'badarg', put('', { 'cache-tag': 't'.repeat(513) })],
  ['tags that are none', 422, 'badarg', op('cache_put', 'a', 1, { tags: ['x', 5] })],
  ['a forged lease', 410, 'gone', put('', { lease: 'forged' })],
  ['giving a forged lease back', 410, 'gone', op('cache_fail', 'a', 'forged')],
  ['counting what is no number', 422, 'badarg', op('cache_incr', 'a', 1)],
  ['counting by what is no number', 422, 'badarg', op('cache_incr', 'n', 1.5)],
  [
    'a batch of which the last is refused',
    422,
    'badarg',
    () =>
      app.request(
        'POST',
        '/v1/caches/c/ops',
        JSON.stringify([
          { op: 'cache_put', args: ['b', 1, { tags: ['x'] }] },
          { op: 'cache_delete', args: ['a'] },
          { op: 'cache_invalidate', args: [['x']] },
          { op: 'delete_all_objects' },
          { op: 'cache_reset_stats' },
          { op: 'cache_incr', args: ['n', 1, { max: 0 }] },
        ]),
      ),
  ],
]

describe('bad input over HTTP', () => {
  it.each(REFUSED)(
    '[CAC12] %s is refused (%i, %s), and nothing changes',
    async (_, status, code, request) => {
      const before = await state()
      const response = await request()
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code])
      expect(await state()).toEqual(before)
    },
  )

  it('[RAW3] a body over the limit that is still on its way is refused, and nothing changes', async () => {
    const before = await state()
    let pulled = 0
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled++
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    const response = await put('', {}, endless)()
    expect(response.status).toBe(413)
    expect(pulled).toBeLessThan(30)
    expect(await state()).toEqual(before)
  })

  it('[LEA3] a lease of another key, a used one and one that ended store nothing', async () => {
    const lease = async (path: string): Promise<string> =>
      (
        (await (await app.request('POST', `${path}/lease`, '{"leaseTtlMs":1000}')).json()) as {
          lease: string
        }
      ).lease
    const [used, other, old] = ['x', 'y', 'z'].map((key) => `/v1/caches/c/entries/${key}`) as [
      string,
      string,
      string,
    ]
    const leases = [await lease(used), await lease(other), await lease(old)] as const
    const fill = async (path: string, token: string, body: string) =>
      (await app.request('PUT', path, body, { ...AUTHORIZED, lease: token })).status
    expect(await fill(used, leases[0], 'first')).toBe(200)
    nowMs += 1_000
    const before = await state()
    expect(await fill(used, leases[0], 'again')).toBe(410)
    expect(await fill(ENTRY, leases[1], 'of another')).toBe(410)
    expect(await fill(old, leases[2], 'late')).toBe(410)
    expect(await state()).toEqual(before)
  })

  it('[CAC6] a moment that is past ends an entry at once, as in Redis', async () => {
    expect((await op('cache_expire_at', 'a', NOW - 1)()).status).toBe(200)
    expect((await app.request('GET', ENTRY)).headers.get('cache-status')).toBe(
      'edge-ets; fwd=stale; detail=expired',
    )
    expect(await (await op('cache_put', 'b', 1, { expiresAtMs: 5 })()).json()).toHaveProperty('value')
    expect((await app.request('GET', '/v1/caches/c/entries/b')).status).toBe(404)
  })
})
