import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { generateApiKey } from '../../src/security/api-key.ts'
import worker from '../../src/worker.ts'

type Line = Readonly<Record<string, unknown>>

let printed: string[] = []
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text))
})
afterEach(() => void vi.restoreAllMocks())

const lines = (): Line[] => printed.map((text) => JSON.parse(text) as Line)

/** A Worker of its own with these variables, and what it prints of a request. */
function aWorker(vars: object) {
  const own = { ...env, LOG_LEVEL: 'info', ...vars }
  return async (method: string, path: string, body?: string) => {
    const ctx = createExecutionContext()
    const request = new Request(`https://ets.test${path}`, {
      method,
      headers: { authorization: `Bearer ${own.ADMIN_KEY}` },
      ...(body === undefined ? {} : { body }),
    })
    const { status } = await worker.fetch(request as never, own, ctx)
    await waitOnExecutionContext(ctx)
    return { status, line: lines().findLast(({ event }) => event === 'request') }
  }
}

describe('what a table is called in the log', () => {
  it('[LOG4] is a hash that is keyed, the same for the same table, unless told otherwise', async () => {
    const send = aWorker({})
    const [first, again, other] = [
      await send('GET', '/v1/tables/private-name'),
      await send('DELETE', '/v1/tables/private-name'),
      await send('GET', '/v1/tables/other-name'),
    ]
    expect(first.line?.table).toMatch(/^[0-9a-f]{16}$/)
    expect(again.line?.table).toBe(first.line?.table)
    expect(other.line?.table).not.toBe(first.line?.table)
    const elsewhere = await aWorker({ ADMIN_KEY: generateApiKey() })('GET', '/v1/tables/private-name')
    expect([elsewhere.status, elsewhere.line?.table]).toEqual([404, expect.stringMatching(/^[0-9a-f]{16}$/)])
    expect(elsewhere.line?.table).not.toBe(first.line?.table)
    expect(printed.join()).not.toContain('private-name')
  })

  it('[LOG4] is its name, or nothing, by LOG_TABLES', async () => {
    const named = await aWorker({ LOG_TABLES: 'name' })('GET', '/v1/tables/shop.name')
    expect(named.line).toMatchObject({ table: 'shop.name', route: '/v1/tables/:table', status: 404 })
    const silent = await aWorker({ LOG_TABLES: 'none' })('GET', '/v1/tables/shop.name')
    expect(silent.line).not.toHaveProperty('table')
  })

  it('[LOG3] LOG_LEVEL is a variable: a line a request at debug and info, none at warn, error and off', async () => {
    for (const [level, count] of [
      ['debug', 1],
      ['info', 1],
      ['warn', 0],
      ['error', 0],
      ['off', 0],
    ] as const) {
      printed = []
      await aWorker({ LOG_LEVEL: level })('GET', '/v1/tables/none')
      expect([level, lines().filter(({ event }) => event === 'request').length]).toEqual([level, count])
    }
    expect((await aWorker({ LOG_LEVEL: 'loud' })('GET', '/v1/tables/none')).status).toBe(503)
  })
})

describe('the life of a process in the log', () => {
  it('[LOG6] crashes and a quarantine have lines, with the name of the process', async () => {
    const send = aWorker({})
    await send('PUT', '/v1/tables/failing.t', '{"journal":"sync"}')
    let { status, line } = await send('PUT', '/v1/tables/failing.t/rows/a', '["a"]')
    expect(line).toMatchObject({ status: 200, incarnation: 1 })
    for (let i = 0; i < 12 && line?.code !== 'quarantined'; i++) {
      await send('POST', '/v1/processes/failing/faults', '{"fault":"refuse_append"}')
      await send('PUT', '/v1/tables/failing.t/rows/a', '["a"]')
      ;({ status, line } = await send('PUT', '/v1/tables/failing.t/rows/a', '["a"]'))
    }
    expect([status, line?.code]).toEqual([503, 'quarantined'])
    const ofProcess = lines().filter(({ process }) => process === 'failing')
    expect(ofProcess).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'crash', message: expect.any(String) }),
    )
    expect(ofProcess).toContainEqual(
      expect.objectContaining({ level: 'warn', event: 'quarantine', untilMs: expect.any(Number) }),
    )
  })

  it('[LOG6] an alarm that is late says by how much', async () => {
    await aWorker({})('PUT', '/v1/tables/tardy.t')
    await runInDurableObject(env.TABLE_PROCESS.getByName('tardy'), (process) =>
      process.alarm({ scheduledTime: Date.now() - 5_000, isRetry: false, retryCount: 0 }),
    )
    const late = lines().find(({ event }) => event === 'alarm_late')
    expect(late).toMatchObject({ level: 'warn', process: 'tardy' })
    expect(late?.lagMs).toBeGreaterThanOrEqual(5_000)
  })
})
