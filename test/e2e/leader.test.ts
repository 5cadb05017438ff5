import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { TEST_KEY } from '../support/test-key.ts'

const server = createTestHarness({
  workers: [
    { configPath: './wrangler.toml', secrets: { ADMIN_KEY: TEST_KEY }, vars: { FAULTS: 'on' } },
    { configPath: './test/e2e/front/wrangler.toml' },
  ],
})
beforeAll(async () => {
  await server.listen()
})
afterAll(() => server.close())

const ask = async (method: string, path: string, body: unknown): Promise<void> => {
  const init = { method, headers: { authorization: `Bearer ${TEST_KEY}` }, body: JSON.stringify(body) }
  const response = await server.fetch(`/v1/${path}`, init)
  expect(response.status, await response.text()).toBeLessThan(300)
}

it('[COA5] when the request that leads is cut off in the middle, those it leads have their own answers', async () => {
  await ask('PUT', 'tables/led.t', { journal: 'sync' })
  await ask('PUT', 'tables/led.t/rows/n', ['n', 0])
  // The disk takes a second: the first call is on its way, the second leads, and the others wait for it.
  await ask('POST', 'processes/led/faults', { fault: 'delay_append' })
  const body = JSON.stringify({ table: 'led.t', key: TEST_KEY, followers: 40 })
  const response = await server.getWorker('front').fetch('http://front/', { method: 'POST', body })
  const { first, leader, others } = (await response.json()) as {
    first: [number, number]
    leader: unknown[]
    others: [number, number][]
  }
  expect([first, leader]).toEqual([[200, 1], ['cut']])
  expect(others.map(([status]) => status)).toEqual(Array(40).fill(200))
  // The leader's own call was sent, and counts.
  const values = others.map(([, value]) => value).sort((a, b) => a - b)
  expect(values).toEqual(Array.from({ length: 40 }, (_, i) => i + 3))
})
