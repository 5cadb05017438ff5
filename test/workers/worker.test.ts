import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker, { type Env } from '../../src/worker.ts'

/** A request to the Worker under test, with its own key. */
function request(method: string, path: string, body?: unknown): Promise<Response> {
  return exports.default.fetch(`https://ets.test${path}`, {
    method,
    headers: { authorization: `Bearer ${env.ADMIN_KEY}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

describe('the Worker', () => {
  it('[WRK1] takes a request through every layer and back', async () => {
    expect((await request('PUT', '/v1/tables/hits')).status).toBe(201)
    expect((await request('PUT', '/v1/tables/hits/rows/home', ['home', 1])).status).toBe(200)
    const counted = await request('POST', '/v1/tables/hits/ops', { op: 'update_counter', args: ['home', 41] })
    expect(await counted.json()).toEqual({ value: 42 })
    expect([counted.headers.get('ets-seq'), counted.headers.get('ets-incarnation')]).toEqual(['3', '1'])
  })

  it('[WRK2] refusals of the owner are problems, not faults', async () => {
    const response = await request('GET', '/v1/tables/nowhere')
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  it.each([
    ['no key', {}],
    ['an empty key', { ADMIN_KEY: '' }],
    ['a key that is too weak', { ADMIN_KEY: 'changeme' }],
    ['unknown options in wrangler.toml', { ADMIN_KEY: env.ADMIN_KEY, TABLES: { 'a-*': { colour: 'red' } } }],
  ])('[SEC1] with %s it refuses everything as unconfigured', async (_, vars) => {
    const { TABLE_PROCESS, SUPERVISOR, KEY_RING } = env
    const closed: Env = { TABLE_PROCESS, SUPERVISOR, KEY_RING, ...vars }
    const asked = new Request('https://ets.test/v1/tables/t', {
      headers: { authorization: `Bearer ${env.ADMIN_KEY}` },
    })
    const response = await worker.fetch(
      asked as Parameters<typeof worker.fetch>[0],
      closed,
      {} as ExecutionContext,
    )
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'unconfigured' })
  })

  it('[SUP6] refuses to inject a fault unless faults are switched on', async () => {
    const stub = env.TABLE_PROCESS.getByName('calm')
    await runInDurableObject(stub, async (process) => {
      Object.assign(process, { env: { ...env, FAULTS: undefined } })
      expect(await process.inject('before_append')).toMatchObject({ ok: false, error: { code: 'forbidden' } })
    })
  })

  it('[CLK2] refuses to set a clock unless that is switched on', async () => {
    const stub = env.TABLE_PROCESS.getByName('on-time')
    await runInDurableObject(stub, async (process) => {
      Object.assign(process, { env: { ...env, TEST_CLOCK: undefined } })
      for (const change of [{ nowMs: 1 }, { advanceMs: 1 }, null]) {
        expect(await process.setClock(change)).toMatchObject({ ok: false, error: { code: 'forbidden' } })
      }
    })
  })
})
