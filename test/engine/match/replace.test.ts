import { describe, expect, it } from 'vitest'
import { replacementOf } from '../../../src/engine/match/replace.ts'
import { compileSpec } from '../../../src/engine/match/spec.ts'
import type { TableType } from '../../../src/engine/options.ts'
import type { Term } from '../../../src/engine/term.ts'
import { whyOf } from './refusal.ts'

const replacement = (head: Term, body: readonly Term[], keypos = 1, type: TableType = 'set') =>
  replacementOf(compileSpec([[head, [], body]]), keypos, type)

/** Whether a clause is taken as keeping the key. */
const isKept = (head: Term, body: Term, keypos = 1): boolean =>
  whyOf(() => replacement(head, [body], keypos)) === 'no refusal'

describe('select_replace', () => {
  it('[RPL1] the row itself may always be stored again', () => {
    for (const head of ['_', '$1', ['_', '_'], 5]) expect(isKept(head, '$_')).toBe(true)
  })

  it('[RPL1] a tuple keeps the key by taking it from the row, under an array head', () => {
    const taken = { tuple: [['element', 1, '$_'], 0] }
    expect(isKept(['_', '_'], taken)).toBe(true)
    expect(isKept([{ m: 1 }, '_'], taken)).toBe(true)
    expect(isKept('_', taken)).toBe(false)
    expect(isKept(['_', '_'], taken, 2)).toBe(false)
    expect(isKept(['_', '_'], { tuple: [0, ['element', 2, '$_']] }, 2)).toBe(true)
    expect(isKept(['$1', '$2'], { tuple: [['element', 1, '$2']] })).toBe(false)
  })

  it('[RPL1] a tuple keeps the key by saying it again: variables, literals, tuples of these', () => {
    expect(isKept(['$1', '_'], { tuple: ['$1'] })).toBe(true)
    expect(isKept(['$1', '$2'], { tuple: ['$2'] })).toBe(false)
    expect(isKept(['a', '_'], { tuple: ['a', 1] })).toBe(true)
    expect(isKept(['a', '_'], { tuple: [{ const: 'a' }] })).toBe(true)
    expect(isKept([{ const: '$1' }, '_'], { tuple: [{ const: '$1' }] })).toBe(true)
    expect(isKept(['a', '_'], { tuple: ['b'] })).toBe(false)
    expect(isKept([['$1', 'x'], '_'], { tuple: [{ tuple: ['$1', 'x'] }] })).toBe(true)
    expect(isKept([['$1', 'x'], '_'], { tuple: [{ tuple: ['$1'] }] })).toBe(false)
    expect(isKept([['$1'], '_'], { tuple: ['$1'] })).toBe(false)
  })

  it('[RPL1] a constant keeps a literal key', () => {
    expect(isKept([['a', 1], '_'], { const: [['a', 1], 'x'] })).toBe(true)
    expect(isKept([['a', 1], '_'], { const: [['a', 2], 'x'] })).toBe(false)
    expect(isKept(['a', '_'], { const: 'a' })).toBe(false)
    expect(isKept(['_', 'a'], { const: ['x'] }, 2)).toBe(false)
  })

  it('[RPL1] "_" and objects cannot be said again', () => {
    expect(isKept(['_', 1], { tuple: ['_', 1] })).toBe(false)
    expect(isKept([['a', '_'], 1], { tuple: [{ tuple: ['a', '_'] }] })).toBe(false)
    expect(isKept([{ m: 1 }, 1], { tuple: [{ const: { m: 1 } }] })).toBe(false)
    expect(isKept([['a', { m: '$1' }], 1], { tuple: [{ tuple: ['a', { map: { m: '$1' } }] }] })).toBe(false)
  })

  it('[RPL1] anything else is refused, also beside clauses that keep the key', () => {
    for (const body of [5, '$$', true, '$1', { map: { a: '$1' } }]) expect(isKept(['$1'], body)).toBe(false)
    expect(whyOf(() => replacement('_', [true, '$_']))).toBe('match_spec')
    const spec = compileSpec([
      ['_', [], ['$_']],
      [['$1'], [], [5]],
    ])
    expect(whyOf(() => replacementOf(spec, 1, 'set'))).toBe('match_spec')
  })

  it('[RPL2] it is not for bags, but for duplicate bags', () => {
    expect(whyOf(() => replacement('_', ['$_'], 1, 'bag'))).toBe('table_type')
    expect(whyOf(() => replacementOf(compileSpec([]), 1, 'bag'))).toBe('table_type')
    expect(whyOf(() => replacement('_', ['$_'], 1, 'duplicate_bag'))).toBe('no refusal')
  })

  it('[RPL3] the new row may have another size, and holds EXIT and lists as JSON has them', () => {
    const replace = replacement(['$1', '$2'], [{ tuple: ['$1', ['+', '$2', 1], '$$'] }])
    expect(replace(['k', 1])).toEqual(['k', 2, ['k', 1]])
    expect(replace(['k', 'x'])).toEqual(['k', 'EXIT', ['k', 'x']])
    expect(replace(['k'])).toBeUndefined()
  })
})
