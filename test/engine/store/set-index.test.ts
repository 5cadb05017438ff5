import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from '../../../src/engine/key.ts'
import { hashOf } from '../../../src/engine/store/key-hash.ts'
import { SetIndex } from '../../../src/engine/store/set-index.ts'
import { equalTerms, type Term } from '../../../src/engine/term.ts'

const SEED = 12_345
const anyTerm = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Term>

describe('hashes of keys', () => {
  it('[KEY1] equal terms have equal hashes, different ones hardly ever', () => {
    let collisions = 0
    fc.assert(
      fc.property(anyTerm, anyTerm, (a, b) => {
        if (hashOf(a, SEED) !== hashOf(structuredClone(a), SEED)) return false
        if (!equalTerms(a, b) && hashOf(a, SEED) === hashOf(b, SEED)) collisions++
        return true
      }),
      { seed: 1, numRuns: 2000 },
    )
    expect(collisions).toBe(0)
  })

  it('[KEY1] members of an object may come in any order', () => {
    expect(hashOf({ b: 1, a: [2] }, SEED)).toBe(hashOf({ a: [2], b: 1 }, SEED))
  })

  it('[KEY4] 0 and -0 have one hash, alone and in an array', () => {
    expect([hashOf(-0, SEED), hashOf([-0], SEED)]).toEqual([hashOf(0, SEED), hashOf([0], SEED)])
  })
})

describe('the index of a set', () => {
  it('[KEY1] leads from keys to slots like a map of their texts, whatever comes and goes', () => {
    const step = fc.record({
      key: fc.oneof(
        fc.integer({ min: -20, max: 20 }),
        fc.tuple(fc.constantFrom('a', 'b'), fc.nat(9)),
        anyTerm,
      ),
      isRemoval: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const keys: Term[] = []
        const index = new SetIndex({ key: (slot) => keys[slot] }, SEED)
        const model = new Map<string, number>()
        for (const { key, isRemoval } of steps) {
          const slot = model.get(canonicalText(key)) ?? -1
          expect(index.head(structuredClone(key))).toBe(slot)
          if (isRemoval && slot !== -1) {
            index.remove(key, slot)
            model.delete(canonicalText(key))
          } else if (!isRemoval && slot === -1) {
            model.set(canonicalText(key), keys.push(key) - 1)
            index.add(key, keys.length - 1)
          }
        }
        for (const [i, key] of keys.entries()) {
          const slot = model.get(canonicalText(key)) ?? -1
          expect(index.head(key), `key ${i}`).toBe(slot)
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('[KEY1] a key that is removed without a search, after another search, is gone', () => {
    const keys: Term[] = ['a', 'b']
    const index = new SetIndex({ key: (slot) => keys[slot] })
    index.add('a', 0)
    index.add('b', 1)
    index.head('a')
    index.remove('b', 1)
    expect([index.head('a'), index.head('b')]).toEqual([0, -1])
  })
})
