import { afterEach, expect, it, vi } from 'vitest'
import type { ProcessMetrics } from '../../src/protocol/metrics.ts'
import { scrapeOf } from '../../src/router/scrape.ts'

afterEach(() => void vi.useRealTimers())

/** What a process says that is called so. */
const said = (process: string): Promise<ProcessMetrics> => Promise.resolve({ process } as ProcessMetrics)

const names = Array.from({ length: 500 }, (_, i) => `p${i}`)

it('[MET3] whoever does not answer in five seconds is left out, and the scrape says so', async () => {
  vi.useFakeTimers()
  const never = new Promise<never>(() => {})
  const scrape = scrapeOf(['a', 'b', 'c'], '*', (name) => (name === 'b' ? never : said(name)))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await scrape).toEqual({
    asked: 3,
    processes: [{ process: 'a' }, { process: 'c' }],
    isComplete: false,
  })
})

it('[MET3] a process that fails is left out', async () => {
  const ask = (name: string) => (name === 'a' ? Promise.reject(new Error('gone')) : said(name))
  expect(await scrapeOf(['a', 'b'], '*', ask)).toEqual({
    asked: 2,
    processes: [{ process: 'b' }],
    isComplete: false,
  })
})

it('[MET3] six are asked at a time, and two hundred at most', async () => {
  let underWay = 0
  let most = 0
  const scrape = await scrapeOf(names, '*', async (name) => {
    most = Math.max(most, ++underWay)
    await Promise.resolve()
    underWay--
    return said(name)
  })
  expect([most, scrape.asked, scrape.isComplete]).toEqual([6, 200, false])
})

it('[MET1] those that a pattern matches are asked, by their names within their tenants', async () => {
  const scrape = await scrapeOf(['acme:shop', 'shop', 'bank', 'shop2'], 'shop*', said)
  expect(scrape.processes.map(({ process }) => process)).toEqual(['acme:shop', 'shop', 'shop2'])
})
