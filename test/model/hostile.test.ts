import { describe, expect, it } from 'vitest'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { MAX_TERM_DEPTH } from '../../src/protocol/limits.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { expectRefusal } from '../support/refusal.ts'

/** A term of so many levels of arrays. */
const nested = (levels: number): Term => {
  let term: Term = 0
  for (let level = 0; level < levels; level++) term = [term]
  return term
}

/** In term order. The deep one leaves room for the levels of a query around it. */
const KEYS: readonly (readonly [name: string, key: Term])[] = [
  ...([
    ['-1e308', -1e308],
    ['-5e-324', -5e-324],
    ['-0', -0],
    ['5e-324', 5e-324],
    ['1e308', 1e308],
  ] as const),
  ...([
    ['false', false],
    ['null', null],
    ['true', true],
    ['an empty array', []],
  ] as const),
  ...([
    ['a deep array', nested(MAX_TERM_DEPTH - 8)],
    ['a long array', new Array(10_000).fill(7)],
  ] as const),
  ...([
    ['an empty object', {}],
    ['a member __proto__', JSON.parse('{"__proto__":{"x":1}}')],
  ] as const),
  ...([
    ['a member constructor', { constructor: 1 }],
    ['a member toString', { toString: 1 }],
  ] as const),
  ...([
    ['an empty string', ''],
    ['a variable', '$1'],
    ['a wildcard', '_'],
    ['__proto__', '__proto__'],
  ] as const),
  ...([
    ['constructor', 'constructor'],
    ['toString', 'toString'],
    ['a long string', 'x'.repeat(100_000)],
  ] as const),
  ...([
    ['U+FFFD', '\uFFFD'],
    ['U+1F600', '\u{1F600}'],
  ] as const),
]

/** As a caller in the same program sees it: through the boundary, both ways. */
function aTable(type: (typeof TABLE_TYPES)[number]) {
  const tables = localTables(undefined, () => 0)
  const run = async (op: string, ...args: unknown[]): Promise<Term> =>
    (await tables.run([{ table: 't', op, args }])).values[0] as Term
  return { run, ready: run('new', { type }) }
}

const bound = (key: Term): Term => ({ const: key })

describe.each(TABLE_TYPES)('a %s with hostile keys', (type) => {
  it('[KEY5] stores, finds, matches and removes each of them alone', async () => {
    const { run } = aTable(type)
    for (const [i, [, key]] of KEYS.entries()) await run('insert', [key, i])
    expect(await run('info', 'size')).toBe(KEYS.length)
    for (const [i, [name, key]] of KEYS.entries()) {
      const wanted = [[Object.is(key, -0) ? 0 : key, i]]
      expect(await run('lookup', key), name).toEqual(wanted)
      expect(await run('select', [[['$1', '_'], [['=:=', '$1', bound(key)]], ['$_']]]), name).toEqual(wanted)
      // An object in a pattern matches objects with more members too.
      expect(await run('match_object', [bound(key), i]), name).toEqual(wanted)
      expect(await run('take', key), name).toEqual(wanted)
      expect(await run('member', key), name).toBe(false)
    }
    expect(await run('tab2list')).toEqual([])
  })

  it('[KEY5] walks over all of them, forth and back', async () => {
    const { run } = aTable(type)
    for (const [, key] of KEYS.toReversed()) await run('insert', [key, 0])
    const forth: Term[] = []
    for (let key = await run('first'); key !== '$end_of_table'; key = await run('next', key)) forth.push(key)
    const back: Term[] = []
    for (let key = await run('last'); key !== '$end_of_table'; key = await run('prev', key)) back.push(key)
    const keys = KEYS.map(([, key]) => (Object.is(key, -0) ? 0 : key))
    if (type === 'ordered_set') {
      expect(forth).toEqual(keys)
      expect(back).toEqual(keys.toReversed())
    } else {
      for (const walk of [forth, back]) expect(walk.map(text).sort()).toEqual(keys.map(text).sort())
    }
  })

  it('[TRM7] a term of 64 levels comes back as it went in, one of 65 is refused and changes nothing', async () => {
    const { run } = aTable(type)
    const deepest = ['k', nested(MAX_TERM_DEPTH - 1)]
    await run('insert', deepest)
    expect(await run('traverse_lookup')).toEqual([['k', [deepest]]])
    expect(await run('lookup', 'k')).toEqual([deepest])
    await expectRefusal(() => run('insert', ['x', nested(MAX_TERM_DEPTH)]), 'bad_request')
    if (type === 'set' || type === 'ordered_set') {
      const key = nested(MAX_TERM_DEPTH)
      await expectRefusal(() => run('update_counter', key, 1, ['', 0]), 'badarg', { why: 'object' })
      await expectRefusal(() => run('update_element', key, [2, 1], ['', 0]), 'badarg', { why: 'object' })
    }
    expect(await run('info', 'size')).toBe(1)
  })

  it('[TRM7] a string with a lone surrogate is refused wherever it stands', async () => {
    const { run } = aTable(type)
    for (const lone of ['\uD800', 'a\uDC00b', { '\uDFFF': 1 }, [['\uD83D']]]) {
      await expectRefusal(() => run('insert', [lone, 1]), 'bad_request')
      await expectRefusal(() => run('lookup', lone), 'bad_request')
      await expectRefusal(() => run('match', ['_', lone]), 'bad_request')
    }
    expect(await run('info', 'size')).toBe(0)
  })
})

const text = (key: Term): string => JSON.stringify(key)
