/** Streams of keys against the order of terms, and digests against streams. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyStream, MAX_BYTES } from '../../../src/engine/store/key-stream.ts'
import { compareTerms, type Term } from '../../../src/engine/term.ts'

const SEED = 20_260_101

function streamOf(key: Term): KeyStream {
  const stream = new KeyStream()
  stream.set(key)
  return stream
}

/** Negative, zero or positive as the stream of `a` is less than, equal to or more than that of `b`. */
function compareStreams(a: KeyStream, b: KeyStream): number {
  const common = a.common(b, MAX_BYTES)
  if (common === MAX_BYTES) return 0
  return a.isLess(b, common) ? -1 : 1
}

/** Numbers at which something begins or ends: bytes, whole numbers, doubles. */
const EDGES = [
  0,
  1,
  255,
  256,
  2 ** 16,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 48,
  2 ** 53,
  1e308,
  Number.MIN_VALUE,
  1e-9,
  0.5,
]
const aNumber = fc.oneof(
  fc
    .record({
      edge: fc.constantFrom(...EDGES),
      beside: fc.constantFrom(0, 1, -1, 0.5, -0.5, 0.25),
      sign: fc.constantFrom(1, -1),
    })
    .map(({ edge, beside, sign }) => sign * (edge + beside)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)
/** Units that take one byte and three, surrogates, and those above them. */
const aCharacter = fc.constantFrom(
  'a',
  'b',
  '\0',
  '\u00EA',
  '\u00EB',
  '\u00FF',
  '\u0100',
  '\uD7FF',
  '\uE000',
  '\u{1F600}',
)
const aString = fc.oneof(
  fc.string({ unit: aCharacter, maxLength: 4 }),
  fc
    .tuple(fc.integer({ min: 120, max: 130 }), fc.string({ unit: aCharacter, maxLength: 4 }))
    .map(([n, end]) => 'p'.repeat(n) + end),
)
const { term: aTerm } = fc.letrec<{ term: Term; tuple: Term[] }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small' },
    aNumber,
    aString,
    fc.constantFrom(true, false, null, {}, { a: 1 }, { a: 'x' }, { b: 0 }, { b: 0, a: 1 }, { ab: [] }),
    tie('tuple'),
  ),
  tuple: fc.array(tie('term'), { maxLength: 4 }),
}))
/** Two terms, often tuples that differ in one element only. */
const twoTerms = fc.oneof(
  fc.tuple(aTerm, aTerm),
  fc
    .tuple(fc.array(aTerm, { maxLength: 3 }), aTerm, aTerm, fc.array(aTerm, { maxLength: 2 }))
    .map(([before, a, b, behind]): [Term, Term] => [
      [...before, a, ...behind],
      [...before, b, ...behind],
    ]),
)

describe('the stream of a key', () => {
  it('[ORD9] is never above that of a greater key, and that of an equal key is equal', () => {
    fc.assert(
      fc.property(twoTerms, ([a, b]) => {
        const order = Math.sign(compareTerms(a, b))
        const found = compareStreams(streamOf(a), streamOf(b))
        if (found !== 0) expect(found).toBe(order)
        if (order === 0) expect(found).toBe(0)
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  it('[ORD9] has digests that sort as it does, behind whatever both have in common', () => {
    fc.assert(
      fc.property(twoTerms, fc.nat({ max: MAX_BYTES }), ([a, b], most) => {
        const [first, second] = [streamOf(a), streamOf(b)]
        const skip = first.common(second, most)
        const found = Math.sign(first.digest(skip) - second.digest(skip))
        if (found !== 0) expect(found).toBe(Math.sign(compareTerms(a, b)))
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  it('[ORD9] is of one key alone where a digest has its end', () => {
    let shown = 0
    fc.assert(
      fc.property(twoTerms, fc.nat({ max: MAX_BYTES }), ([a, b], most) => {
        const [first, second] = [streamOf(a), streamOf(b)]
        const skip = first.common(second, most)
        if (!first.endsWithin(skip) || first.digest(skip) !== second.digest(skip)) return
        expect(compareTerms(a, b)).toBe(0)
        shown++
      }),
      { seed: SEED, numRuns: 20_000 },
    )
    expect(shown).toBeGreaterThan(100)
    expect(streamOf('p'.repeat(MAX_BYTES - 1)).endsWithin(MAX_BYTES)).toBe(false)
    expect(streamOf('p'.repeat(MAX_BYTES - 2)).endsWithin(MAX_BYTES)).toBe(true)
  })

  it('[ORD9] tells numbers, strings and tuples apart that differ in little', () => {
    const ascending: Term[] = [
      -1e308,
      -(2 ** 48) - 1,
      -257,
      -256,
      -255,
      -1.5,
      -1,
      -0.5,
      0,
      0.5,
      1,
      255,
      256,
      2 ** 48,
      1e308,
    ]
    ascending.push(false, null, true, [], [0], [1], ['a'], [0, 'a'], [1, ''], [1.5, ''], [2, ''], {})
    ascending.push(
      '',
      '\0',
      '\0\0',
      'a',
      'a\0',
      'aa',
      'b',
      '\u00EA',
      '\u00EB',
      '\u0100',
      '\uFFFD',
      '\u{1F600}',
    )
    for (let i = 1; i < ascending.length; i++) {
      const [a, b] = [ascending[i - 1] as Term, ascending[i] as Term]
      expect(compareStreams(streamOf(a), streamOf(b)), `${a} before ${b}`).toBe(-1)
    }
    expect(compareStreams(streamOf(-0), streamOf(0))).toBe(0)
  })

  it('[ORD9] forgets the key that it was of before', () => {
    const stream = streamOf('a long key that came before')
    stream.set(['short', -1.5])
    expect(compareStreams(stream, streamOf(['short', -1.5]))).toBe(0)
    const copy = new KeyStream()
    copy.copy(stream)
    copy.set(0)
    expect(compareStreams(copy, streamOf(0))).toBe(0)
  })
})
