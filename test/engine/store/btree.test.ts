/** The ordered index against a sorted array; its structure checked after every step. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bound, Range } from '../../../src/engine/store/btree.ts'
import { OrderedIndex } from '../../../src/engine/store/ordered-index.ts'
import { compareTerms, type Term } from '../../../src/engine/term.ts'

const SEED = 20_260_101
const FANOUTS = [4, 32]

interface Entry {
  readonly key: Term
  readonly slot: number
}

/** The model: entries in a sorted array, every question answered by looking at all of them. */
class SortedEntries {
  entries: Entry[] = []
  get(key: Term): number {
    return this.entries.find((entry) => compareTerms(entry.key, key) === 0)?.slot ?? -1
  }
  set(key: Term, slot: number): void {
    this.delete(key)
    this.entries.push({ key, slot })
    this.entries.sort((a, b) => compareTerms(a.key, b.key))
  }
  delete(key: Term): number {
    const slot = this.get(key)
    this.entries = this.entries.filter((entry) => compareTerms(entry.key, key) !== 0)
    return slot
  }
  next(key: Term): number {
    return this.entries.find((entry) => compareTerms(entry.key, key) > 0)?.slot ?? -1
  }
  prev(key: Term): number {
    return this.entries.findLast((entry) => compareTerms(entry.key, key) < 0)?.slot ?? -1
  }
  within({ low, high }: Range): number[] {
    return this.entries.filter(({ key }) => isAbove(key, low) && isBelow(key, high)).map(({ slot }) => slot)
  }
}

/** The index with the keys of its slots, which it has from the table's rows otherwise. */
class Indexed {
  readonly #keys: (Term | undefined)[] = []
  readonly #index: OrderedIndex
  constructor(fanout: number) {
    this.#index = new OrderedIndex({ key: (slot) => this.#keys[slot] }, fanout)
  }
  get tree(): OrderedIndex['tree'] {
    return this.#index.tree
  }
  get(key: Term): number {
    return this.#index.head(key)
  }
  set(key: Term, slot: number): void {
    this.delete(key)
    this.#keys[slot] = key
    this.#index.add(key, slot)
  }
  delete(key: Term): number {
    const slot = this.#index.head(key)
    if (slot !== -1) this.#index.remove(this.#keys[slot] as Term, slot)
    return slot
  }
  check(): void {
    expect(this.#index.check()).toBe(this.tree.size)
  }
}

const isAbove = (key: Term, low: Bound | undefined): boolean =>
  !low || compareTerms(key, low.key) > 0 || (low.basis === 'at' && compareTerms(key, low.key) === 0)
const isBelow = (key: Term, high: Bound | undefined): boolean =>
  !high || compareTerms(key, high.key) < 0 || (high.basis === 'at' && compareTerms(key, high.key) === 0)

function collect({ tree }: Indexed, range: Range, direction: 'ascend' | 'descend' = 'ascend'): number[] {
  const slots: number[] = []
  tree[direction](range, (slot) => slots.push(slot) > 0)
  return slots
}

/** An index of `keys`, in which the slot of a key is its number. */
function indexOf(keys: readonly Term[], fanout = 4): Indexed {
  const index = new Indexed(fanout)
  keys.forEach((key, slot) => {
    index.set(key, slot)
  })
  index.check()
  return index
}

const PRIVATE_USE = '\uFFFD' // one UTF-16 unit, above every surrogate
const ASTRAL = '\u{1F600}' // two surrogates, a higher code point

/** Keys that are easily put in the wrong place, in term order; the two on one line are the same key. */
const HOSTILE: readonly (readonly [Term, Term?])[] = [
  [-1e300],
  [-1],
  [0, -0],
  [0.5],
  [2 ** 53],
  [false],
  [null],
  [true],
  [[]],
  [[1]],
  [[null]],
  [['a']],
  [[PRIVATE_USE]],
  [[ASTRAL]],
  [[0, PRIVATE_USE]],
  [[0, ASTRAL]],
  [[[0, 'a'], 'z']],
  [[[0, 'b'], 'a']],
  [{}],
  [parse('{"__proto__": 1}')],
  [parse('{"__proto__": {"x": 1}}')],
  [{ b: 0 }],
  [{ constructor: 0 }],
  [{ [PRIVATE_USE]: 0 }],
  [{ [ASTRAL]: 0 }],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [''],
  ['a'],
  ['aa'],
  [`a${PRIVATE_USE}`],
  [`a${ASTRAL}`],
  ['\uD7FF'],
  ['\uE000'],
  [PRIVATE_USE],
  [ASTRAL],
  ['\u{10FFFF}'],
]

function parse(json: string): Term {
  return JSON.parse(json)
}

/** What keys begin with alike: nothing, little, more than is compared in bytes, and what takes several bytes. */
const BEGINNINGS = [
  '',
  '\0',
  'u',
  'user:',
  'user:profile:',
  'p'.repeat(60),
  'p'.repeat(130),
  '\u00EA',
  '\u00EB',
  '\u0101',
]

const aKindredKey: fc.Arbitrary<Term> = fc
  .record({
    beginning: fc.constantFrom(...BEGINNINGS, PRIVATE_USE, ASTRAL),
    n: fc.integer({ min: 0, max: 30 }),
    form: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ beginning, n, form }) => {
    const forms: readonly Term[] = [
      beginning + n,
      beginning.repeat(n),
      [beginning, n],
      [n, beginning],
      [[beginning, -n], n],
      [beginning, { n }, n],
      Array.from({ length: 250 + (n % 10) }, () => beginning.length),
      n / 8 - 2,
      2 ** 48 - 15 + n,
      [1.5, (n - 15) * 1e307],
    ]
    return forms[form] as Term
  })

const aKey: fc.Arbitrary<Term> = fc
  .oneof(
    fc.constantFrom(...HOSTILE.flat().filter((key) => key !== undefined)),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 40 }).map((n) => `user:${n}`),
    fc.tuple(fc.constantFrom('a', 'b', PRIVATE_USE, ASTRAL), fc.integer({ min: 0, max: 9 })),
    fc.string({ unit: 'binary', maxLength: 3 }),
    aKindredKey,
  )
  // A key that arrives is never the same object as the one in the tree.
  .map((key) => structuredClone(key) as Term)

const aBound = fc.option(fc.record({ key: aKey, basis: fc.constantFrom('at' as const, 'beyond' as const) }), {
  nil: undefined,
})
const aStep = fc.record({
  verb: fc.oneof(
    { weight: 6, arbitrary: fc.constant('set' as const) },
    { weight: 4, arbitrary: fc.constant('delete' as const) },
  ),
  key: aKey,
  range: fc.record({ low: aBound, high: aBound }),
})

describe.each(FANOUTS)('a B+tree of fan-out %i', (fanout) => {
  it('[ORD1] answers as a sorted array does, after every step of any history', () => {
    fc.assert(
      fc.property(fc.array(aStep, { minLength: 1, maxLength: 200, size: 'max' }), (steps) => {
        const index = new Indexed(fanout)
        const model = new SortedEntries()
        steps.forEach(({ verb, key, range }, slot) => {
          if (verb === 'delete') expect(index.delete(key)).toBe(model.delete(key))
          else {
            index.set(key, slot)
            model.set(key, slot)
          }
          index.check()
          const { tree } = index
          const probe = range.low?.key ?? key
          expect(tree.size).toBe(model.entries.length)
          expect(index.get(probe)).toBe(model.get(probe))
          expect(tree.next(probe)).toBe(model.next(probe))
          expect(tree.prev(probe)).toBe(model.prev(probe))
          expect(tree.first()).toBe(model.entries[0]?.slot ?? -1)
          expect(tree.last()).toBe(model.entries.at(-1)?.slot ?? -1)
          expect(tree.at(slot >> 1)).toBe(model.entries[slot >> 1]?.slot ?? -1)
          expect(collect(index, range)).toEqual(model.within(range))
          expect(collect(index, range, 'descend')).toEqual(model.within(range).reverse())
        })
      }),
      { seed: SEED, numRuns: 60 },
    )
  })

  it('[ORD1] stays in order while it grows by thousands of rows and shrinks to nothing', () => {
    const numbers = fc.sample(fc.integer({ min: 0, max: 1_000_000 }), { seed: SEED, numRuns: 1_500 })
    const keys = [...new Set(numbers)]
    const index = new Indexed(fanout)
    for (const [slot, key] of keys.entries()) {
      index.set(key, slot)
      index.check()
    }
    const ascending = keys.toSorted((a, b) => a - b)
    expect(collect(index, {}).map((slot) => keys[slot])).toEqual(ascending)
    for (const [slot, key] of keys.entries()) {
      expect(index.delete(key)).toBe(slot)
      index.check()
    }
    expect(index.tree.size).toBe(0)
  })

  it('[ORD1] stays in order as a queue: appended at one end, taken from the other', () => {
    const index = new Indexed(fanout)
    for (let i = 0; i < 2_000; i++) {
      index.set(i, i)
      if (i >= 300) expect(index.delete(index.tree.first())).toBe(i - 300)
      index.check()
    }
    expect(index.tree.size).toBe(300)
  })

  it('[ORD2] sorts hostile keys by Erlang term order, whichever came first', () => {
    const ascending = HOSTILE.map((_, slot) => slot)
    fc.assert(
      fc.property(fc.shuffledSubarray(ascending, { minLength: ascending.length }), (order) => {
        const index = new Indexed(fanout)
        for (const slot of order) index.set(HOSTILE[slot]?.[0] as Term, slot)
        index.check()
        expect(collect(index, {})).toEqual(ascending)
      }),
      { seed: SEED, numRuns: 100 },
    )
  })

  it('[ORD3] finds an equal key whatever its spelling, and lets it replace', () => {
    const index = indexOf(
      HOSTILE.map(([key]) => key),
      fanout,
    )
    HOSTILE.forEach(([key, sameKey], slot) => {
      expect(index.get(sameKey ?? (structuredClone(key) as Term))).toBe(slot)
    })
    index.set({ b: 2, a: 1 }, 99)
    expect(index.get({ a: 1, b: 2 })).toBe(99)
    expect(index.tree.size).toBe(HOSTILE.length)
  })

  it('[ORD4] finds its place for a string above U+D7FF while it holds none, and when it holds some', () => {
    const { tree } = indexOf(['a', PRIVATE_USE.repeat(2), 'b'], fanout)
    expect(tree.next(ASTRAL)).toBe(-1)
    expect(tree.prev(ASTRAL)).toBe(1)
    const plain = indexOf(['a', 'b'], fanout)
    expect(plain.tree.prev(ASTRAL)).toBe(1)
    expect(plain.tree.next(PRIVATE_USE)).toBe(-1)
    plain.set([ASTRAL], 2)
    expect(plain.tree.next([PRIVATE_USE])).toBe(2)
    plain.check()
  })

  it('[ORD5] leaves out a bound that is `beyond` and keeps one that is `at`, present or not', () => {
    const index = indexOf(
      [0, 10, 20, 30, 40].map((key) => key),
      fanout,
    )
    const at = (key: Term): Bound => ({ key, basis: 'at' })
    const beyond = (key: Term): Bound => ({ key, basis: 'beyond' })
    expect(collect(index, { low: at(10), high: at(30) })).toEqual([1, 2, 3])
    expect(collect(index, { low: beyond(10), high: beyond(30) })).toEqual([2])
    expect(collect(index, { low: beyond(9), high: beyond(31) })).toEqual([1, 2, 3])
    expect(collect(index, { low: at(20), high: at(20) })).toEqual([2])
    expect(collect(index, { low: at(20), high: beyond(20) })).toEqual([])
    expect(collect(index, { low: at(30), high: at(10) })).toEqual([])
    expect(collect(index, { low: beyond(40) })).toEqual([])
    expect(collect(index, { high: beyond(0) }, 'descend')).toEqual([])
  })

  it('[ORD6] visits all rows once when it stops after each and goes on beyond its key', () => {
    const keys = Array.from({ length: 100 }, (_, i) => i)
    const index = indexOf(keys, fanout)
    const seen: number[] = []
    let low: Bound | undefined
    const stopAfterOne = (): boolean =>
      !index.tree.ascend({ low }, (slot) => {
        seen.push(slot)
        low = { key: keys[slot] as Term, basis: 'beyond' }
        return false
      })
    while (stopAfterOne()) index.delete(seen.at(-1) as number) // the key that it goes on from may be gone
    expect(seen).toEqual(keys)
    expect(index.tree.size).toBe(0)
  })

  it('[ORD7] finds the row at an index, and none before the first or behind the last', () => {
    const { tree } = indexOf([30, 10, 20, 50, 40], fanout)
    expect([0, 1, 2, 3, 4].map((index) => tree.at(index))).toEqual([1, 2, 0, 4, 3])
    expect(tree.at(-1)).toBe(-1)
    expect(tree.at(5)).toBe(-1)
  })

  it('[ORD10] keeps keys that begin alike in order when others come among, before and behind them, and go', () => {
    const kindred = fc.array(fc.tuple(aKindredKey, fc.boolean()), {
      minLength: 1,
      maxLength: 300,
      size: 'max',
    })
    fc.assert(
      fc.property(kindred, aKindredKey, (steps, probe) => {
        const index = new Indexed(fanout)
        const model = new SortedEntries()
        steps.forEach(([key, isAdded], slot) => {
          if (isAdded) model.set(key, slot)
          else expect(index.delete(key)).toBe(model.delete(key))
          if (isAdded) index.set(key, slot)
          index.check()
        })
        expect(collect(index, {})).toEqual(model.within({}))
        expect(index.tree.next(probe)).toBe(model.next(probe))
        expect(index.tree.prev(probe)).toBe(model.prev(probe))
      }),
      { seed: SEED, numRuns: 40 },
    )
  })

  it('[ORD10] tells many keys of few beginnings apart, and finds each', () => {
    const keys = Array.from({ length: 900 }, (_, i): Term => {
      const beginning = BEGINNINGS[i % BEGINNINGS.length] as string
      return i % 2 === 0 ? [`${beginning}room`, i] : `${beginning}${(i * 7919) % 1000}`
    })
    const index = indexOf(keys, fanout)
    expect(collect(index, {}).map((slot) => keys[slot])).toEqual(keys.toSorted(compareTerms))
    keys.forEach((key, slot) => {
      expect(index.get(structuredClone(key) as Term)).toBe(slot)
    })
    for (const [slot, key] of keys.entries()) {
      if (slot % 3 !== 0) expect(index.delete(key)).toBe(slot)
    }
    index.check()
    expect(collect(index, {}).length).toBe(300)
  })

  it('[ORD8] has nothing to show when empty', () => {
    const index = indexOf([1, 2, 3], fanout)
    const { tree } = index
    expect(index.get(2)).toBe(1)
    for (const key of [1, 3, 2]) index.delete(key)
    index.check()
    expect([tree.size, tree.first(), tree.last(), index.get(2), tree.at(0)]).toEqual([0, -1, -1, -1, -1])
    expect([tree.next(2), tree.prev(2), index.delete(2)]).toEqual([-1, -1, -1])
    expect(collect(index, {})).toEqual([])
  })
})
