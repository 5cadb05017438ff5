import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { durableProcesses } from '../../src/router/durable-processes.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'

const tables = durableTables(lanesTo(env.TABLE_PROCESS))
const processes = durableProcesses(env.SUPERVISOR, env.TABLE_PROCESS)

const run = async (table: string, op: string, ...args: unknown[]) =>
  (await tables.run([{ table, op, args }])).values[0]
const stubOf = (process: string) => env.TABLE_PROCESS.getByName(process)
const alarmOf = (process: string) =>
  runInDurableObject(stubOf(process), (_, { storage }) => storage.getAlarm())
const passed = (ms: number) => new Promise((resume) => setTimeout(resume, ms))

async function withRows(table: string, ttlMs: number): Promise<void> {
  await run(table, 'new', { journal: 'sync' })
  await run(
    table,
    'insert_list',
    Array.from({ length: 100 }, (_, k) => [k]),
    { ttlMs },
  )
  await run(table, 'insert', ['stays'])
}

describe('the alarm of a process', () => {
  it('[ALM6] gives the memory of rows back that have ended, though nobody calls', async () => {
    await withRows('awake.t', 300)
    const before = await run('awake.t', 'info', 'bytes')
    expect(await alarmOf('awake')).toBeGreaterThan(Date.now() - 1_000)
    await vi.waitFor(async () => expect(await alarmOf('awake')).toBe(null), { timeout: 5_000, interval: 100 })
    expect(Number(await run('awake.t', 'info', 'bytes'))).toBeLessThan(Number(before) / 50)
    expect(await run('awake.t', 'tab2list')).toEqual([['stays']])
  })

  it('[ALM6] rings for a process that is not in memory', async () => {
    await withRows('asleep.t', 500)
    await evictDurableObject(stubOf('asleep'))
    await passed(2_000)
    // Looked at without a call: it has started again by itself, and waits for nothing.
    const entry = await env.SUPERVISOR.getByName('supervisor').find('asleep')
    expect(entry).toMatchObject({ incarnation: 2 })
    expect(await alarmOf('asleep')).toBe(null)
    expect(await run('asleep.t', 'tab2list')).toEqual([['stays']])
  })

  it('[ALM3] that is run again and again changes nothing', async () => {
    await withRows('again.t', 3_600_000)
    const before = await tables.run([{ table: 'again.t', op: 'tab2list', args: [] }])
    const alarm = await alarmOf('again')
    for (let i = 0; i < 3; i++) expect(await runDurableObjectAlarm(stubOf('again'))).toBe(true)
    expect(await tables.run([{ table: 'again.t', op: 'tab2list', args: [] }])).toEqual(before)
    expect(await alarmOf('again')).toBe(alarm)
  })

  it.each([9.3e12, 8.64e15, Number.MAX_SAFE_INTEGER])(
    '[ALM8] is set within a year for a row that ends at %d, and again when it rings',
    async (expiresAtMs) => {
      const table = `far${expiresAtMs}.t`.replaceAll('+', '')
      const [process = ''] = table.split('.')
      await run(table, 'new', { journal: 'sync' })
      await run(table, 'insert', ['a'], { expiresAtMs })
      const yearMs = 365 * 24 * 3_600_000
      for (let i = 0; i < 2; i++) {
        const aheadMs = Number(await alarmOf(process)) - Date.now()
        expect(aheadMs).toBeGreaterThan(yearMs / 60)
        expect(aheadMs).toBeLessThanOrEqual(yearMs)
        expect(await runDurableObjectAlarm(stubOf(process))).toBe(true)
      }
      expect(await run(table, 'tab2list')).toEqual([['a']])
      expect(await processes.find(process)).toMatchObject({ incarnation: 1 })
    },
  )

  it('[ALM4] that the platform lost is set again at the next start', async () => {
    await withRows('lost.t', 3_600_000)
    const alarm = await alarmOf('lost')
    await runInDurableObject(stubOf('lost'), (_, { storage }) => storage.deleteAlarm())
    await evictDurableObject(stubOf('lost'))
    await run('lost.t', 'member', 1)
    await vi.waitFor(async () => expect(await alarmOf('lost')).toBe(alarm))
  })
})

describe('faults of the alarm and the disk', () => {
  it('[SUP3] alarm: the process ends when it rings, and it rings again', async () => {
    await withRows('alarm-fault.t', 300)
    await processes.inject('alarm-fault', 'alarm')
    await vi.waitFor(
      async () => {
        expect(await env.SUPERVISOR.getByName('supervisor').find('alarm-fault')).toMatchObject({
          incarnation: 2,
        })
        expect(await alarmOf('alarm-fault')).toBe(null)
      },
      { timeout: 10_000, interval: 200 },
    )
    expect(await run('alarm-fault.t', 'tab2list')).toEqual([['stays']])
  })

  it('[ALM3] repeat_alarm: it rings twice, and nothing changes', async () => {
    await withRows('repeat-fault.t', 3_600_000)
    await processes.inject('repeat-fault', 'repeat_alarm')
    const before = await tables.run([{ table: 'repeat-fault.t', op: 'tab2list', args: [] }])
    expect(await runDurableObjectAlarm(stubOf('repeat-fault'))).toBe(true)
    expect(await tables.run([{ table: 'repeat-fault.t', op: 'tab2list', args: [] }])).toEqual(before)
  })

  it('[SUP3] delay_append: callers wait for the disk, and nothing is lost', async () => {
    await withRows('delay.t', 3_600_000)
    await processes.inject('delay', 'delay_append')
    const beganMs = Date.now()
    await Promise.all(Array.from({ length: 20 }, (_, k) => run('delay.t', 'insert', [`late ${k}`])))
    expect(Date.now() - beganMs).toBeGreaterThan(900)
    expect(await run('delay.t', 'info', 'size')).toBe(121)
    await evictDurableObject(stubOf('delay'))
    expect(await run('delay.t', 'info', 'size')).toBe(121)
  })
})
