import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEAST } from '../../../src/engine/match/interval.ts'
import { compilePattern } from '../../../src/engine/match/matcher.ts'
import { type Plan, planOf } from '../../../src/engine/match/plan.ts'
import { compileSpec, withinRange } from '../../../src/engine/match/spec.ts'
import type { TableType } from '../../../src/engine/options.ts'
import { compareTerms, equalTerms, type Term } from '../../../src/engine/term.ts'
import { aQuery } from './arbitrary.ts'

const planOfPattern = (pattern: Term, keypos = 1, type: TableType = 'ordered_set'): Plan =>
  planOf(compilePattern(pattern).clauses, keypos, type)

/** The plan for a head and guards; the body does not matter. */
const planOfClause = (head: Term, guards: readonly Term[], type: TableType = 'ordered_set'): Plan =>
  planOf(compileSpec([[head, guards, [true]]]).clauses, 1, type)

const isWithin = (plan: Plan, key: Term): boolean => {
  switch (plan.kind) {
    case 'key':
      return equalTerms(plan.key, key)
    case 'keys':
      return plan.keys.some((known) => equalTerms(known, key))
    case 'range':
      if (plan.from !== undefined && compareTerms(key, plan.from) < 0) return false
      return plan.to === undefined || compareTerms(key, plan.to) < 0
    case 'scan':
      return true
  }
}

describe('plans', () => {
  it('[PLN1] a key that is given in full is looked up, in every type of table', () => {
    for (const type of ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const) {
      expect(planOfPattern(['a', '$1'], 1, type)).toEqual({ kind: 'key', key: 'a' })
      expect(planOfPattern(['_', ['x', 1]], 2, type)).toEqual({ kind: 'key', key: ['x', 1] })
      expect(planOfPattern([{ const: '$1' }], 1, type)).toEqual({ kind: 'key', key: '$1' })
      expect(planOfClause(['$1', '_'], [['==', '$1', 5]], type)).toEqual({ kind: 'key', key: 5 })
      expect(planOfClause('_', [['=:=', { const: {} }, ['element', 1, '$_']]], type)).toEqual({
        kind: 'key',
        key: {},
      })
      expect(planOfClause([['a', '$1']], [['==', '$1', 5]], type)).toEqual({ kind: 'key', key: ['a', 5] })
    }
  })

  it('[PLN1] several clauses with a key each are several keys, sorted and without repetition', () => {
    const spec = compileSpec(['b', 'a', 'b'].map((key) => [[key, '_'], [], [true]]))
    expect(planOf(spec.clauses, 1, 'set')).toEqual({ kind: 'keys', keys: ['a', 'b'] })
  })

  it('[PLN1] a query that nothing can match looks at nothing', () => {
    const nothing = { kind: 'keys', keys: [] }
    for (const pattern of [5, [], { a: 1 }, ['a']]) expect(planOfPattern(pattern, 2)).toEqual(nothing)
    expect(planOf([], 1, 'set')).toEqual(nothing)
    expect(
      planOfClause(
        ['$1'],
        [
          ['<', '$1', 1],
          ['>', '$1', 2],
        ],
      ),
    ).toEqual(nothing)
    expect(
      planOfClause(
        [['$1', '_']],
        [
          ['==', '$1', 1],
          ['==', '$1', 2],
        ],
      ),
    ).toEqual(nothing)
  })

  it('[PLN2] an open key, and an object in a key, are scanned for outside an ordered_set', () => {
    for (const key of ['_', '$1', { a: 1 }, { const: { a: 1 } }, ['a', '$1'], ['a', {}]]) {
      expect(planOfPattern([key, 1], 1, 'set')).toEqual({ kind: 'scan' })
    }
    for (const pattern of ['_', '$1', ['_'], ['$1']]) expect(planOfPattern(pattern)).toEqual({ kind: 'scan' })
  })

  it('[PLN3] the first elements of a tuple key bound a range of an ordered_set', () => {
    expect(planOfPattern([['user', '$1'], '_'])).toEqual({
      kind: 'range',
      from: ['user', LEAST],
      to: ['user\0', LEAST],
    })
    expect(planOfPattern([['a', 1, '_', 'z']])).toEqual({
      kind: 'range',
      from: ['a', 1, LEAST, LEAST],
      to: ['a', 1 + Number.EPSILON, LEAST, LEAST],
    })
    expect(planOfPattern([['_', 'x']])).toEqual({
      kind: 'range',
      from: [LEAST, LEAST],
      to: [LEAST, LEAST, LEAST],
    })
    expect(planOfPattern([{ a: 1 }])).toEqual({ kind: 'range', from: {}, to: '' })
  })

  it('[PLN3] guards on the key bound a range, several of them together', () => {
    const guards = [
      ['and', ['>=', '$1', 5], ['is_number', '$1']],
      ['<', '$1', 9],
      ['>', '$1', 4],
    ]
    expect(planOfClause(['$1', '_'], guards)).toEqual({ kind: 'range', from: 5, to: 9 })
    expect(planOfClause(['$1'], [['=<', '$1', 'b']])).toEqual({ kind: 'range', to: 'b\0' })
    expect(planOfClause(['$1'], [['andalso', ['<', 'a', '$1'], true]])).toEqual({
      kind: 'range',
      from: 'a\0',
    })
    expect(planOfClause(['$1'], [['or', ['<', '$1', 1], ['>', '$1', 2]]])).toEqual({ kind: 'scan' })
    expect(planOfClause(['_', '$1'], [['<', '$1', 1]])).toEqual({ kind: 'scan' })
  })

  it('[PLN3] a guard on the first open element of a tuple key narrows its range', () => {
    const guards = [
      ['>=', '$1', 5],
      ['<', '$1', 9],
      ['>', '$2', 3],
    ]
    expect(planOfClause([['user', '$1', '$2']], guards)).toEqual({
      kind: 'range',
      from: ['user', 5, LEAST],
      to: ['user', 9, LEAST],
    })
  })

  it('[PLN3] several clauses share the range around all of theirs', () => {
    const clauses = (...heads: Term[]) => compileSpec(heads.map((head) => [head, [], [true]])).clauses
    expect(planOf(clauses(['b'], [['a', '_']]), 1, 'ordered_set')).toEqual({
      kind: 'range',
      from: ['a', LEAST],
      to: 'b\0',
    })
    expect(planOf(clauses(['b'], ['_']), 1, 'ordered_set')).toEqual({ kind: 'scan' })
    expect(planOf(clauses(['b'], [['a', '_']]), 1, 'set')).toEqual({ kind: 'scan' })
  })

  it('[PLN4] no row that a query takes lies outside its plan', () => {
    const seen = new Set<string>()
    let taken = 0
    for (const keypos of [1, 2]) {
      fc.assert(
        fc.property(aQuery(keypos), ({ rows, spec }) => {
          const { clauses, result } = compileSpec(spec)
          for (const type of ['ordered_set', 'set'] as const) {
            const plan = planOf(clauses, keypos, type)
            seen.add(plan.kind)
            for (const row of rows) {
              if (result(row) === undefined) continue
              taken++
              expect(isWithin(plan, row[keypos - 1] as Term)).toBe(true)
            }
          }
        }),
        { seed: 4711, numRuns: 3_000 },
      )
    }
    expect([...seen].sort()).toEqual(['key', 'keys', 'range', 'scan'])
    expect(taken).toBeGreaterThan(1_000)
  })

  it('[PLN6] rows in the range of a plan are asked only for what it does not say, with the same answers', () => {
    let inRange = 0
    for (const keypos of [1, 2]) {
      fc.assert(
        fc.property(aQuery(keypos), ({ rows, spec }) => {
          const compiled = compileSpec(spec)
          const plan = planOf(compiled.clauses, keypos, 'ordered_set')
          if (plan.kind !== 'range') return
          const { result, isTrue } = withinRange(compiled, keypos)
          for (const row of rows) {
            if (!isWithin(plan, row[keypos - 1] as Term)) continue
            inRange++
            expect(result(row)).toEqual(compiled.result(row))
            expect(isTrue(row)).toBe(compiled.isTrue(row))
          }
        }),
        { seed: 4712, numRuns: 6_000 },
      )
    }
    expect(inRange).toBeGreaterThan(1_000)
  })

  it('[PLN6] a comparison of the key with a constant and the first elements of a key are not asked again', () => {
    const left = (head: Term, guards: readonly Term[]): number => {
      const spec = compileSpec([[head, guards, ['$_']]])
      // A row that the range could not have tells what is still asked.
      return ['k', ['a', 1], ['b', 1], 5].filter((key) => withinRange(spec, 1).result([key, 1]) !== undefined)
        .length
    }
    expect(left([['a', '_'], '_'], [])).toBe(4)
    expect(left([['a', '_'], 2], [])).toBe(0)
    expect(left([['_', 'a'], '_'], [])).toBe(0)
    expect(left(['$1', '_'], [['>', '$1', 'x']])).toBe(4)
    expect(left(['$1', '_'], [['/=', '$1', 5]])).toBe(3)
    expect(left(['_', '$1'], [['>', '$1', 1]])).toBe(0)
  })
})
