import { describe, expect, it } from 'vitest'
import { compileSpec } from '../../../src/engine/match/spec.ts'
import type { Term } from '../../../src/engine/term.ts'

const MAX = Number.MAX_SAFE_INTEGER

/** The value of a call on the given data. */
const call = (operator: string, ...operands: readonly Term[]): Term | undefined =>
  compileSpec([['_', [], [[operator, ...operands.map((term) => ({ const: term }))]]]]).result(['k'])

describe('arithmetic', () => {
  it('[ARI1] an integer result beyond ±(2^53-1) fails; it is never rounded', () => {
    expect(call('+', MAX, 0)).toBe(MAX)
    expect(call('+', MAX, 1)).toBe('EXIT')
    expect(call('-', -MAX, 1)).toBe('EXIT')
    expect(call('*', 94906267, 94906267)).toBe('EXIT')
    expect(call('*', 94906265, 94906265)).toBe(94906265 ** 2)
    expect(call('bnot', MAX)).toBe('EXIT')
    expect(call('trunc', 1e300)).toBe('EXIT')
  })

  it('[ARI1] a float may be of any size but not infinite', () => {
    expect(call('*', 1e300, 1e5)).toBe(1e300 * 1e5)
    expect(call('*', 1e300, 1e300)).toBe('EXIT')
    expect(call('/', 1, 4)).toBe(0.25)
    expect(call('/', 4, 2)).toBe(2)
    expect(call('/', 1, 0)).toBe('EXIT')
    expect(call('/', 0, 0)).toBe('EXIT')
    expect(call('is_float', 1e300)).toBe(true)
    expect(call('is_integer', 1e300)).toBe(false)
  })

  it('[ARI2] div cuts off, rem has the sign of the dividend, both want integers', () => {
    expect([call('div', -7, 2), call('rem', -7, 3), call('rem', 7, -3)]).toEqual([-3, -1, 1])
    expect(call('div', MAX, 3)).toBe(3002399751580330)
    expect(call('div', MAX - 1, MAX)).toBe(0)
    for (const operator of ['div', 'rem', 'band', 'bsl']) {
      expect(call(operator, 1.5, 1)).toBe('EXIT')
      expect(call(operator, 'x', 1)).toBe('EXIT')
    }
    expect([call('div', 1, 0), call('rem', 1, 0)]).toEqual(['EXIT', 'EXIT'])
  })

  it('[ARI3] round goes away from zero at halves, and no result is -0', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 2.5, 0.49999999999999994].map((a) => call('round', a))).toEqual([
      -3, -2, -1, 1, 3, 0,
    ])
    const zeros = [
      call('round', -0.2),
      call('trunc', -0.2),
      call('ceil', -0.2),
      call('rem', -4, 2),
      call('*', 0, -1),
      call('-', 0),
    ]
    for (const zero of zeros) expect(Object.is(zero, 0)).toBe(true)
    expect([call('floor', -1.5), call('ceil', 1.2), call('abs', -1.5), call('-', 3), call('+', 3)]).toEqual([
      -2, 2, 1.5, -3, 3,
    ])
  })

  it('[ARI4] bit operations take integers of 54 bits as two’s complements', () => {
    const numbers = [
      0,
      1,
      -1,
      6,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      2 ** 32 + 5,
      -(2 ** 32) - 1,
      68719476735,
      MAX,
      -MAX,
    ]
    const exact = (value: bigint): Term => (Number.isSafeInteger(Number(value)) ? Number(value) : 'EXIT')
    for (const a of numbers) {
      expect(call('bnot', a)).toBe(exact(~BigInt(a)))
      for (const b of numbers) {
        expect(call('band', a, b)).toBe(exact(BigInt(a) & BigInt(b)))
        expect(call('bor', a, b)).toBe(exact(BigInt(a) | BigInt(b)))
        expect(call('bxor', a, b)).toBe(exact(BigInt(a) ^ BigInt(b)))
      }
      for (const by of [0, 1, 5, 31, 33, 52, 53, 54, 70]) {
        expect(call('bsl', a, by)).toBe(exact(BigInt(a) << BigInt(by)))
        expect(call('bsr', a, by)).toBe(exact(BigInt(a) >> BigInt(by)))
        expect(call('bsl', a, -by)).toBe(call('bsr', a, by))
        expect(call('bsr', a, -by)).toBe(call('bsl', a, by))
      }
    }
  })

  it('[ARI4] a huge shift is answered at once', () => {
    expect(call('bsl', 1, 1_000_000_000)).toBe('EXIT')
    expect(call('bsl', 1, MAX)).toBe('EXIT')
    expect(call('bsl', 0, MAX)).toBe(0)
    expect(call('bsr', -5, MAX)).toBe(-1)
    expect(call('bsr', 1, -MAX)).toBe('EXIT')
  })
})

describe('operators', () => {
  it('[OPR1] a string is as long as its bytes in UTF-8; an object has a map_size only', () => {
    for (const text of ['', 'a', 'é', '€', '😀', 'é😀', '\u0000', '\u07ff\u0800\uffff']) {
      const bytes = new TextEncoder().encode(text).length
      expect([call('size', text), call('byte_size', text)]).toEqual([bytes, bytes])
    }
    expect([call('size', [1, 2]), call('tuple_size', [1, 2]), call('map_size', { a: 1 })]).toEqual([2, 2, 1])
    expect([call('size', {}), call('byte_size', [1]), call('tuple_size', 'x'), call('map_size', [])]).toEqual(
      ['EXIT', 'EXIT', 'EXIT', 'EXIT'],
    )
  })

  it('[OPR2] element counts from 1 and fails beyond the array', () => {
    expect([1, 2, 0, 3, -1, 1.5, 'x'].map((position) => call('element', position, ['a', 'b']))).toEqual([
      'a',
      'b',
      'EXIT',
      'EXIT',
      'EXIT',
      'EXIT',
      'EXIT',
    ])
    expect(call('element', 1, 'ab')).toBe('EXIT')
  })

  it('[OPR3] map_get and is_map_key see own members only', () => {
    const own: Term = JSON.parse('{"__proto__":1,"a":2}')
    expect(['a', '__proto__', 'toString', 1].map((name) => call('map_get', name, own))).toEqual([
      2,
      1,
      'EXIT',
      'EXIT',
    ])
    expect(['a', '__proto__', 'toString', 1].map((name) => call('is_map_key', name, own))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(call('is_map_key', 'a', [1])).toBe('EXIT')
  })

  it('[OPR4] type tests tell the types of Erlang apart', () => {
    const tests = [
      'is_integer',
      'is_float',
      'is_number',
      'is_atom',
      'is_boolean',
      'is_binary',
      'is_tuple',
      'is_map',
      'is_list',
    ]
    const typesOf = (term: Term) => tests.filter((test) => call(test, term))
    expect(typesOf(1)).toEqual(['is_integer', 'is_number'])
    expect(typesOf(1.5)).toEqual(['is_float', 'is_number'])
    expect(typesOf(null)).toEqual(['is_atom'])
    expect(typesOf(true)).toEqual(['is_atom', 'is_boolean'])
    expect(typesOf('true')).toEqual(['is_binary'])
    expect(typesOf([])).toEqual(['is_tuple'])
    expect(typesOf({})).toEqual(['is_map'])
  })

  it('[OPR5] min and max go by term order and prefer the first of equals', () => {
    expect([call('min', 'a', 1), call('max', 'a', 1), call('max', null, {})]).toEqual([1, 'a', {}])
  })
})
