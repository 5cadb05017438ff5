import { describe, expect, it } from 'vitest'
import { MAX_ELEMENTS, MAX_MEMBERS, MAX_TERM_DEPTH } from '../../src/protocol/limits.ts'
import { checkTerm } from '../../src/protocol/term-check.ts'

const refusalOf = (value: unknown): unknown => {
  try {
    checkTerm(value)
    return 'taken'
  } catch (error) {
    const { code, details } = error as { code: string; details: object }
    return { code, ...details }
  }
}

const array = (length: number) => new Array(length).fill(0)
const object = (length: number) => Object.fromEntries(Array.from({ length }, (_, i) => [`m${i}`, 0]))
const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)])

describe('terms from outside', () => {
  it('[TRM8] an array has at most 100,000 elements, an object 10,000 members, at any depth', () => {
    for (const wrap of [(value: unknown) => value, (value: unknown) => [{ a: [value] }]]) {
      expect(refusalOf(wrap(array(MAX_ELEMENTS)))).toBe('taken')
      expect(refusalOf(wrap(array(MAX_ELEMENTS + 1)))).toEqual({
        code: 'too_large',
        what: 'elements of an array',
        limit: 100_000,
      })
      expect(refusalOf(wrap(object(MAX_MEMBERS)))).toBe('taken')
      expect(refusalOf(wrap(object(MAX_MEMBERS + 1)))).toEqual({
        code: 'too_large',
        what: 'members of an object',
        limit: 10_000,
      })
    }
  })

  it('[TRM7] a term has at most 64 levels', () => {
    expect(refusalOf(nested(MAX_TERM_DEPTH))).toBe('taken')
    expect(refusalOf(nested(MAX_TERM_DEPTH + 1))).toMatchObject({ code: 'bad_request' })
  })
})
