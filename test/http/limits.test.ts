import { describe, expect, it } from 'vitest'
import { Log } from '../../src/observe/log.ts'
import {
  MAX_BATCH_OPERATIONS,
  MAX_BODY_BYTES,
  MAX_ELEMENTS,
  MAX_HEADER_LENGTH,
  MAX_MEMBERS,
} from '../../src/protocol/limits.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

const KEYED = { authorization: `Bearer ${TEST_KEY}` }

async function aTable() {
  const { request } = anApp()
  await request('PUT', '/v1/tables/t')
  const posted = async (body: unknown) =>
    (await request('POST', '/v1/tables/t/ops', typeof body === 'string' ? body : JSON.stringify(body))).status
  const rows = async () =>
    (await (await request('GET', '/v1/tables/t')).json()) as { value: { size: number } }
  return { request, posted, rows }
}

describe('limits over HTTP, on both sides', () => {
  it('[BAD3] a body has at most 1 MiB', async () => {
    const { posted } = await aTable()
    const bodyOf = (bytes: number) => '{"op":"info"}'.padEnd(bytes)
    expect([await posted(bodyOf(MAX_BODY_BYTES)), await posted(bodyOf(MAX_BODY_BYTES + 1))]).toEqual([
      200, 413,
    ])
  })

  it('[TRM8] JSON is no wider than it may be', async () => {
    const { posted, rows } = await aTable()
    const list = (length: number) => ({ op: 'insert_list', args: [Array.from({ length }, (_, i) => [i])] })
    const wide = (members: number) => ({
      op: 'insert',
      args: [['wide', Object.fromEntries(Array.from({ length: members }, (_, i) => [`m${i}`, 0]))]],
    })
    expect([await posted(list(MAX_ELEMENTS + 1)), await posted(wide(MAX_MEMBERS + 1))]).toEqual([413, 413])
    expect((await rows()).value.size).toBe(0)
    expect([await posted(list(MAX_ELEMENTS)), await posted(wide(MAX_MEMBERS))]).toEqual([200, 200])
    expect((await rows()).value.size).toBe(MAX_ELEMENTS + 1)
  })

  it('[TRM7] JSON is no deeper than it may be', async () => {
    const { posted } = await aTable()
    const nested = (levels: number) =>
      `{"op":"insert","args":[["a",${'['.repeat(levels)}${']'.repeat(levels)}]]}`
    expect([await posted(nested(63)), await posted(nested(64))]).toEqual([200, 400])
  })

  it('[IFC6] a batch has at most 1,000 operations', async () => {
    const { posted } = await aTable()
    const batch = (length: number) => Array.from({ length }, () => ({ op: 'info' }))
    expect([
      await posted(batch(MAX_BATCH_OPERATIONS)),
      await posted(batch(MAX_BATCH_OPERATIONS + 1)),
    ]).toEqual([200, 413])
  })

  it.each([
    'idempotency-key',
    'request-timeout-ms',
    'content-type',
    'content-encoding',
    'if-match',
    'if-none-match',
    'cache-control',
    'lease',
    'authorization',
  ])(
    '[HYG10] the header %s is refused when it is too long, and another of that length is not read',
    async (name) => {
      const { request } = anApp()
      await request('PUT', '/v1/caches/c')
      const put = (headers: Record<string, string>) =>
        request('PUT', '/v1/caches/c/entries/a', 'x', { ...KEYED, 'content-type': 'text/plain', ...headers })
      const ops = (headers: Record<string, string>) =>
        request('POST', '/v1/caches/c/ops', '{"op":"cache_size"}', { ...KEYED, ...headers })
      const send = name === 'content-encoding' ? ops : put
      const long = 'x'.repeat(MAX_HEADER_LENGTH + 1)
      const answer = await send({ [name]: long })
      expect(await answer.json()).toMatchObject({ status: 413, code: 'too_large', what: `header ${name}` })
      expect((await send({ [name]: long.slice(1) })).status).not.toBe(413)
      expect((await put({ 'x-other': long })).status).toBe(200)
    },
  )

  it.each(['session-token', 'session-address', 'session-user-agent', 'session-by'])(
    '[HYG10] the header %s is refused when it is too long',
    async (name) => {
      const { request } = anApp()
      const begin = (length: number) =>
        request('POST', '/v1/sessions/web', '{}', { ...KEYED, [name]: 'x'.repeat(length) })
      expect((await begin(MAX_HEADER_LENGTH + 1)).status).toBe(413)
      expect((await begin(MAX_HEADER_LENGTH)).status).not.toBe(413)
    },
  )

  it('[BAD6] an integer that would be rounded is refused, in a body and in a path', async () => {
    const { request, posted, rows } = await aTable()
    expect(await posted('{"op":"insert","args":[[9007199254740993]]}')).toBe(400)
    expect((await request('GET', '/v1/tables/t/rows/9007199254740993')).status).toBe(400)
    expect((await rows()).value.size).toBe(0)
    expect(await posted('{"op":"insert","args":[["9007199254740993"]]}')).toBe(200)
    expect((await request('GET', '/v1/tables/t/rows/%229007199254740993%22')).status).toBe(200)
  })

  it('[BAD7] a body that breaks off is no failure of ours, and changes nothing', async () => {
    const lines: string[] = []
    const { request } = anApp({ log: new Log('warn', (line) => lines.push(line)) })
    await request('PUT', '/v1/tables/t')
    for (const headers of [KEYED, { ...KEYED, 'content-length': '40' }]) {
      const broken = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"op":"insert",'))
          controller.error(new Error('connection lost'))
        },
      })
      const answer = await request('POST', '/v1/tables/t/ops', broken, headers)
      expect(await answer.json()).toMatchObject({ status: 400, detail: 'the body broke off' })
    }
    expect(lines).toEqual([])
  })
})
