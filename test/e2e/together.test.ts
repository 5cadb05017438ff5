import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpTables } from '../../src/client/http-tables.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

/** On workerd itself, with the flags of production: the integration of vitest switches off what this needs. */
let project: ProjectCopy
let service: { readonly url: string; readonly key: string }
let stop: () => Promise<unknown>
beforeAll(async () => {
  project = aProjectCopy()
  const persist = join(project.dir, 'together')
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', persist, '--faults')
  stop = () => end(child, 'SIGTERM')
  service = JSON.parse(await firstLine) as typeof service
})
afterAll(async () => {
  await stop()
  project.remove()
})

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(new URL(path, service.url), {
    method,
    headers: { authorization: `Bearer ${service.key}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const count = (table: string, headers?: Record<string, string>) =>
  request('POST', `/v1/tables/${table}/ops`, { op: 'update_counter', args: ['n', 1, ['n', 0]] }, headers)

/** Enough at a time that some find others on their way. */
const CALLERS = 100

describe('calls of many requests', () => {
  it('[COA2] travel together, and each has its own answer', async () => {
    await request('PUT', '/v1/tables/together.t')
    const responses = await Promise.all(Array.from({ length: CALLERS }, () => count('together.t')))
    const values = await Promise.all(
      responses.map(async (each) => ((await each.json()) as { value: number }).value),
    )
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: CALLERS }, (_, i) => i + 1))
    expect(responses.some(({ headers }) => Number(headers.get('ets-together')) > 1)).toBe(true)
  })

  it('[COA3] one that is refused fails alone', async () => {
    await request('PUT', '/v1/tables/refused.t')
    await request('PUT', '/v1/tables/refused.t/rows/text', ['text', 'no number'])
    const responses = await Promise.all(
      Array.from({ length: CALLERS }, (_, i) => {
        const key = i % 7 === 0 ? 'text' : `n${i}`
        return request('POST', '/v1/tables/refused.t/ops', {
          op: 'update_counter',
          args: [key, 1, [key, 0]],
        })
      }),
    )
    expect(responses.map(({ status }) => status)).toEqual(
      Array.from({ length: CALLERS }, (_, i) => (i % 7 === 0 ? 422 : 200)),
    )
  })

  it('[COA3] a process that crashes in the middle: who is not answered may ask again, and counts once', async () => {
    await request('PUT', '/v1/tables/crash.t', { journal: 'sync' })
    await request('POST', '/v1/processes/crash/faults', { fault: 'before_reply' })
    const keyed = (i: number) => count('crash.t', { 'idempotency-key': `k${i}` })
    const first = await Promise.all(Array.from({ length: CALLERS }, (_, i) => keyed(i)))
    const statuses = new Set(first.map(({ status }) => status))
    expect(statuses.has(503)).toBe(true)
    for (const status of statuses) expect([200, 503]).toContain(status)
    await new Promise((resume) => setTimeout(resume, 1_100))
    const again = await Promise.all(Array.from({ length: CALLERS }, (_, i) => keyed(i)))
    expect(again.map(({ status }) => status)).toEqual(Array(CALLERS).fill(200))
    const rows = await httpTables(service).run([{ table: 'crash.t', op: 'tab2list', args: [] }])
    expect(rows.values).toEqual([[['n', CALLERS]]])
  })

  it('[COA5] callers that go away in the middle take nobody with them', async () => {
    await request('PUT', '/v1/tables/leave.t')
    await request('PUT', '/v1/tables/leave.t/rows/k', ['k', 1])
    const calls = Array.from({ length: CALLERS }, (_, i) => {
      const cut = new AbortController()
      const call = fetch(new URL('/v1/tables/leave.t/rows/k', service.url), {
        headers: { authorization: `Bearer ${service.key}` },
        signal: cut.signal,
      })
      if (i % 3 === 0) setTimeout(() => cut.abort(), i / 10)
      return call.then(
        ({ status }) => status,
        () => 'gone',
      )
    })
    const outcomes = await Promise.all(calls)
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 3 === 0) expect([200, 'gone']).toContain(outcome)
      else expect(outcome).toBe(200)
    }
  })
})

describe('calls that wait for a slow owner', () => {
  /** Has the disk of a process take a second for each group, until the function that it gives is called. */
  function slowed(process: string): () => void {
    const inject = () => request('POST', `/v1/processes/${process}/faults`, { fault: 'delay_append' })
    let isOver = false
    const goOn = async (): Promise<void> => {
      while (!isOver) await inject().then(() => new Promise((resume) => setTimeout(resume, 100)))
    }
    void goOn()
    return () => {
      isOver = true
    }
  }
  const pause = (delayMs: number): Promise<void> => new Promise((resume) => setTimeout(resume, delayMs))

  it('[COA4] one whose deadline passes while it waits is told so, and is never done', async () => {
    await request('PUT', '/v1/tables/late.t', { journal: 'sync' })
    await count('late.t')
    const stop = slowed('late')
    await pause(200)
    const [first, leader] = [count('late.t'), pause(100).then(() => count('late.t'))]
    await pause(200)
    const late = await count('late.t', { 'request-timeout-ms': '200' })
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([504, 'deadline_exceeded'])
    stop()
    expect([(await first).status, (await leader).status]).toEqual([200, 200])
    expect(((await (await count('late.t')).json()) as { value: number }).value).toBe(4)
  })

  it('[BNR2] a hot table whose owner cannot follow is refused in part, and nobody else is', async () => {
    const make = await request('POST', '/v1/keys', { name: 'b', grants: ['write'], tenant: 'b' })
    const { key } = ((await make.json()) as { value: { key: string } }).value
    const stranger = { authorization: `Bearer ${key}` }
    for (const table of ['hot.t', 'hot.calm', 'calm.t']) {
      await request('PUT', `/v1/tables/${table}`, { journal: 'sync' })
      await request('PUT', `/v1/tables/${table}/rows/k`, ['k', 1])
    }
    await request('PUT', '/v1/tables/hot.t', { journal: 'sync' }, stranger)
    await request('PUT', '/v1/tables/hot.t/rows/k', ['k', 1], stranger)
    const stop = slowed('hot')
    await pause(200)
    const hot = Array.from({ length: 800 }, (_, i) =>
      request('PUT', `/v1/tables/hot.t/rows/k${i}`, [`k${i}`]),
    )
    const get = (table: string, headers = {}) =>
      request('GET', `/v1/tables/${table}/rows/k`, undefined, headers)
    // Another table of the same owner has its turn, another process and another tenant have owners of their own.
    const calm = await Promise.all([get('hot.calm'), get('calm.t'), get('hot.t', stranger)])
    stop()
    expect(calm.map(({ status }) => status)).toEqual([200, 200, 200])
    const answers = await Promise.all(hot)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(answers.length)
    for (const { status, headers } of refused) {
      expect(status).toBe(503)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })
})
