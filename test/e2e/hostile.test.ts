/** What no client library sends, over a socket to the real workerd. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
let service: { readonly url: string; readonly key: string; readonly pid: number }
let stop: () => Promise<unknown>
beforeAll(async () => {
  project = aProjectCopy()
  const { child, firstLine } = project.start(
    'serve',
    '--port',
    '0',
    '--persist',
    join(project.dir, 'hostile'),
  )
  stop = () => end(child, 'SIGTERM')
  service = JSON.parse(await firstLine) as typeof service
  expect(await status(request('PUT', '/v1/tables/shop.t', ['Content-Length: 0']))).toBe(201)
})
afterAll(async () => {
  await stop()
  project.remove()
})

const CRLF = '\r\n'

/** A request with the key, and whatever else is said. */
const request = (method: string, target: string, fields: readonly string[] = [], body = ''): string =>
  [
    `${method} ${target} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    `Authorization: Bearer ${service.key}`,
    ...fields,
    '',
    body,
  ].join(CRLF)

/** What comes back for bytes until the connection is closed, or nothing has come for a while. */
function answerTo(sent: string, patienceMs = 1_000): Promise<string> {
  return new Promise((done) => {
    let text = ''
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(text))
    socket.write(sent, 'latin1')
  })
}

/** The status of the first answer; 0 where there is none. */
const status = async (sent: string): Promise<number> => Number((await answerTo(sent)).split(' ')[1] ?? 0)

const isWell = async (): Promise<void> => {
  const headers = { authorization: `Bearer ${service.key}` }
  const answer = await fetch(`${service.url}/v1/tables/shop.t`, { headers })
  expect(await answer.json()).toMatchObject({ value: { name: 'shop.t', size: 0 } })
}

describe('the wire', () => {
  const post = (fields: string[], body = '') => request('POST', '/v1/tables/shop.t/ops', fields, body)

  it('[HYG11] lengths that contradict each other or are none are refused', async () => {
    const insert = '{"op":"insert","args":[["smuggled"]]}'
    for (const [fields, body] of [
      [['Content-Length: 4', 'Content-Length: 5'], '12345'],
      [['Content-Length: +4'], '1234'],
      [['Content-Length: 0x4'], '1234'],
      [['Content-Length: -1'], ''],
      [['Content-Length: 99999999999999999999'], ''],
      [['Transfer-Encoding: chunked, identity', 'Content-Length: 4'], `0${CRLF}${CRLF}`],
      [['Content-Length: 4', 'Transfer-Encoding: chunked'], `1${CRLF}Z${CRLF}0${CRLF}${CRLF}${insert}`],
      [['Transfer-Encoding : chunked'], `0${CRLF}${CRLF}`],
    ] as [string[], string][]) {
      expect([fields, await status(post(fields, body))]).toEqual([fields, 400])
    }
    await isWell()
  })

  it('[HYG11] fields that are folded, have a zero in them, or are without end are refused', async () => {
    expect(await status(request('GET', '/v1/tables/shop.t', ['X-A: b', ' folded: c']))).toBe(400)
    expect(await status(request('GET', '/v1/tables/shop.t', ['X-A: b\0c']))).toBe(400)
    expect(await status(request('GET', '/v1/tables/shop.t', ['Authorization : Bearer x']))).toBe(400)
    expect(await status(request('GET', '/v1/tables/shop.t', [`X-A: ${'a'.repeat(2_000_000)}`]))).toBe(431)
    const many = Array.from({ length: 4_000 }, (_, i) => `X-${i}: a`)
    expect(await status(request('GET', '/v1/tables/shop.t', many))).toBe(200)
    await isWell()
  })

  it('[HYG11] two credentials are none, and odd bytes no key', async () => {
    const twice = request('GET', '/v1/tables/shop.t', [`Authorization: Bearer ${service.key}`])
    expect(await status(twice)).toBe(401)
    const odd = `GET /v1/tables/shop.t HTTP/1.1${CRLF}Host: x${CRLF}Authorization: Bearer \xff\xfe${CRLF}${CRLF}`
    expect(await status(odd)).toBe(401)
  })

  it('[HYG11] a body that never comes keeps nobody from anything', async () => {
    const waiting = Array.from({ length: 200 }, () => answerTo(post(['Content-Length: 1000'], '{'), 3_000))
    await isWell()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['']))
    await isWell()
  })
})

describe('paths', () => {
  it.each([
    ['/healthz/../v1/keys', 404],
    ['/healthz/%2e%2e/v1/keys', 404],
    ['/v1/tables/%2e%2e/keys', 404],
    ['/v1/tables/..%2fkeys', 400],
    ['/v1/tables/shop%2et', 400],
    ['/v1/tables/shop%252et', 400],
    ['//v1/tables/shop.t', 404],
    ['/v1//tables/shop.t', 404],
    ['/v1\\tables\\shop.t', 404],
    ['/v1/tables/shop.t/', 404],
    ['/V1/tables/shop.t', 404],
    ['/v1/tables/shop.t;x=1', 400],
    ['/v1/tables/shop.t%00', 400],
    ['/v1/tables/shop\u00e9.t', 400],
    ['/v1/tables/$replies', 400],
    ['/v1/tables/shop.$leases', 400],
    ['/v1/tables/%24sessions', 400],
    ['/v1/tables/acme:shop', 400],
    ['/v1/tables/acme%3Ashop', 400],
    ['/v1/tables/__proto__', 404],
    ['/v1/caches/constructor', 404],
    ['/v1/sessions/__proto__/current', 404],
  ])(
    '[HYG12] %s is %i: no other spelling leads to a route, and no name to what is nobody’s',
    async (path, expected) => {
      expect(await status(request('GET', path))).toBe(expected)
      await isWell()
    },
  )
})
