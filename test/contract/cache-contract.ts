/**
 * What a cache promises over every implementation of `Tables`.
 *
 * Each test uses a cache of a name of its own: an implementation may be shared by a whole file. Time is real.
 */
import { describe, expect, it } from 'vitest'
import { type Cache, cacheOf } from '../../src/client/cache.ts'
import type { EntryInfo } from '../../src/client/cache-shapes.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { expectRefusal } from '../support/refusal.ts'

let lastName = 0
const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms))

export function cacheContract(name: string, open: () => Tables): void {
  const aCache = <Value = unknown>(): Cache<Value> => cacheOf(open(), `cache-contract${++lastName}`)

  describe(`Cache ${name}`, () => {
    it('[CCH1] keeps values, tells null from a miss, and says why there is none', async () => {
      const cache = aCache<unknown>()
      expect(await cache.get('a')).toBeUndefined()
      const version = await cache.put('a', { n: [1, null] })
      await cache.put('b', null)
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual([{ n: [1, null] }, null, undefined])
      expect(await cache.getEntry('a')).toEqual({ value: { n: [1, null] }, version })
      expect(await cache.getEntry('c')).toHaveProperty('miss')
      await cache.putNegative('c')
      expect([await cache.get('c'), await cache.getEntry('c')]).toMatchObject([undefined, { negative: true }])
      expect([await cache.has('a'), await cache.has('d'), await cache.size()]).toEqual([true, false, 3])
      expect(await cache.peek('a')).toMatchObject({ value: { n: [1, null] }, freshForMs: null })
      expect(await cache.info('a')).not.toHaveProperty('value')
    })

    it('[CCH1] stores under conditions, counts, takes and removes', async () => {
      const cache = aCache<number>()
      expect(await cache.put('n', 1, { condition: 'XX' })).toBeUndefined()
      const version = await cache.put('n', 1, { condition: 'NX' })
      expect(await cache.put('n', 2, { condition: 'NX' })).toBeUndefined()
      await expectRefusal(() => cache.put('n', 5, { ifVersion: 1 }), 'version_conflict', { version })
      expect([await cache.incr('n'), await cache.incr('n', 5), await cache.decr('n', 2)]).toEqual([2, 7, 5])
      await expectRefusal(() => cache.incr('n', 9, { max: 10 }), 'badarg', { why: 'counter_value' })
      expect([await cache.take('n'), await cache.take('n')]).toEqual([5, undefined])
      expect(
        await cache.putMany(
          new Map([
            ['a', 1],
            ['b', 2],
            ['c', 3],
          ]),
        ),
      ).toBe(3)
      expect([await cache.delete('a'), await cache.delete('a')]).toEqual([true, false])
      expect(await cache.deleteMany(['b', 'x'])).toBe(1)
      await cache.clear()
      expect(await cache.size()).toBe(0)
      expect(await cache.drop()).toBe(true)
    })

    it('[CCH1] knows how long an entry stays', async () => {
      const cache = aCache<number>()
      await cache.put('a', 1, { ttlMs: 60_000 })
      expect(await cache.ttl('a')).toBeGreaterThan(50_000)
      expect(await cache.expire('a', 5_000, { condition: 'GT' })).toBe(false)
      expect(await cache.expire('a', 120_000)).toBe(true)
      expect(await cache.ttl('a')).toBeGreaterThan(110_000)
      expect([await cache.persist('a'), await cache.ttl('a')]).toEqual([true, null])
      expect([await cache.expireAt('a', 1), await cache.ttl('a')]).toEqual([true, -1])
      await cache.put('b', 1, { ttlMs: 20 })
      await sleep(30)
      expect(await cache.get('b')).toBeUndefined()
    })

    it('[CCH1] lets an idling entry live on by a touch, which needs a cache that is there', async () => {
      const cache = aCache<string>()
      await expectRefusal(() => cache.touch('a'), 'no_such_table')
      await cache.put('a', '1', { idleTtlMs: 60_000 })
      const { expiresAtMs } = (await cache.info('a')) as EntryInfo
      await sleep(20)
      expect([await cache.touch('a'), await cache.touch('b')]).toEqual([true, false])
      expect(((await cache.info('a')) as EntryInfo).expiresAtMs).toBeGreaterThan(expiresAtMs as number)
    })

    it('[CCH1] lists and removes keys by prefix', async () => {
      const cache = aCache<number>()
      await cache.putMany(Array.from({ length: 30 }, (_, i) => [`${i % 3 === 0 ? 'x' : 'y'}:${i}`, i]))
      const keys: string[] = []
      for await (const key of cache.keys('x:', 4)) keys.push(key)
      expect([keys.length, new Set(keys).size]).toEqual([10, 10])
      expect([await cache.deleteByPrefix('y:'), await cache.size()]).toEqual([20, 10])
    })

    it('[CCH1] takes away by tag, hard and soft, and says by which', async () => {
      const cache = aCache<string>()
      await cache.put('a', '1', { tags: ['x', 'y'], ttlMs: 60_000 })
      await cache.put('b', '2', { tags: ['y'], ttlMs: 60_000 })
      expect(await cache.invalidate('x')).toBe(true)
      expect(await cache.getEntry('a')).toEqual({ miss: 'invalidated', tag: 'x' })
      expect(await cache.invalidate(['y'], { soft: true })).toBe(true)
      expect(await cache.getEntry('b')).toEqual({ miss: 'stale' })
      expect(await cache.getEntry('b', 'while_revalidate')).toMatchObject({ value: '2', stale: true })
      const [gone] = await cache.batch((b) => [b.invalidate('y'), b.put('c', '3')])
      expect([gone, await cache.invalidate('y')]).toEqual([true, false])
    })

    it('[EVT5] tells what went, and lets a caller wait for it', async () => {
      const cache = aCache<string>()
      await cache.create({ events: true })
      const { cursor } = await cache.events()
      await cache.put('a', '1', { ttlMs: 300 })
      const told = await cache.events({ after: cursor, waitMs: 10_000 })
      expect(told).toMatchObject({ events: [{ key: 'a', cause: 'expired' }], missed: false })
      const [event] = told.events
      const lateMs = (event?.atMs ?? 0) - (event?.deadlineMs ?? 0)
      expect(lateMs).toBeGreaterThanOrEqual(0)
      expect(await cache.events({ after: told.cursor })).toEqual({ ...told, events: [] })
    })

    it('[CCH2] verbs run as one turn, all or none', async () => {
      const cache = aCache<number>()
      const [version, value] = await cache.batch((b) => [b.put('a', 1), b.get('a')])
      expect([version, value]).toEqual([2, 1])
      const failing = () => cache.batch((b) => [b.put('a', 2), b.delete('a', 77)])
      await expectRefusal(failing, 'version_conflict', { index: 1 })
      expect(await cache.get('a')).toBe(1)
    })

    it('[CCH3] an update of a stale entry is a new one, fresh by the options that it has', async () => {
      const cache = aCache<string[]>()
      await cache.put('a', ['old'], { ttlMs: 20, staleWhileRevalidateMs: 60_000 })
      await sleep(30)
      const add = (word: string) => cache.getAndUpdate('a', (words = []) => [...words, word])
      expect(await add('tea')).toEqual({ before: undefined, after: ['tea'] })
      expect(await add('milk')).toEqual({ before: ['tea'], after: ['tea', 'milk'] })
      expect(await cache.get('a')).toEqual(['tea', 'milk'])
    })

    it('[CCH3] an update is made of the value that is there, whoever else updates', async () => {
      const cache = aCache<number>()
      const add = () => cache.getAndUpdate('n', (n = 0) => n + 1)
      const results = await Promise.all(Array.from({ length: 8 }, add))
      expect(results.map(({ after }) => after).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(await cache.getAndUpdate('n', () => undefined)).toEqual({ before: 8, after: 8 })
      expect(await cache.get('n')).toBe(8)
    })

    it('[CCH4] of many that miss one loads, and all have what it loaded', async () => {
      const cache = aCache<string>()
      let loads = 0
      const load = async () => {
        loads++
        await sleep(50)
        return 'loaded'
      }
      const values = await Promise.all(Array.from({ length: 200 }, () => cache.getOrLoad('a', load)))
      expect([new Set(values), loads]).toEqual([new Set(['loaded']), 1])
      expect(await cache.getOrLoad('a', load)).toBe('loaded')
      expect(loads).toBe(1)
    })

    it('[CCH4] when the loader dies the next takes over, when its lease ends', async () => {
      const cache = aCache<string>()
      const { lease } = (await cache.load('a', { leaseTtlMs: 100 })) as { lease: string }
      const began = Date.now()
      const values = await Promise.all(
        Array.from({ length: 10 }, () => cache.getOrLoad('a', () => 'second', { leaseTtlMs: 100 })),
      )
      expect(new Set(values)).toEqual(new Set(['second']))
      expect(Date.now() - began).toBeGreaterThanOrEqual(50)
      await expectRefusal(() => cache.fill('a', lease, 'first'), 'gone')
      expect(await cache.get('a')).toBe('second')
    })

    it('[CCH5] what changed while it was loaded is not written over', async () => {
      const cache = aCache<string>()
      const loader = async () => {
        await cache.delete('a')
        return 'old'
      }
      expect(await cache.getOrLoad('a', loader)).toBe('old')
      expect(await cache.get('a')).toBeUndefined()
      const overtaken = async () => {
        await cache.put('a', 'new')
        return 'old'
      }
      expect(await cache.getOrLoad('a', overtaken)).toBe('old')
      expect(await cache.get('a')).toBe('new')
    })

    it('[CCH6] a failure is the caller’s, and nobody else waits for it', async () => {
      const cache = aCache<string>()
      const failing = () => Promise.reject(new Error('the source is down'))
      await expect(cache.getOrLoad('a', failing)).rejects.toThrow('the source is down')
      expect(await cache.getOrLoad('a', () => 'up again')).toBe('up again')
      await expect(cache.getOrLoad('b', failing, { backoffMs: 60_000 })).rejects.toThrow('the source is down')
      await expectRefusal(() => cache.getOrLoad('b', () => 'too soon'), 'load_failed')
    })

    it('[CCH6] what was loaded and cannot be stored is the caller’s, and nobody else waits for it', async () => {
      const cache = aCache<unknown>()
      const tooDeep: unknown = JSON.parse('['.repeat(100) + ']'.repeat(100))
      const thrown = () => {
        throw new Error('no options')
      }
      await expect(cache.getOrLoad('a', () => tooDeep)).rejects.toMatchObject({ code: 'bad_request' })
      expect(await cache.getOrLoad('a', () => 'small')).toBe('small')
      await expect(cache.getOrLoad('b', () => 1, { optionsFor: thrown })).rejects.toThrow('no options')
      expect(await cache.getOrLoad('b', () => 2, { ttlMs: undefined } as object)).toBe(2)
    })

    it('[CCH6] a stale value does when loading fails, and while it is loaded anew', async () => {
      const cache = aCache<string>()
      const options = { ttlMs: 20, staleIfErrorMs: 60_000 }
      await cache.put('a', 'old', options)
      await sleep(30)
      const failing = () => Promise.reject(new Error('the source is down'))
      expect(await cache.getOrLoad('a', failing)).toBe('old')
      await cache.put('b', 'old', { ttlMs: 20, staleWhileRevalidateMs: 60_000 })
      await sleep(30)
      const behind: Promise<unknown>[] = []
      const waitUntil = (load: Promise<unknown>) => void behind.push(load)
      expect(await cache.getOrLoad('b', () => 'new', { waitUntil })).toBe('old')
      await Promise.all(behind)
      expect(await cache.get('b')).toBe('new')
    })

    it('[CCH7] that there is nothing is remembered when it is to be', async () => {
      const cache = aCache<string>()
      let loads = 0
      const nothing = () => {
        loads++
        return undefined
      }
      for (let i = 0; i < 2; i++) expect(await cache.getOrLoad('a', nothing)).toBeUndefined()
      expect(loads).toBe(2)
      for (let i = 0; i < 2; i++)
        expect(await cache.getOrLoad('a', nothing, { negativeTtlMs: 60_000 })).toBeUndefined()
      expect(loads).toBe(3)
    })

    it('[CCH8] who will not wait for somebody else’s load is told so', async () => {
      const cache = aCache<string>()
      await cache.load('a')
      await expectRefusal(() => cache.getOrLoad('a', () => 'x', { waitMs: 20 }), 'deadline_exceeded')
    })
  })
}
