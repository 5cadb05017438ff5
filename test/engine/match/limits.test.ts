import { describe, expect, it } from 'vitest'
import { MAX_CLAUSES, MAX_DEPTH, MAX_NODES } from '../../../src/engine/match/limits.ts'
import { compilePattern } from '../../../src/engine/match/matcher.ts'
import { compileSpec } from '../../../src/engine/match/spec.ts'
import type { Term } from '../../../src/engine/term.ts'
import { whyOf } from './refusal.ts'

/** `inner` wrapped `times` times. */
function nested(times: number, inner: Term, wrap: (term: Term) => Term): Term {
  for (let i = 0; i < times; i++) inner = wrap(inner)
  return inner
}

const asArray = (term: Term): Term => [term]
const asNot = (term: Term): Term => ['not', term]

describe('limits', () => {
  it('[LIM1] a pattern may be nested so deep and no deeper', () => {
    expect(whyOf(() => compilePattern(nested(MAX_DEPTH, '$1', asArray)))).toBe('no refusal')
    expect(whyOf(() => compilePattern(nested(MAX_DEPTH + 1, '$1', asArray)))).toBe('match_spec')
  })

  it('[LIM1] an expression may be nested so deep and no deeper, and still evaluates', () => {
    const { result } = compileSpec([['_', [], [nested(MAX_DEPTH, true, asNot)]]])
    expect(result([1])).toBe(MAX_DEPTH % 2 === 0)
    expect(whyOf(() => compileSpec([['_', [], [nested(MAX_DEPTH + 1, true, asNot)]]]))).toBe('match_spec')
  })

  it('[LIM1] hostile nesting is refused, not run into', () => {
    const deep = nested(1_000_000, 1, asArray)
    expect(whyOf(() => compilePattern(deep))).toBe('match_spec')
    expect(whyOf(() => compilePattern({ const: deep }))).toBe('match_spec')
    for (const expression of [{ const: deep }, nested(1_000_000, 1, asNot), { tuple: [{ const: deep }] }]) {
      expect(whyOf(() => compileSpec([['_', [], [expression]]]))).toBe('match_spec')
    }
  })

  it('[LIM2] clauses and parts are bounded', () => {
    const clauses = (count: number): Term => Array.from({ length: count }, () => ['_', [], [true]])
    expect(whyOf(() => compileSpec(clauses(MAX_CLAUSES)))).toBe('no refusal')
    expect(whyOf(() => compileSpec(clauses(MAX_CLAUSES + 1)))).toBe('match_spec')
    const pattern = (parts: number): Term => new Array<Term>(parts - 1).fill('_')
    expect(whyOf(() => compilePattern(pattern(MAX_NODES)))).toBe('no refusal')
    expect(whyOf(() => compilePattern(pattern(MAX_NODES + 1)))).toBe('match_spec')
  })
})
