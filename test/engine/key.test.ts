import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, KeyMap } from '../../src/engine/key.ts'
import { equalTerms, type Term } from '../../src/engine/term.ts'

const anyTerm = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Term>

describe('keys', () => {
  it('[KEY1] two terms have the same text exactly when they are equal', () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, (a, b) => (canonicalText(a) === canonicalText(b)) === equalTerms(a, b)),
      { seed: 1, numRuns: 2000 },
    )
  })

  it('[KEY1] members of an object may come in any order', () => {
    expect(canonicalText({ b: 1, a: [2] })).toBe(canonicalText({ a: [2], b: 1 }))
  })

  it('[KEY2] a string that looks like the text of a compound key is another key', () => {
    const map = new KeyMap()
    map.set([1], 7)
    map.set(canonicalText([1]), 8)
    expect([map.get([1]), map.get(canonicalText([1])), map.size]).toEqual([7, 8, 2])
  })

  it('[KEY3] keys that are names of object members everywhere are ordinary keys', () => {
    const map = new KeyMap()
    for (const [slot, key] of ['__proto__', 'constructor', 'toString'].entries()) map.set(key, slot)
    expect(map.get('__proto__')).toBe(0)
    expect(map.get('hasOwnProperty')).toBe(-1)
    expect(map.get(JSON.parse('{"__proto__":1}'))).toBe(-1)
  })

  it('[KEY4] 0 and -0 are one key', () => {
    const map = new KeyMap()
    map.set(0, 1)
    map.set([0], 2)
    expect([map.get(-0), map.get([-0])]).toEqual([1, 2])
  })
})
