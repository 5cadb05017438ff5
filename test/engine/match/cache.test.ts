import { describe, expect, it } from 'vitest'
import { QueryCache } from '../../../src/engine/match/cache.ts'
import { compilePattern } from '../../../src/engine/match/matcher.ts'
import type { Term } from '../../../src/engine/term.ts'
import { whyOf } from './refusal.ts'

/** A cache that counts how often it compiles. */
function aCache() {
  const compiled: Term[] = []
  const cache = new QueryCache((query) => {
    compiled.push(query)
    return { query }
  })
  return { cache, compiled }
}

describe('query cache', () => {
  it('[QCH1] an equal query is compiled once, the same object found again by identity', () => {
    const { cache, compiled } = aCache()
    const query: Term = [['$1', 1]]
    const first = cache.get(query)
    expect(cache.get([['$1', 1]])).toBe(first)
    for (let i = 0; i < 3; i++) expect(cache.get(query)).toBe(first)
    expect(compiled).toHaveLength(1)
    cache.get([['$1', 2]])
    expect(compiled).toHaveLength(2)
  })

  it('[QCH2] it holds 256 texts; the one not used for longest goes', () => {
    const { cache, compiled } = aCache()
    for (let i = 0; i < 256; i++) cache.get([i])
    cache.get([0])
    cache.get([256])
    expect(cache.size).toBe(256)
    cache.get([0])
    expect(compiled).toHaveLength(257)
    cache.get([1])
    expect(compiled).toHaveLength(258)
  })

  it('[QCH2] a long query is not held', () => {
    const { cache } = aCache()
    cache.get(['x'.repeat(2_044)])
    expect(cache.size).toBe(1)
    cache.get(['x'.repeat(2_045)])
    expect(cache.size).toBe(1)
  })

  it('[QCH3] a refused query is refused each time, and hostile nesting is no accident', () => {
    const cache = new QueryCache(compilePattern)
    let deep: Term = 1
    for (let i = 0; i < 1_000_000; i++) deep = [deep]
    for (let i = 0; i < 2; i++) expect(whyOf(() => cache.get(deep))).toBe('match_spec')
    expect(cache.size).toBe(0)
    expect(cache.get('_').matches([1])).toBe(true)
  })
})
