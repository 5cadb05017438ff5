import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareStrings,
  compareTerms,
  EXIT,
  equalTerms,
  List,
  type Term,
  type Value,
} from '../../src/engine/term.ts'

const anyTerm = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Term>
const sorted = (values: readonly Value[]): Value[] => [...values].sort(compareTerms)

describe('term order', () => {
  it('[TRM1] number < atom < array < object < list < string, and the atoms by their names', () => {
    const inOrder: Value[] = [-1, 2.5, EXIT, false, null, true, [], {}, new List([]), '']
    expect(sorted([...inOrder].reverse())).toEqual(inOrder)
  })

  it('[TRM2] arrays compare by length before their elements, lists by their elements first', () => {
    expect(sorted([[1, 1], [9], []])).toEqual([[], [9], [1, 1]])
    expect(compareTerms(new List([9]), new List([1, 1]))).toBeGreaterThan(0)
    expect(compareTerms(new List([1]), new List([1, 1]))).toBeLessThan(0)
  })

  it('[TRM3] objects compare by size, then by sorted names, then by the values', () => {
    const inOrder = [{ z: 1 }, { a: 1, c: 0 }, { b: 0, a: 2 }, { b: 1, a: 2 }, { a: 0, c: 9 }]
    const expected = [{ z: 1 }, { b: 0, a: 2 }, { b: 1, a: 2 }, { a: 0, c: 9 }, { a: 1, c: 0 }]
    expect(sorted(inOrder)).toEqual(expected)
  })

  it('[TRM4] strings compare by code point, so U+FFFD comes before U+1F600', () => {
    expect(sorted(['😀', '\uFFFD', '\uE000', 'z', 'zz', ''])).toEqual([
      '',
      'z',
      'zz',
      '\uE000',
      '\uFFFD',
      '😀',
    ])
  })

  it('[TRM4] the order of strings is the order of their UTF-8 bytes', () => {
    const unit = fc.constantFrom('a', 'é', '\uD7FF', '\uE000', '\uFFFF', '😀', '𐀀')
    // Long ones, of Latin-1 and others, are compared in another way.
    const beginning = fc.constantFrom('', 'a'.repeat(70), 'é'.repeat(70), '😀'.repeat(40))
    const text = fc
      .tuple(beginning, fc.array(unit, { maxLength: 4 }))
      .map(([start, units]) => start + units.join(''))
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareStrings(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('[TRM5] the order is total, and two terms are equal exactly when neither comes first', () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, anyTerm, (a, b, c) => {
        expect(Math.sign(compareTerms(a, b))).toBe(-Math.sign(compareTerms(b, a)) + 0)
        expect(compareTerms(a, b) === 0).toBe(equalTerms(a, b))
        if (compareTerms(a, b) <= 0 && compareTerms(b, c) <= 0)
          expect(compareTerms(a, c)).toBeLessThanOrEqual(0)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('[TRM6] a member named __proto__ is a member like any other', () => {
    const withMember = JSON.parse('{"__proto__":1}') as Term
    expect(equalTerms(withMember, {})).toBe(false)
    expect(equalTerms(withMember, JSON.parse('{"__proto__":1}'))).toBe(true)
    expect(equalTerms({ constructor: 1 }, { toString: 1 })).toBe(false)
  })
})
