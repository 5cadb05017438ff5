import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hull,
  intersection,
  isEmpty,
  LEAST,
  pointAt,
  pointIn,
  successorOf,
} from '../../../src/engine/match/interval.ts'
import { compareTerms, type Term } from '../../../src/engine/term.ts'
import { aTerm } from './arbitrary.ts'

describe('intervals', () => {
  it('[PLN5] a successor follows at once', () => {
    expect(successorOf(0)).toBe(Number.MIN_VALUE)
    expect(Object.is(successorOf(-Number.MIN_VALUE), 0)).toBe(true)
    expect(successorOf(1)).toBe(1 + Number.EPSILON)
    expect(successorOf(-1)).toBe(-1 + Number.EPSILON / 2)
    const chain: Term[] = [Number.MAX_VALUE, false, null, true, [], [LEAST]]
    for (let i = 1; i < chain.length; i++) expect(successorOf(chain[i - 1] as Term)).toEqual(chain[i])
    expect(successorOf('a')).toBe('a\0')
    expect(successorOf(['a', 'b'])).toEqual(['a', 'b\0'])
    expect(successorOf({})).toEqual({ '': LEAST })
    expect(successorOf({ b: null, a: 1 })).toEqual({ a: 1, b: true })
    const odd: Term = JSON.parse('{"__proto__":false}')
    expect(JSON.stringify(successorOf(odd))).toBe('{"__proto__":null}')
  })

  it('[PLN5] no term lies between a term and its successor', () => {
    fc.assert(
      fc.property(aTerm, aTerm, (a, b) => {
        const next = successorOf(a)
        expect(compareTerms(a, next)).toBeLessThan(0)
        expect(compareTerms(a, b) < 0).toBe(compareTerms(next, b) <= 0)
      }),
      { seed: 1, numRuns: 2_000 },
    )
  })

  it('[PLN5] a point is seen as one, and what is between two points is empty', () => {
    fc.assert(
      fc.property(aTerm, aTerm, (a, b) => {
        expect(pointIn(pointAt(a))).toEqual(a)
        const isSame = compareTerms(a, b) === 0
        expect(isEmpty(intersection(pointAt(a), pointAt(b)))).toBe(!isSame)
        expect(pointIn(hull(pointAt(a), pointAt(b))) !== undefined).toBe(isSame)
      }),
      { seed: 2 },
    )
  })
})
