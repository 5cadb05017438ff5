import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { cacheOf } from '../../src/client/cache.ts'
import { durableTables } from '../../src/router/durable-tables.ts'
import { cacheContract } from '../contract/cache-contract.ts'
import { expectRefusal } from '../support/refusal.ts'

const tables = durableTables(env.TABLE_PROCESS)
cacheContract('durable', () => durableTables(env.TABLE_PROCESS))

it('[LEA10] a lease of a process that was discarded stores nothing', async () => {
  const cache = cacheOf<string>(tables, 'discarded')
  await cache.put('b', 'kept')
  const { lease } = (await cache.load('a')) as { lease: string }
  await new Promise((resume) => setTimeout(resume, 300))
  await evictDurableObject(env.TABLE_PROCESS.getByName('discarded'))
  await expectRefusal(() => cache.fill('a', lease, 'old'), 'gone')
  expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, 'kept'])
})

it('[LEA3] leases are random', async () => {
  const cache = cacheOf<string>(tables, 'random')
  const leases = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await cache.load(`${i}`)) as { lease: string }),
  )
  expect(new Set(leases.map(({ lease }) => lease)).size).toBe(20)
  for (const { lease } of leases) expect(lease).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
})
