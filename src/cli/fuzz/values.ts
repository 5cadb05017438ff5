/** Values for requests: what a schema describes, terms that are hard on a table, and texts that are nearly JSON. */
import fc from 'fast-check'
import type { Schema } from './document.ts'

/** Keys that rows of the world have, so that requests meet them. */
export const KEYS: readonly unknown[] = ['a', 'b', 'n', 1, 2, ['a', 1], null, true, '']

const awkwardText = fc.constantFrom(
  ...[
    '_',
    '$1',
    '$2',
    '$$',
    '$_',
    'const',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '😀',
    '\ud7ff\ue000',
  ],
  ...['ü'.repeat(300), 'x'.repeat(5_000), '../..', '%00', '<script>', "';--", '9007199254740993'],
)
const awkwardNumber = fc.constantFrom(
  ...[0, -0, 1, -1, 0.1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 53, 1e308, 5e-324, 1e21],
)

/** Operators of match specifications, so that lists of them are now and then one. */
const operator = fc.constantFrom(
  ...['>', '=:=', 'andalso', 'element', 'is_map', '+', 'div', 'bsl', 'map_get', 'tuple'],
)

export const term: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  term: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: false },
    fc.constantFrom(...KEYS),
    awkwardText,
    awkwardNumber,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme' }),
    operator,
    fc.array(tie('term'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 5 }), awkwardText), tie('term'), { maxKeys: 4 }),
    fc.tuple(operator, tie('term'), tie('term')),
    fc.record({ const: tie('term') }),
    fc.record({ tuple: fc.array(tie('term'), { maxLength: 3 }) }),
  ),
})).term

/** What a schema describes, mostly; where it leaves things open, any term. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return mostly(fc.constantFrom(...schema.enum))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map(valuesOf))
  const type = [schema.type].flat()[0]
  if (type === 'string') return mostly(textOf(schema))
  if (type === 'integer' || type === 'number') return mostly(numberOf(schema))
  if (type === 'boolean') return mostly(fc.boolean())
  if (type === 'null') return mostly(fc.constant(null))
  if (type === 'array') return mostly(arrayOf(schema))
  if (type === 'object') return mostly(objectOf(schema))
  return term
}

/** Now and then something else. */
const mostly = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 19, arbitrary: value }, { weight: 1, arbitrary: term })

export function textOf({ pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) }
  const any = fc.oneof(fc.string(length), awkwardText)
  return pattern === undefined ? any : (matching(pattern) ?? any)
}

/** Texts that a pattern takes, where fast-check can make them. */
function matching(pattern: string): fc.Arbitrary<string> | undefined {
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' })
  } catch {
    return undefined
  }
}

const numberOf = ({ minimum = -10, maximum = 100_000 }: Schema): fc.Arbitrary<unknown> =>
  fc.oneof(fc.integer({ min: minimum, max: Math.max(minimum, maximum) }), awkwardNumber)

function arrayOf({ items, prefixItems, minItems = 0 }: Schema): fc.Arbitrary<unknown> {
  if (prefixItems === undefined) {
    return fc.array(items === undefined ? term : valuesOf(items), {
      minLength: minItems,
      maxLength: minItems + 4,
    })
  }
  // Arguments: all of them, or those at the end left out.
  return fc
    .tuple(
      fc.tuple(...prefixItems.map(valuesOf)),
      fc.integer({ min: 0, max: prefixItems.length }),
      fc.boolean(),
    )
    .map(([all, some, isWhole]) => (isWhole ? all : all.slice(0, some)))
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valuesOf(each)]))
  return fc.record(members, { requiredKeys: required.filter((name) => Object.hasOwn(properties, name)) })
}

/** A text that is JSON but for something that was done to it. */
export const spoilt = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.integer({ min: 0, max: 10 }), fc.nat(10_000)).map(([whole, how, place]) => {
    const at = whole.length === 0 ? 0 : place % whole.length
    const [before, behind] = [whole.slice(0, at), whole.slice(at)]
    switch (how) {
      case 0:
        return before
      case 1:
        return `${before}${behind.slice(1)}`
      case 2:
        return `${before}\u0000${behind}`
      case 3:
        return whole.replace('{', '{"op":"info","op":"tab2list",')
      case 4:
        return whole.replace(/-?\d+/, '1e999')
      case 5:
        return whole.replace(/"[^"]*"/, '"\\ud800"')
      case 6:
        return `${'['.repeat(place)}${whole}${']'.repeat(place)}`
      case 7:
        return `${whole}${whole}`
      case 8:
        return `\ufeff${whole}`
      case 9:
        return whole.replaceAll('"', "'")
      default:
        return `[${Array.from({ length: place % 1_100 }, () => whole).join(',')}]`.slice(0, 1_100_000)
    }
  })
