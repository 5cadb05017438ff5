/**
 * A service with its disk, its output, its answers and its exports, searched for every token that it ever issued.
 *
 * It is used in every way that there is, ended in the middle of it by faults and by `kill -9`, and started again.
 */
import { appendFileSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Issued } from '../../src/protocol/sessions.ts'
import { TABLES } from '../../src/session/tables.ts'
import { hashOf } from '../../src/sessions/hashes.ts'
import { tokenOf } from '../../src/sessions/token.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'
import { Traces } from '../support/traces.ts'

const VARIABLES = `
[vars.SESSIONS.short]
graceMs = 0
owners = 4
maxPerUser = 3

[vars]
LOG_LEVEL = "debug"
FAULTS = "on"
TEST_CLOCK = "on"
`

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
  appendFileSync(join(project.dir, 'wrangler.toml'), VARIABLES)
})
/** The service, for when a test fails in the middle. */
let life: Life | undefined
afterAll(async () => {
  await life?.end('SIGTERM')
  project.remove()
})

/** Characters of a token before those of its random bytes: the prefix and, of the slot, those that hold nothing else. */
const BEFORE_SECRET = 's1_'.length

/** A life of the service, and everything that it has told anybody. */
class Life {
  readonly url: string
  readonly key: string
  readonly pid: number
  readonly heard: Buffer[]
  readonly end: (signal: NodeJS.Signals) => Promise<unknown>

  private constructor({ url, key, pid }: Life, heard: Buffer[], stop: Life['end']) {
    this.url = url
    this.key = key
    this.pid = pid
    this.heard = heard
    this.end = stop
  }

  static async begin(heard: Buffer[]): Promise<Life> {
    const folder = join(project.dir, 'data')
    const { child, firstLine } = project.start('serve', '--port', '0', '--persist', folder)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => heard.push(chunk))
    return new Life(JSON.parse(await firstLine) as Life, heard, (signal) => end(child, signal))
  }

  /** Calls; what is answered, headers and all, is heard, but for the token that the answer is there to tell. */
  async call(
    method: string,
    path: string,
    { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<{ readonly status: number; readonly value: unknown }> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(token === undefined ? {} : { 'session-token': token }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => undefined)
    if (response === undefined) return { status: 0, value: undefined }
    const text = await response.text()
    const { value } = text.startsWith('{"value"') ? (JSON.parse(text) as { value: unknown }) : {}
    const { token: issued, csrfToken, ...rest } = (value ?? {}) as Partial<Issued>
    const told = issued === undefined ? text : JSON.stringify(rest)
    this.heard.push(Buffer.from(`${response.status} ${JSON.stringify([...response.headers])} ${told}\n`))
    if (issued !== undefined) traces.add('a token', issued, BEFORE_SECRET)
    if (csrfToken !== undefined) traces.add('a token for forms', csrfToken)
    return { status: response.status, value }
  }

  async issue(path: string, token?: string, body?: unknown): Promise<string> {
    const { status, value } = await this.call('POST', path, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    })
    if (status !== 200 && status !== 201) throw new Error(`${path}: ${status} ${this.heard.at(-1)}`)
    const issued = (value as Issued).token
    tokens.push(issued)
    return issued
  }
}

const traces = new Traces()
const tokens: string[] = []

/** Every file below a folder as it is now, its name before it. */
const filesOf = (folder: string): Buffer[] =>
  globSync('**/*', { cwd: folder })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .flatMap((file) => [Buffer.from(`\n${file}\n`), readFileSync(file)])

/** Everything that can be done with sessions of a realm, by one user. */
async function use(life: Life, realm: string, user: string): Promise<void> {
  const at = `/v1/sessions/${realm}`
  const wrong = tokenOf(1, crypto.getRandomValues(new Uint8Array(32)))
  traces.add('a wrong token', wrong, BEFORE_SECRET)
  const anonymous = await life.issue(at, undefined, { data: { cart: ['tea'], code: 1 }, flash: { hi: 1 } })
  const patch = { set: { a: { b: [1] } }, increment: { n: 1 }, append: { cart: 'milk' } }
  await life.call('PATCH', `${at}/current`, { token: anonymous, body: patch })
  await life.call('PATCH', `${at}/current`, {
    token: anonymous,
    body: { increment: { n: 1 } },
    headers: { 'idempotency-key': `once-${user}` },
  })
  const rotated = await life.issue(`${at}/current/rotate`, anonymous)
  await life.call('POST', `${at}/current/take`, { token: rotated, body: { field: 'code' } })
  await life.call('POST', `${at}/current/flash`, { token: rotated })
  const laptop = await life.issue(`${at}/current/rotate`, rotated, { user })
  const phone = await life.issue(at, undefined, { user })
  const tablet = await life.issue(at, undefined, { user })
  const proven = await life.issue(`${at}/current/authenticate`, laptop)
  const owners = realm === 'short' ? [0, 1, 2, 3].map((owner) => `sessions-short-${owner}`) : ['sessions-web']
  for (const token of [anonymous, rotated, laptop, phone, proven, wrong, `${proven}x`, proven.slice(0, -1)]) {
    for (const [method, path, body] of [
      ['GET', '/current'],
      ['GET', '/current/state'],
      ['POST', '/current/touch'],
      ['PATCH', '/current', { increment: { a: 1 } }],
      ['PATCH', '/current', { set: { big: 'x'.repeat(70_000) } }],
      ['PATCH', '/current', { colour: 1 }],
      ['PATCH', '/current', { set: { a: 1 }, ifVersion: 999 }],
      ['POST', '/current/take', { field: '' }],
      ['POST', '/current/rotate', { user: 'x'.repeat(10_000) }],
      ['GET', `/users/${user}`],
      ['DELETE', `/users/${user}/sessions/nobody`],
      ['POST', `/users/${user}/revoke`, { spec: ['none'] }],
    ] as const) {
      await life.call(method, `${at}${path}`, { token, ...(body === undefined ? {} : { body }) })
    }
    // As nobody should send them.
    await life.call('GET', `${at}/current?token=${token}`)
    await life.call('GET', `${at}/users/${user}/sessions/${token}`)
    await life.call('GET', `${at}/current`, { headers: { authorization: `Bearer ${token}` } })
    await life.call('GET', `${at}/current`, { headers: { authorization: `Session ${token}` } })
    await life.call('GET', `${at}/current`, { token, headers: { 'x-request-id': token, referer: token } })
  }
  for (let i = 0; i < 70; i++) {
    const guess = tokenOf(i, crypto.getRandomValues(new Uint8Array(32)))
    traces.add('a guess', guess, BEFORE_SECRET)
    await life.call('GET', `${at}/current`, { token: guess, headers: { 'session-address': '203.0.113.9' } })
  }
  await life.call('DELETE', `${at}/current`, { token: tablet, headers: { 'session-by': 'support' } })
  await life.call('DELETE', `${at}/users/${user}`, { token: proven })
  await life.call('GET', `${at}/users/${user}`, { token: proven })
  await life.call('GET', `${at}/users/${user}/audit`)
  await life.call('GET', `${at}/users/${user}/epoch`)
  for (const owner of owners) {
    await life.call('GET', `/v1/processes/${owner}`)
    await life.call('GET', `/v1/tables/${owner}`)
    await life.call('POST', `/v1/tables/${owner}/ops`, { body: { op: 'stats' } })
    for (const table of Object.values(TABLES)) {
      for (const name of [table, `${owner}.${table}`]) {
        const path = `/v1/tables/${encodeURIComponent(name)}`
        expect((await life.call('GET', `${path}/export`)).status).toBe(400)
        expect((await life.call('POST', `${path}/ops`, { body: { op: 'tab2list' } })).status).toBe(400)
      }
    }
  }
}

/** A table that anybody may export, beside the sessions; and what the service tells of itself. */
async function look(life: Life, table: string): Promise<void> {
  await life.call('PUT', `/v1/tables/${table}`, { body: { journal: 'sync' } })
  await life.call('PUT', `/v1/tables/${table}/rows/k`, { body: ['k', 1] })
  for (const path of [
    `/v1/tables/${table}/export`,
    `/v1/tables/${table}/rows/k`,
    `/v1/tables/${table}`,
    '/metrics',
    '/v1/stats',
    '/v1/processes',
    '/openapi.json',
  ]) {
    expect((await life.call('GET', path)).status).toBe(200)
  }
}

it('[SSV20] a trace of a token is found in any form, and only of those that were added', () => {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const token = tokenOf(517, bytes)
  const looking = new Traces()
  looking.add('it', token, BEFORE_SECRET)
  const forms = [
    token,
    token.slice(9, 30),
    JSON.stringify({ some: token }),
    Buffer.from(`a${token}`).toString('base64'),
    Buffer.from(bytes).toString('base64'),
    Buffer.from(bytes).toString('base64url'),
    Buffer.from(bytes).toString('hex'),
    Buffer.from(bytes).toString('hex').toUpperCase(),
    JSON.stringify([...bytes]),
    Buffer.from(bytes),
    Buffer.from(bytes.subarray(20, 30)),
    Buffer.from(`ü${token}`, 'utf16le'),
  ]
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(5_000)))
  for (const form of forms) {
    expect(looking.in(Buffer.concat([noise, Buffer.from(form as string), noise])), String(form)).not.toEqual(
      [],
    )
  }
  const other = tokenOf(517, crypto.getRandomValues(new Uint8Array(32)))
  expect(looking.in(Buffer.concat([noise, Buffer.from(other)]))).toEqual([])
})

it('[SSV20] no byte of a token is on the disk, printed, refused, counted, told or exported, whatever happens', {
  timeout: 180_000,
}, async () => {
  const heard: Buffer[] = []
  const disk: Buffer[] = []
  const data = join(project.dir, 'data')
  const first = await Life.begin(heard)
  life = first
  await use(first, 'web', 'ada')
  await use(first, 'short', 'bob')
  await look(first, 'sessions-web')
  await look(first, 'shop.carts')
  disk.push(...filesOf(data))

  // The process ends in the middle of a call, of each kind that there is.
  for (const fault of [
    'before_append',
    'before_reply',
    'refuse_append',
    'rebuild',
    'delay_append',
  ] as const) {
    const token = await first.issue('/v1/sessions/web', undefined, { user: fault })
    const planned = await first.call('POST', '/v1/processes/sessions-web/faults', { body: { fault } })
    expect(planned.status).toBe(202)
    const patch = { token, body: { increment: { n: 1 } } }
    for (let i = 0; i < 3; i++) await first.call('PATCH', '/v1/sessions/web/current', patch)
    await first.call('DELETE', '/v1/processes/sessions-web/quarantine')
    await first.call('POST', '/v1/sessions/web/current/rotate', { token })
  }
  disk.push(...filesOf(data))

  // And all of it, while it is at work.
  const busy = [1, 2, 3, 4].map((n) => use(first, n % 2 === 0 ? 'web' : 'short', `busy-${n}`).catch(() => {}))
  await new Promise((resolve) => setTimeout(resolve, 300))
  process.kill(first.pid, 'SIGKILL')
  await Promise.all(busy)
  await first.end('SIGKILL')
  disk.push(...filesOf(data))

  const second = await Life.begin(heard)
  life = second
  // The fault of the next start is still planned, and the router does not ask again at once.
  await vi.waitUntil(
    async () => {
      await second.call('DELETE', '/v1/processes/sessions-web/quarantine')
      return (await second.call('POST', '/v1/sessions/web')).status === 201
    },
    { timeout: 20_000, interval: 200 },
  )
  await use(second, 'web', 'ada')
  // Past the grace of rotated tokens, past the idle time, and past all tombstones.
  for (const advanceMs of [60_000, 8 * 24 * 3_600_000, 100 * 24 * 3_600_000]) {
    await second.call('PUT', '/v1/processes/sessions-web/clock', { body: { advanceMs } })
    for (const token of tokens) {
      await second.call('GET', '/v1/sessions/web/current', { token })
      await second.call('GET', '/v1/sessions/web/current/state', { token })
    }
  }
  const last = await second.issue('/v1/sessions/web', undefined, { user: 'eve' })
  await look(second, 'sessions-web')
  disk.push(...filesOf(data))
  await second.end('SIGTERM')
  disk.push(...filesOf(data))

  const told = Buffer.concat(heard)
  const stored = Buffer.concat(disk)
  expect(tokens.length).toBeGreaterThan(30)
  // What is searched is what there is: a log of write-ahead pages, hashes of tokens, the log, metrics and exports.
  for (const known of ['.sqlite-wal\n', await hashOf(last)]) {
    expect([known, stored.includes(known)]).toEqual([known, true])
  }
  for (const known of [
    '"event":"request"',
    'ets_changes_total{',
    'no_such_session',
    'rate_limited',
    '"revoked_all"',
  ]) {
    expect([known, told.includes(known)]).toEqual([known, true])
  }
  expect(traces.in(told)).toEqual([])
  expect(traces.in(stored)).toEqual([])
})
