import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { ClockChange } from '../../src/protocol/processes.ts'
import { durableProcesses } from '../../src/router/durable-processes.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'

const tables = durableTables(lanesTo(env.TABLE_PROCESS))
const processes = durableProcesses(env.SUPERVISOR, env.TABLE_PROCESS)
const run = async (table: string, op: string, ...args: unknown[]) =>
  (await tables.run([{ table, op, args }])).values[0]

describe('the clock of a process', () => {
  it('[CLK1] stands still where it is set, moves when it is told to, and stays through a restart', async () => {
    await run('clock.t', 'new', { journal: 'sync' })
    expect(await processes.setClock('clock', { nowMs: 1_000_000 })).toBe(1_000_000)
    await run('clock.t', 'insert', ['k'], { ttlMs: 86_400_000 })
    expect(await run('clock.t', 'ttl', 'k')).toBe(86_400_000)
    expect(await processes.setClock('clock', { advanceMs: 86_399_999 })).toBe(87_399_999)
    await evictDurableObject(env.TABLE_PROCESS.getByName('clock'))
    expect(await run('clock.t', 'ttl', 'k')).toBe(1)
    expect(await run('clock.t', 'info', 'bytes')).toBeGreaterThan(0)
    await processes.setClock('clock', { advanceMs: 1 })
    expect(await run('clock.t', 'info', 'bytes')).toBe(0)
  })

  it('[CLK2] that is released goes on with that of the machine, and its alarm is set', async () => {
    await run('released.t', 'new', { journal: 'sync' })
    await processes.setClock('released', { nowMs: 0 })
    await run('released.t', 'insert', ['k'], { expiresAtMs: Date.now() + 3_600_000 })
    const alarm = () =>
      runInDurableObject(env.TABLE_PROCESS.getByName('released'), (_, { storage }) => storage.getAlarm())
    expect(await alarm()).toBe(null)
    expect(await processes.setClock('released', null)).toBeGreaterThan(1_700_000_000_000)
    expect(await alarm()).toBeGreaterThan(Date.now())
  })

  it('[CLK1] tells nothing of a process that never started', async () => {
    const change: ClockChange = { nowMs: 1 }
    await expect(processes.setClock('nobody-at-all', change)).rejects.toMatchObject({
      code: 'no_such_process',
    })
  })
})
