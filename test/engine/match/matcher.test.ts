import { describe, expect, it } from 'vitest'
import { compilePattern } from '../../../src/engine/match/matcher.ts'
import type { Term } from '../../../src/engine/term.ts'
import { whyOf } from './refusal.ts'

/** What `match` gives for each of `rows` that matches. */
const matchAll = (pattern: Term, rows: readonly (readonly Term[])[]): Term[] => {
  const { matches, bindings } = compilePattern(pattern)
  return rows.filter(matches).map(bindings)
}

const json = (text: string): Term => JSON.parse(text)

describe('patterns', () => {
  it('[MAT1] "_" and a variable match anything, and only a variable gives its value', () => {
    const rows = [
      ['a', 1],
      ['b', { x: [] }],
      [null, true],
    ]
    expect(matchAll(['_', '$1'], rows)).toEqual([[1], [{ x: [] }], [true]])
    expect(matchAll('_', rows)).toEqual([[], [], []])
    expect(matchAll('$1', rows)).toEqual(rows.map((row) => [row]))
  })

  it('[MAT1] a repeated variable wants equal terms, at any depth', () => {
    const rows = [
      [1, 1],
      [2, 3],
      [3, [3]],
      [[4], 4],
      [{ a: 5 }, 5],
      [
        [6, 7],
        [6, 7],
      ],
    ]
    expect(matchAll(['$1', '$1'], rows)).toEqual([[1], [[6, 7]]])
    expect(matchAll(['$1', ['$1']], rows)).toEqual([[3]])
    expect(matchAll([['$1'], '$1'], rows)).toEqual([[4]])
    expect(matchAll([{ a: '$1' }, '$1'], rows)).toEqual([[5]])
    expect(
      matchAll(
        ['$1', '$1', '$1'],
        [
          [1, 1, 1],
          [1, 1, 2],
          [2, 1, 1],
        ],
      ),
    ).toEqual([[1]])
  })

  it('[MAT2] bindings go by variable number, however long the number', () => {
    const long = '$123456789012345678901234567890'
    expect(compilePattern([long, '$10', '$2', '$0']).bindings(['x', 'y', 'z', 'w'])).toEqual([
      'w',
      'z',
      'y',
      'x',
    ])
  })

  it('[MAT3] near misses of variables and strings within const are data', () => {
    for (const text of ['$', '$01', '$x', '$_', '$$', '$1\n', '$-1', '__']) {
      expect(matchAll([text], [[text], ['other']])).toHaveLength(1)
    }
    expect(
      matchAll(
        [{ const: '$1' }, '$1'],
        [
          ['$1', 1],
          ['x', 2],
        ],
      ),
    ).toEqual([[1]])
    expect(matchAll([{ const: ['_', '$1'] }], [[['_', '$1']], [['a', 'b']]])).toHaveLength(1)
  })

  it('[MAT3] const is a wrapper only on its own, and may wrap itself', () => {
    const rows = [[{ const: 1 }], [{ const: 1, a: 2 }], [1]]
    expect(matchAll([{ const: { const: 1 } }], rows)).toHaveLength(2)
    expect(matchAll([{ const: '$1', a: '_' }], rows)).toEqual([[1]])
    expect(matchAll([{ const: 1 }], rows)).toHaveLength(1)
  })

  it('[MAT4] an object pattern matches by members, also within const', () => {
    const rows = [[{ a: 1 }], [{ a: 1, b: 2 }], [{}], [[]], [null], [{ a: { x: 1 } }]]
    expect(matchAll([{}], rows)).toHaveLength(4)
    expect(matchAll([{ a: '$1' }], rows)).toEqual([[1], [1], [{ x: 1 }]])
    expect(matchAll([{ a: 1, b: '_' }], rows)).toHaveLength(1)
    expect(matchAll([{ const: { a: 1 } }], rows)).toHaveLength(2)
    expect(matchAll([{ _: '_' }], rows)).toHaveLength(0)
  })

  it('[MAT4] inherited members are no members, and __proto__ is a name like any other', () => {
    const plain = {}
    const own = json('{"__proto__":{"a":1},"constructor":2}')
    const rows = [[plain], [own]]
    expect(matchAll([{ constructor: '$1' }], rows)).toEqual([[2]])
    expect(matchAll([{ toString: '_' }], rows)).toHaveLength(0)
    expect(matchAll([json('{"__proto__":"$1"}')], rows)).toEqual([[{ a: 1 }]])
    expect(matchAll([json('{"__proto__":{"a":"$1"}}')], rows)).toEqual([[1]])
    expect(matchAll([json('{"__proto__":{}}')], rows)).toHaveLength(1)
    expect(matchAll([{ a: '_' }], rows)).toHaveLength(0)
  })

  it('[MAT5] an array matches arrays of its size only', () => {
    const rows = [[1], [1, 2], [1, 2, 3]]
    expect(matchAll(['_', '_'], rows)).toHaveLength(1)
    expect(matchAll([1], rows)).toHaveLength(1)
    expect(matchAll([[]], [[[]], [{}], [[1]]])).toHaveLength(1)
  })

  it('[MAT6] a pattern that no row matches is not an error', () => {
    for (const pattern of [5, null, 'x', [], {}, { const: 1 }]) {
      expect(matchAll(pattern, [[1], [{}], [null]])).toEqual([])
    }
  })

  it('[MAT6] a value that is not a term is refused, wherever it stands', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, Symbol('x'), 1n]) {
      const term = value as unknown as Term
      for (const pattern of [term, [term], { a: term }, { const: [term] }]) {
        expect(whyOf(() => compilePattern(pattern))).toBe('match_spec')
      }
    }
  })
})
