/** Random terms, rows, patterns and specifications over few values, so that queries hit. */
import fc from 'fast-check'
import type { Term } from '../../../src/engine/term.ts'

const aPrimitive: fc.Arbitrary<Term> = fc.constantFrom<Term>(
  -1,
  0,
  1,
  1.5,
  2,
  3,
  10,
  false,
  null,
  true,
  '',
  'a',
  'b',
  'a\0',
  '$1',
  '_',
  '\uffff',
  '😀',
)

/** A term of small depth; atoms of all kinds, arrays and objects of up to three parts. */
export const aTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term; array: Term; object: Term }>((tie) => ({
  term: fc.oneof({ maxDepth: 2, withCrossShrink: true }, aPrimitive, tie('array'), tie('object')),
  array: fc.array(tie('term'), { maxLength: 3 }) as fc.Arbitrary<Term>,
  object: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'const'), tie('term'), {
    maxKeys: 2,
  }) as fc.Arbitrary<Term>,
})).term

/** Keys of ordered tables are often short arrays: pairs of few values, so that prefixes are shared. */
const aPair: fc.Arbitrary<Term> = fc.tuple(fc.constantFrom<Term>('a', 'b', 1, [1, 'x']), aPrimitive)

export const aKey: fc.Arbitrary<Term> = fc.oneof(aPrimitive, aPair, aTerm)

/** A row of at least `keypos` elements. */
export const aRow = (keypos: number): fc.Arbitrary<readonly Term[]> =>
  fc.array(aKey, { minLength: keypos, maxLength: 3 })

const aVariable = fc.constantFrom('$1', '$2', '$3')

/** Some pattern that `term` may match: parts of it left open, or put in variables. */
function aPatternFor(term: Term): fc.Arbitrary<Term> {
  const open = fc.oneof(fc.constant('_'), aVariable)
  const data = fc.constant<Term>({ const: term })
  if (typeof term !== 'object' || term === null) return fc.oneof(open, data)
  if (!Array.isArray(term)) return fc.oneof(open, data, fc.constant(term))
  const parts = fc.tuple(...term.map((part: Term) => aPatternFor(part))) as fc.Arbitrary<Term>
  return fc.oneof({ arbitrary: parts, weight: 4 }, { arbitrary: open, weight: 2 }, data)
}

/** A head of variables that are all bound: its pattern, and what guards may compare. */
const aHeadFor = (row: readonly Term[]): fc.Arbitrary<Term> =>
  fc.oneof(
    { arbitrary: fc.tuple(...row.map(aPatternFor)) as fc.Arbitrary<Term>, weight: 8 },
    { arbitrary: fc.constantFrom<Term>('_', '$1', 5, []), weight: 1 },
  )

/** The variables that occur in `pattern`. */
function variablesOf(pattern: Term): readonly string[] {
  if (typeof pattern === 'string') return /^\$[123]$/.test(pattern) ? [pattern] : []
  return Array.isArray(pattern) ? [...new Set(pattern.flatMap(variablesOf))] : []
}

function aGuard(subjects: readonly Term[], depth: number): fc.Arbitrary<Term> {
  const comparison = fc
    .tuple(
      fc.constantFrom('<', '=<', '>', '>=', '==', '=:=', '/=', '=/='),
      fc.constantFrom(...subjects),
      aKey.map((term): Term => ({ const: term })),
      fc.boolean(),
    )
    .map(([operator, a, b, isTurned]): Term => (isTurned ? [operator, b, a] : [operator, a, b]))
  if (depth === 0) return comparison
  const inner = aGuard(subjects, depth - 1)
  const compound = fc
    .tuple(fc.constantFrom('and', 'andalso', 'or', 'orelse'), fc.array(inner, { minLength: 1, maxLength: 3 }))
    .map(([operator, guards]): Term => [operator, ...guards])
  return fc.oneof({ arbitrary: comparison, weight: 4 }, { arbitrary: compound, weight: 1 })
}

/** A clause whose head is made from `row` and whose guards compare variables and elements with constants. */
const aClauseFor = (row: readonly Term[]): fc.Arbitrary<Term> =>
  aHeadFor(row).chain((head) => {
    const elements: Term[] = [1, 2, 3].map((position) => ['element', position, '$_'])
    const inner: Term[] = elements.map((element) => ['element', 1, element])
    const subjects = [...variablesOf(head), ...elements, ...inner]
    return fc.array(aGuard(subjects, 2), { maxLength: 3 }).map((guards): Term => [head, guards, ['$_']])
  })

/** Rows of a table and a specification of up to three clauses, made from rows that may be among them. */
export const aQuery = (keypos: number): fc.Arbitrary<{ rows: readonly (readonly Term[])[]; spec: Term }> =>
  fc
    .array(aRow(keypos), { minLength: 1, maxLength: 30 })
    .chain((rows) =>
      fc
        .array(fc.oneof(fc.constantFrom(...rows), aRow(keypos)).chain(aClauseFor), { maxLength: 3 })
        .map((spec) => ({ rows, spec })),
    )
