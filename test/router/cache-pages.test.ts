import { afterEach, expect, it, vi } from 'vitest'
import type { CacheSummary } from '../../src/protocol/caches.ts'
import { cachePageOf } from '../../src/router/cache-pages.ts'

afterEach(() => void vi.useRealTimers())

const summary = (cache: string, more: Partial<CacheSummary> = {}): CacheSummary => ({
  ...{ cache, size: 1, bytes: 100, hits: 0, misses: 0, hitRatio: null },
  ...more,
})
const saysItsName = async (name: string) => [summary(name.slice(name.indexOf(':') + 1))]

it('[CAL2] a page is the caches of twenty processes, and says behind which the next one begins', async () => {
  const names = Array.from({ length: 45 }, (_, i) => `acme:p${String(i).padStart(2, '0')}`)
  const seen: string[] = []
  const asked: string[] = []
  const ask = (name: string) => {
    asked.push(name)
    return saysItsName(name)
  }
  let after: string | null | undefined
  do {
    const page = await cachePageOf(names, after ?? undefined, ask)
    seen.push(...page.caches.map(({ cache }) => cache))
    after = page.after
    expect(asked.length).toBeLessThanOrEqual(seen.length)
  } while (after !== null)
  expect(seen).toEqual(names.map((name) => name.slice('acme:'.length)))
  expect(await cachePageOf(names, 'p44', ask)).toEqual({ caches: [], after: null, unanswered: [] })
  expect(await cachePageOf([], undefined, ask)).toEqual({ caches: [], after: null, unanswered: [] })
})

it('[CAL3] the shards of a process are one page, and those of a cache one line', async () => {
  const parts: Record<string, CacheSummary[]> = {
    shop: [summary('shop.a', { hits: 3, misses: 1 })],
    'shop~1': [summary('shop.a', { hits: 1, misses: 3 }), summary('shop.b')],
    // Its name stands between that of the process and those of its shards.
    shopping: [summary('shopping')],
  }
  const page = await cachePageOf(Object.keys(parts), undefined, async (name) => parts[name] ?? [])
  expect(page.caches).toEqual([
    { cache: 'shop.a', size: 2, bytes: 200, hits: 4, misses: 4, hitRatio: 0.5 },
    summary('shop.b'),
    summary('shopping'),
  ])
})

it('[CAL4] a process that fails, or does not answer in five seconds, is named', async () => {
  vi.useFakeTimers()
  const never = new Promise<never>(() => {})
  const page = cachePageOf(['a', 'b', 'c~1', 'd'], undefined, (name) => {
    if (name === 'b') return never
    return name === 'c~1' ? Promise.reject(new Error('gone')) : saysItsName(name)
  })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await page).toMatchObject({
    caches: [{ cache: 'a' }, { cache: 'd' }],
    after: null,
    unanswered: ['b', 'c'],
  })
})
