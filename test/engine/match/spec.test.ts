import { describe, expect, it } from 'vitest'
import { compileSpec } from '../../../src/engine/match/spec.ts'
import type { Term } from '../../../src/engine/term.ts'
import { whyOf } from './refusal.ts'

type Rows = readonly (readonly Term[])[]

const select = (spec: Term, rows: Rows): Term[] =>
  rows.map(compileSpec(spec).result).filter((value) => value !== undefined)

/** The value of a body for one row. */
const bodyOf = (expression: Term, row: readonly Term[] = ['k', 1]): Term | undefined =>
  compileSpec([['_', [], [expression]]]).result(row)

/** Whether a guard on the variables of `['$1', '$2']` holds for a row. */
const holds = (guard: Term, row: readonly Term[] = ['k', 1]): boolean =>
  compileSpec([[['$1', '$2'], [guard], [true]]]).isTrue(row)

describe('match specifications', () => {
  it('[MSP1] what is malformed is refused before any row is seen', () => {
    const bodies: Term[] = [
      '$1',
      ['<', '$1', 2],
      ['no_such', 1],
      ['constructor', 1],
      ['__proto__', 1],
      ['is_integer'],
      ['<', 1, 2, 3],
      ['and'],
      ['element', 1],
      [],
      [1, 2],
      ['$_', 1],
      [['and', true]],
      ['const', 1],
      {},
      { a: 1 },
      { tuple: 1 },
      { map: [] },
      { map: 1 },
      { const: 1, tuple: [] },
      { tuple: ['$1'] },
      { map: { a: '$1' } },
      ['andalso', false, '$1'],
    ]
    for (const body of bodies) {
      expect([body, whyOf(() => compileSpec([['_', [], [body]]]))]).toEqual([body, 'match_spec'])
      expect([body, whyOf(() => compileSpec([['_', [body], [true]]]))]).toEqual([body, 'match_spec'])
      expect([body, whyOf(() => compileSpec([['_', [], [body, true]]]))]).toEqual([body, 'match_spec'])
    }
    const specs: Term[] = [
      '_',
      5,
      null,
      {},
      ['_'],
      [[]],
      [['_', []]],
      [['_', [], [1], []]],
      [['_', true, [1]]],
      [['_', [], true]],
      [['_', [], []]],
      [
        ['_', [], [1]],
        ['_', [], []],
      ],
      [[{ const: '$1' }, [], ['$1']]],
    ]
    for (const spec of specs) expect([spec, whyOf(() => compileSpec(spec))]).toEqual([spec, 'match_spec'])
  })

  it('[MSP1] the empty specification is valid and takes no row', () => {
    expect(select([], [[1]])).toEqual([])
    expect(compileSpec([]).isTrue([1])).toBe(false)
  })

  it('[MSP2] the first clause that takes a row decides, with its last body expression', () => {
    const spec = [
      [[1, '$1'], [], [{ tuple: ['one', '$1'] }]],
      [['$1', '_'], [['<', '$1', 3]], ['first', '$1']],
      ['_', [], ['rest']],
    ]
    expect(
      select(spec, [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]),
    ).toEqual([['one', 'a'], 2, 'rest'])
  })

  it('[MSP3] a guard holds only if its value is true', () => {
    for (const value of [1, 'true', null, false, { const: [true] }]) expect(holds(value)).toBe(false)
    expect(holds(true)).toBe(true)
    expect(holds({ const: true })).toBe(true)
    expect(holds('$2', ['k', true])).toBe(true)
  })

  it('[MSP3] a failing call makes the whole guard false, whatever is around it', () => {
    const failing = ['element', 9, '$_']
    const around: Term[] = [
      ['not', ['==', failing, 1]],
      ['is_atom', failing],
      ['or', true, ['==', failing, 1]],
      ['/=', failing, 1],
      ['>', failing, 1],
      ['>=', failing, 1],
      ['=/=', 1, failing],
      ['<', 1, failing],
      ['==', failing, failing],
      ['is_tuple', { tuple: [failing] }],
      ['is_map', { map: { a: failing } }],
      ['not', ['is_map_key', failing, { const: {} }]],
      ['is_atom', ['max', 'x', failing]],
      ['xor', true, failing],
      ['orelse', failing, true],
      ['not', ['>', failing, 1]],
      ['orelse', ['/=', failing, 1], true],
    ]
    for (const guard of around) expect([guard, holds(guard)]).toEqual([guard, false])
    expect(holds(['orelse', true, failing])).toBe(true)
  })

  it('[MSP4] and, or, xor, not want booleans; andalso and orelse stop early and give the last as it is', () => {
    expect(bodyOf(['and', false, 1])).toBe('EXIT')
    expect(bodyOf(['or', true, 1])).toBe('EXIT')
    expect(bodyOf(['not', null])).toBe('EXIT')
    expect(bodyOf(['xor', true, 'x'])).toBe('EXIT')
    expect(bodyOf(['xor', true, false])).toBe(true)
    expect(bodyOf(['or', false, false, true])).toBe(true)
    expect(bodyOf(['and', true])).toBe(true)
    expect(bodyOf(['andalso', false, ['div', 1, 0]])).toBe(false)
    expect(bodyOf(['orelse', false, 'x'])).toBe('x')
    expect(bodyOf(['andalso', 5])).toBe(5)
    expect(bodyOf(['orelse', 1, true])).toBe('EXIT')
  })

  it('[MSP5] in a body a failing call is the atom EXIT, and evaluation goes on', () => {
    const failing = ['element', 9, '$_']
    expect(bodyOf(failing)).toBe('EXIT')
    expect(bodyOf(['is_atom', failing])).toBe(true)
    expect(bodyOf(['is_binary', failing])).toBe(false)
    expect(bodyOf(['<', failing, false])).toBe(true)
    expect(bodyOf(['==', failing, { const: 'EXIT' }])).toBe(false)
    expect(bodyOf(['>', failing, 1])).toBe(true)
    expect(bodyOf({ tuple: ['a', failing, { map: { x: failing } }] })).toEqual(['a', 'EXIT', { x: 'EXIT' }])
    expect(bodyOf(['+', 1, failing])).toBe('EXIT')
  })

  it('[MSP6] "$$" lists the variables by number; it is a list within and an array without', () => {
    const body = (expression: Term) => compileSpec([[['$2', '$1'], [], [expression]]]).result(['k', 1])
    expect(body('$$')).toEqual([1, 'k'])
    expect(body(['is_list', '$$'])).toBe(true)
    expect(body(['is_tuple', '$$'])).toBe(false)
    expect(body(['size', '$$'])).toBe('EXIT')
    expect(body(['==', '$$', { tuple: ['$1', '$2'] }])).toBe(false)
    expect(body({ map: { all: '$$' } })).toEqual({ all: [1, 'k'] })
    expect(body(['max', '$$', { const: {} }])).toEqual([1, 'k'])
    expect(bodyOf('$$')).toEqual([])
  })

  it('[MSP7] only a value that is true counts', () => {
    const isTrue = (body: Term, row: readonly Term[]) => compileSpec([[['_', '$1'], [], [body]]]).isTrue(row)
    expect(isTrue(true, [1, 2])).toBe(true)
    expect(isTrue('$1', [1, true])).toBe(true)
    expect(isTrue('$1', [1, 'true'])).toBe(false)
    expect(isTrue('$_', [1, true])).toBe(false)
    expect(isTrue(['==', '$1', 3], [1, 3])).toBe(true)
    const later = compileSpec([
      [['_', 'a'], [], [false]],
      ['_', [], [true]],
    ])
    expect(
      [
        ['x', 'a'],
        ['x', 'b'],
      ].map(later.isTrue),
    ).toEqual([false, true])
  })

  it('[MSP8] bodies build arrays and objects, __proto__ included', () => {
    const named: Term = JSON.parse('{"map":{"__proto__":"$1","toString":1}}')
    const built = compileSpec([[['$1'], [], [named]]]).result(['k'])
    expect(JSON.stringify(built)).toBe('{"__proto__":"k","toString":1}')
    const fixed: Term = JSON.parse('{"map":{"__proto__":1}}')
    expect(JSON.stringify(bodyOf(fixed))).toBe('{"__proto__":1}')
    expect(bodyOf({ tuple: [] })).toEqual([])
    expect(bodyOf({ const: ['$1', '_'] })).toEqual(['$1', '_'])
    expect(bodyOf('_')).toBe('_')
  })

  it('[MSP9] a comparison with a constant means the same on either side and at any depth', () => {
    const values: Term[] = [0, 1, 1.5, 2, 'a', '', null, true, false, [], [1], {}, { a: 1 }]
    for (const operator of ['<', '=<', '>', '>=', '==', '/=', '=:=', '=/=']) {
      for (const a of values) {
        for (const b of values) {
          const general = holds([operator, '$1', '$2'], [a, b])
          expect(holds([operator, '$1', { const: b }], [a, 0])).toBe(general)
          expect(holds([operator, { const: a }, '$2'], [0, b])).toBe(general)
          expect(holds(['orelse', [operator, '$1', { const: b }], false], [a, 0])).toBe(general)
          expect(bodyOf([operator, ['element', 1, '$_'], { const: b }], [a])).toBe(general)
        }
      }
    }
  })
})
