import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matches } from '../../src/protocol/pattern.ts'

/** What a pattern says, as a regular expression says it. */
const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })
const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 })

it('[SEC9] a star stands for any characters, none among them', () => {
  fc.assert(
    fc.property(pattern, name, (p, n) => {
      expect(matches(p, n)).toBe(expression(p).test(n))
    }),
    { seed: 1, numRuns: 5000 },
  )
})

it('[SEC9] a pattern that matches another matches every name that the other does', () => {
  fc.assert(
    fc.property(pattern, pattern, name, (wide, narrow, n) => {
      if (matches(wide, narrow) && matches(narrow, n)) expect(matches(wide, n)).toBe(true)
    }),
    { seed: 1, numRuns: 100_000 },
  )
})

it('[SEC9] a pattern of many stars takes no longer than another', () => {
  const startMs = performance.now()
  expect(matches('*a'.repeat(60), `${'a'.repeat(127)}b`)).toBe(false)
  expect(performance.now() - startMs).toBeLessThan(100)
})
