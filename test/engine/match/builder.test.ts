import { describe, expect, it } from 'vitest'
import * as build from '../../../src/engine/match/builder.ts'
import {
  add,
  and,
  constant,
  element,
  eq,
  firstOf,
  gte,
  isMapKey,
  map,
  mapGet,
  match,
  ROW,
  tuple,
} from '../../../src/engine/match/builder.ts'
import { compileSpec } from '../../../src/engine/match/spec.ts'
import type { Term } from '../../../src/engine/term.ts'

describe('builder', () => {
  it('[BLD1] a built specification is the plain JSON one', () => {
    const adults = match(['$1', { age: '$2' }])
      .where(gte('$2', 18))
      .select('$1')
    expect(adults).toEqual([[['$1', { age: '$2' }], [['>=', '$2', 18]], ['$1']]])
    const spec = match([constant('_'), '$1'])
      .where(and(isMapKey('a', '$1'), eq(mapGet('a', '$1'), constant([1]))))
      .where(true)
      .select(map({ row: ROW, next: tuple(add(element(1, '$_'), 1), 'x') }))
    expect(spec).toEqual([
      [
        [{ const: '_' }, '$1'],
        [['and', ['is_map_key', 'a', '$1'], ['==', ['map_get', 'a', '$1'], { const: [1] }]], true],
        [{ map: { row: '$_', next: { tuple: [['+', ['element', 1, '$_'], 1], 'x'] } } }],
      ],
    ])
  })

  it('[BLD1] select gives the row, one value, or an array of several', () => {
    const bodyOf = (...values: string[]): unknown => match(['$1', '$2']).select(...values)[0]?.[2]
    expect(bodyOf()).toEqual(['$_'])
    expect(bodyOf('$1')).toEqual(['$1'])
    expect(bodyOf('$1', '$2')).toEqual([{ tuple: ['$1', '$2'] }])
    expect(match('_').matching()).toEqual([['_', [], [true]]])
  })

  it('[BLD1] a builder does not change: one beginning may be continued in several ways', () => {
    const all = match(['$1'])
    const some = all.where(gte('$1', 2))
    expect(all.select()).toEqual([[['$1'], [], ['$_']]])
    expect(some.select()).toEqual([[['$1'], [['>=', '$1', 2]], ['$_']]])
  })

  it('[BLD2] firstOf tries its specifications in order', () => {
    const { result } = compileSpec(
      firstOf(match(['$1']).where(gte('$1', 2)).select('big'), match('_').select('small')),
    )
    expect([[1], [2]].map(result)).toEqual(['small', 'big'])
  })

  it('[BLD3] every helper builds a call that compiles', () => {
    const notCalls = new Set(['match', 'firstOf', 'constant', 'tuple', 'map', 'ROW', 'BINDINGS'])
    const helpers = Object.entries(build).filter(([name]) => !notCalls.has(name))
    expect(helpers.length).toBeGreaterThan(45)
    for (const [name, helper] of helpers) {
      const isOne = compiles((helper as (a: Term) => Term)(1))
      const isTwo = compiles((helper as (a: Term, b: Term) => Term)(1, 2))
      expect([name, isOne || isTwo]).toEqual([name, true])
    }
  })
})

function compiles(expression: Term): boolean {
  try {
    compileSpec([['_', [], [expression]]])
    return true
  } catch {
    return false
  }
}
