import { describe, expect, it } from 'vitest'
import { TestOwner } from '../support/an-owner.ts'

/** Asking gives the memory of a few rows back itself, as every call does: there are many more. */
const bytes = (process: TestOwner) => process.run('p.t', 'info', 'bytes') as Promise<number>

async function aTable(options: object = { journal: 'sync' }): Promise<TestOwner> {
  const process = new TestOwner()
  await process.create('p.t', options)
  return process
}

const rowsOf = (count: number, from = 0): number[][] => Array.from({ length: count }, (_, k) => [from + k])

describe('memory of rows that ended', () => {
  it.each(['none', 'async', 'sync'])(
    '[TIM8] is given back within a second of their deadline, step by step, though nobody calls (%s)',
    async (journal) => {
      const process = await aTable({ journal })
      await process.run('p.t', 'insert_list', rowsOf(12_000), { ttlMs: 500 })
      await process.pass(499)
      expect(await bytes(process)).toBeGreaterThan(0)
      await process.pass(1_001)
      expect(await bytes(process)).toBe(0)
    },
  )

  it('[TIM8] is given back within a second of every deadline, however they are spread', async () => {
    const process = await aTable()
    const ttls = Array.from({ length: 1_000 }, (_, k) => 1 + ((k * 7_919) % 30_000))
    await process.call(ttls.map((ttlMs, k) => ({ table: 'p.t', op: 'insert', args: [[k], { ttlMs }] })))
    const rowBytes = (await bytes(process)) / 1_000
    for (let passedMs = 500; passedMs < 32_000; passedMs += 500) {
      await process.pass(500)
      const held = (await bytes(process)) / rowBytes
      expect(held).toBeLessThanOrEqual(ttls.filter((ttlMs) => ttlMs > passedMs - 1_000).length)
    }
    expect(await bytes(process)).toBe(0)
  })
})

describe('an idling row', () => {
  it.each([
    ['sync', 8],
    ['async', 8],
  ] as const)(
    '[TIM9] lives on after a restart as its reads have let it, at the price of eight writes in its idle time (%s)',
    async (journal, most) => {
      const process = await aTable({ journal })
      await process.run('p.t', 'insert', ['k'], { idleTtlMs: 80_000 })
      await process.pass(1_000)
      const before = process.store.rowsWritten
      for (let readMs = 0; readMs < 80_000; readMs += 1_000) {
        expect(await process.run('p.t', 'lookup', 'k')).toEqual([['k']])
        await process.pass(1_000)
      }
      expect(process.store.rowsWritten - before).toBeLessThanOrEqual(most)
      await process.pass(1_000)
      process.restart()
      await process.pass(80_000 - 1_000 - 10_000 - 1_000)
      expect(await process.run('p.t', 'member', 'k')).toBe(true)
      await process.pass(12_000)
      expect(await process.run('p.t', 'member', 'k')).toBe(false)
    },
  )
})

describe('the alarm', () => {
  it('[ALM1] is set once for any number of deadlines, and again only for an earlier one', async () => {
    const process = await aTable()
    await process.run('p.t', 'insert_list', rowsOf(100), { ttlMs: 60_000 })
    for (let k = 0; k < 100; k++) await process.run('p.t', 'insert', [`later ${k}`], { ttlMs: 60_000 + k })
    expect(process.alarmsSet).toBe(1)
    await process.run('p.t', 'insert', ['sooner'], { ttlMs: 30_000 })
    expect(process.alarmsSet).toBe(2)
  })

  it('[ALM1] is set at most twice a second while rows end all the time', async () => {
    const process = await aTable()
    for (let k = 0; k < 2_000; k++) {
      await process.run('p.t', 'insert', [k], { ttlMs: 5_000 })
      await process.pass(10)
    }
    expect(process.alarmsSet).toBeLessThan(45)
    expect(process.alarmsSet).toBeGreaterThan(10)
  })

  it('[ALM7] rings earlier for many rows, by thrice what rebuilding them takes', async () => {
    const process = await aTable({ journal: 'none' })
    for (let from = 0; from < 100_000; from += 10_000) {
      await process.run('p.t', 'insert_list', rowsOf(10_000, from), { ttlMs: 60_000 })
    }
    const { nowMs } = process
    const alarmMs = process.alarmMs as number
    expect(alarmMs - nowMs).toBeLessThanOrEqual(60_000 - 900 + 750)
    expect(alarmMs - nowMs).toBeGreaterThan(59_000)
    // Then it is there, and rings again when the rows are due.
    await process.pass(alarmMs - nowMs)
    expect(await bytes(process)).toBeGreaterThan(0)
    expect(process.alarmMs).toBeLessThanOrEqual(nowMs + 60_000 + 750)
    await process.pass(60_000 + 1_000 - (alarmMs - nowMs))
    expect(await bytes(process)).toBe(0)
    expect(process.alarmMs).toBe(null)
  })

  it('[ALM2] is not left set when there is nothing to wait for', async () => {
    const process = await aTable()
    await process.run('p.t', 'insert', ['k'])
    expect(process.alarmMs).toBe(null)
    await process.run('p.t', 'insert', ['k'], { ttlMs: 1_000 })
    expect(process.alarmMs).not.toBe(null)
    await process.pass(60_000)
    expect(process.alarmMs).toBe(null)
  })

  it('[ALM3] that rings twice, too early or for nothing changes nothing', async () => {
    const process = await aTable()
    await process.run('p.t', 'insert_list', rowsOf(10), { ttlMs: 10_000 })
    await process.run('p.t', 'insert', ['stays'])
    const before = await process.call([{ table: 'p.t', op: 'tab2list', args: [] }])
    for (let i = 0; i < 3; i++) await process.owner.wake()
    await Promise.all([process.owner.wake(), process.owner.wake()])
    expect(await process.call([{ table: 'p.t', op: 'tab2list', args: [] }])).toEqual(before)
    await process.pass(11_000)
    await Promise.all([process.owner.wake(), process.owner.wake()])
    expect(await process.run('p.t', 'tab2list')).toEqual([['stays']])
  })

  it('[ALM4] of an earlier life is kept, and one that is missing, too late or past is set', async () => {
    const process = await aTable()
    await process.run('p.t', 'insert', ['k'], { ttlMs: 60_000 })
    const { alarmMs } = process
    process.restart()
    expect([process.alarmMs, process.alarmsSet]).toEqual([alarmMs, 1])
    for (const wrong of [null, (alarmMs as number) + 100_000, process.nowMs - 5_000]) {
      process.alarmMs = wrong
      process.restart()
      expect(process.alarmMs).toBeLessThanOrEqual(alarmMs as number)
      expect(process.alarmMs).toBeGreaterThanOrEqual(process.nowMs)
    }
  })

  it('[ALM4] that is stuck in the past is set anew by the next call', async () => {
    const process = await aTable()
    await process.run('p.t', 'insert', ['k'], { ttlMs: 1_000 })
    const stuck = process.alarmMs as number
    process.nowMs = stuck + 3_000
    await process.run('p.t', 'insert', ['other'], { ttlMs: 1_000 })
    expect(process.alarmMs).toBe(process.nowMs)
  })

  it('[ALM5] rings seldom for remembered replies', async () => {
    const process = await aTable()
    for (let k = 0; k < 100; k++) {
      await process.call([{ table: 'p.t', op: 'insert', args: [[k]] }], { idempotencyKey: `key-${k}` })
      await process.pass(10_000)
    }
    await process.pass(2 * 3_600_000)
    expect(process.alarmsSet).toBeLessThan(10)
    expect(process.alarmMs).toBe(null)
  })
})
