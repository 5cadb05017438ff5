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
