import { describe, expect, it } from 'vitest'
import type { RemovalEvents } from '../../src/client/shapes.ts'
import { TestOwner } from '../support/an-owner.ts'

async function aCache(options: object = {}): Promise<TestOwner> {
  const process = new TestOwner(undefined, { settings: { newToken: () => crypto.randomUUID() } })
  await process.run('c', 'cache_new', { events: true, journal: 'sync', ...options })
  return process
}

const events = (process: TestOwner, options: object = {}): Promise<RemovalEvents> =>
  process.run('c', 'events', options) as never

describe('events of a process', () => {
  it('[EVT6] an entry that expired is told of within a second, though nobody calls', async () => {
    const process = await aCache()
    const began = process.nowMs
    await process.run('c', 'cache_put', 'a', 1, { ttlMs: 3_000 })
    let answered: RemovalEvents | undefined
    void events(process, { waitMs: 30_000 }).then((answer) => {
      answered = answer
    })
    await process.pass(2_999)
    expect(answered).toBeUndefined()
    await process.pass(1_001)
    await new Promise((resume) => setImmediate(resume))
    expect(answered?.events).toHaveLength(1)
    const [{ atMs = 0, deadlineMs = 0, key } = {}] = answered?.events ?? []
    expect([key, deadlineMs - began]).toEqual(['a', 3_000])
    expect(atMs - deadlineMs).toBeGreaterThanOrEqual(0)
    expect(atMs - deadlineMs).toBeLessThanOrEqual(1_000)
    expect(process.pending).toBe(0)
  })

  it.each(['set', 'ordered_set'])(
    '[EVT7] [JRN4] a row that was told of does not come back beside the one that took its key (%s)',
    async (type) => {
      for (const journal of ['sync', 'async']) {
        const process = await aCache({ type, journal })
        await process.run('c', 'cache_put', 'k1', 'old')
        await process.run('c', 'cache_put', 'k0', 'other', { ttlMs: 81 })
        await process.pass(36)
        await process.run('c', 'cache_expire', 'k1', 17)
        await process.pass(45)
        await process.run('c', 'cache_put', 'k1', 'new', { ttlMs: 3_000 })
        await process.pass(300)
        process.restart()
        expect(await process.run('c', 'tab2list')).toEqual([['k1', 'new']])
        await process.pass(1_000)
        expect(await process.run('c', 'cache_get', 'k1')).toMatchObject({ value: 'new' })
        await process.run('c', 'cache_put', 'k1', 'newer')
        expect(await process.run('c', 'tab2list')).toEqual([['k1', 'newer']])
        expect(await process.run('c', 'info', 'size')).toBe(1)
      }
    },
  )

  it.each(['set', 'ordered_set'])(
    '[JRN4] nor does one that had ended by the clock of the life before (%s)',
    async (type) => {
      for (const journal of ['sync', 'async']) {
        const process = await aCache({ type, journal, events: false })
        for (const key of ['a', 'b']) await process.run('c', 'cache_put', key, 'old', { ttlMs: 500 })
        await process.pass(2_000)
        await process.run('c', 'cache_put', 'a', 'new')
        await process.pass(1_000)
        process.nowMs -= 2_800
        process.restart()
        expect(await process.run('c', 'cache_get', 'a')).toMatchObject({ value: 'new' })
        expect(await process.run('c', 'match', ['a', '$1'])).toEqual([['new']])
        await process.pass(3_000)
        expect(await process.run('c', 'tab2list')).toEqual([['a', 'new']])
        process.restart()
        expect(await process.run('c', 'tab2list')).toEqual([['a', 'new']])
      }
    },
  )

  it('[EVT7] and so it is where the process was away until its alarm', async () => {
    const process = await aCache()
    await process.run('c', 'cache_put', 'a', 1, { ttlMs: 60_000 })
    const before = await events(process)
    const alarmMs = process.alarmMs as number
    process.nowMs = alarmMs
    process.restart()
    process.alarmMs = null
    await process.owner.wake()
    expect(await process.run('c', 'cache_get', 'a')).toEqual({ miss: 'expired' })
    const told = await events(process, { after: before.cursor })
    expect(told).toMatchObject({ missed: true, events: [{ key: 'a', cause: 'expired', atMs: alarmMs }] })
    expect(await process.run('c', 'info', 'size')).toBe(0)
    // It is over then: neither is it told of again, nor seen.
    process.nowMs += 10_000
    process.restart()
    expect((await events(process, { after: told.cursor })).events).toEqual([])
    expect(await process.run('c', 'cache_get', 'a')).toEqual({ miss: 'absent' })
  })

  it('[EVT7] what ended while it was away takes no room, and is in nobody’s way', async () => {
    const process = await aCache({ maxRows: 2, eviction: 'lru' })
    await process.run('c', 'cache_put', 'a', 1, { ttlMs: 1_000 })
    await process.run('c', 'cache_put', 'b', 1)
    process.nowMs += 2_000
    process.restart()
    await process.run('c', 'cache_put', 'c', 1)
    await process.run('c', 'cache_put', 'a', 2)
    const { events: told } = await events(process)
    expect(told.map(({ key, cause }) => [key, cause])).toEqual([
      ['a', 'expired'],
      ['b', 'evicted'],
    ])
  })
})
