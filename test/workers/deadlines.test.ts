import { describe, expect, it } from 'vitest'
import { MAX_TIMEOUT_MS } from '../../src/protocol/limits.ts'
import type { CallOptions } from '../../src/protocol/tables.ts'
import { durableTables } from '../../src/router/durable-tables.ts'
import { Lanes } from '../../src/router/lanes.ts'
import { anApp } from '../support/an-app.ts'
import { TEST_KEY } from '../support/test-key.ts'

/** The app over the router, over owners that answer at once; what they were given is kept. */
function aRouter() {
  const given: CallOptions[] = []
  const lanes = new Lanes({
    clock: Date.now,
    later: () => () => {},
    background: undefined,
    random: Math.random,
    runOne: async (_, __, options) => {
      given.push(options)
      return { ok: true, value: { values: [null], seq: 1, incarnation: 1 } }
    },
    runMany: () => Promise.reject(new Error('every call goes by itself')),
  })
  return { given, app: anApp({ tables: durableTables(lanes) }) }
}

describe('deadlines over HTTP', () => {
  it.each([
    ['600000', MAX_TIMEOUT_MS],
    ['9'.repeat(15), MAX_TIMEOUT_MS],
    ['60000', MAX_TIMEOUT_MS],
    ['59000', 59_000],
    [undefined, 5_000],
  ])('[ROU2] a timeout of %s is one of %d ms to the owner', async (timeout, wanted) => {
    const { given, app } = aRouter()
    const headers = {
      authorization: `Bearer ${TEST_KEY}`,
      ...(timeout === undefined ? {} : { 'request-timeout-ms': timeout }),
    }
    await app.request('POST', '/v1/tables/t/ops', '{"op":"info"}', headers)
    const [{ timeoutMs = 0 } = {}] = given
    expect(timeoutMs).toBeLessThanOrEqual(wanted)
    expect(timeoutMs).toBeGreaterThan(wanted - 1_000)
  })

  it.each(['0', '-1', '1.5', 'soon', 'NaN', 'Infinity', '', '9'.repeat(400)])(
    '[ROU2] a timeout of %j is refused before any owner is asked',
    async (timeout) => {
      const { given, app } = aRouter()
      const headers = { authorization: `Bearer ${TEST_KEY}`, 'request-timeout-ms': timeout }
      const response = await app.request('POST', '/v1/tables/t/ops', '{"op":"info"}', headers)
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        400,
        'bad_request',
      ])
      expect(given).toEqual([])
    },
  )
})
