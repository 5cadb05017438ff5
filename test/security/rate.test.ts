import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Rates } from '../../src/security/rate.ts'

const rule = { name: 'r', burst: 3, refillMs: 100 }

it('[RAT1] a bucket gives its burst at once, then one each time it is refilled', () => {
  const rates = new Rates(rule)
  const taken = [0, 0, 0, 0, 99, 100, 150, 200].map((nowMs) => rates.take('k', nowMs).allowed)
  expect(taken).toEqual([true, true, true, false, false, true, false, true])
})

it('[RAT1] it tells how many are left, and when the next comes', () => {
  const rates = new Rates(rule)
  expect(rates.take('k', 0)).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0 })
  rates.take('k', 0)
  expect(rates.take('k', 0)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 100 })
  expect(rates.take('k', 40)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 60 })
})

it('[RAT1] never more than the burst and the refills, whatever the times', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 200 }), (steps) => {
      const rates = new Rates(rule)
      let nowMs = 0
      let allowed = 0
      for (const step of steps) {
        nowMs += step
        if (rates.take('k', nowMs).allowed) allowed++
        expect(allowed).toBeLessThanOrEqual(rule.burst + nowMs / rule.refillMs + 1e-6)
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

it('[RAT2] buckets are apart, and of ten thousand and one the one used longest ago is forgotten', () => {
  const rates = new Rates(rule)
  for (let i = 0; i < 3; i++) rates.take('first', 0)
  expect(rates.take('other', 0).allowed).toBe(true)
  for (let i = 0; i < 9_998; i++) rates.take(`k${i}`, 0)
  expect(rates.take('first', 0).allowed).toBe(false)
  for (let i = 0; i < 10_000; i++) rates.take(`l${i}`, 0)
  expect(rates.take('first', 0).allowed).toBe(true)
})
