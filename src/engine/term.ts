/**
 * Terms: the JSON values that rows are made of, with the order and equality of Erlang.
 *
 * number < atom (`false` < `null` < `true`) < array (a tuple) < object (a map) < list < string (a binary).
 * Arrays compare by length, then element by element; objects by size, then by their sorted names, then
 * by the values in that order; strings by code point, which is also the order of their UTF-8 bytes.
 *
 * Lists and atoms other than the three exist only while a match specification is evaluated (`$$` is a
 * list, a failing call is the atom `EXIT`); they compare here because results are compared by the same
 * rules, and they never reach a row.
 *
 * Terms are immutable by contract: nothing in the engine changes one after it was handed in or out.
 * Source: Erlang reference manual, "Term Comparisons"; the mapping is that of the conformance vectors.
 */

export type Term = number | string | boolean | null | readonly Term[] | TermObject
export interface TermObject {
  readonly [name: string]: Term
}

/** An Erlang list, as opposed to an array, which is a tuple. Only match specifications make one. */
export class List {
  readonly items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.items = items
  }
}

/** The atom `'EXIT'`: what a failing call in the body of a match specification yields. */
export const EXIT: unique symbol = Symbol('EXIT')

/** What an expression of a match specification evaluates to. */
export type Value = Term | List | typeof EXIT | readonly Value[] | { readonly [name: string]: Value }

/** True for an array, seen as a tuple. Narrower than `Array.isArray`, which loses `readonly`. */
export const isTuple = (value: Value): value is readonly Value[] => Array.isArray(value)

/** Negative, zero or positive as `a` sorts before, with or after `b`. Cost: O(size of the smaller). */
export function compareTerms(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  const rankOfA = rank(a)
  const rankOfB = rank(b)
  if (rankOfA !== rankOfB) return rankOfA - rankOfB
  switch (rankOfA) {
    case ATOM:
      return atomRank(a) - atomRank(b)
    case TUPLE:
      return compareTuples(a as readonly Value[], b as readonly Value[])
    case MAP:
      return compareMaps(a as TermObject, b as TermObject)
    default:
      return compareLists((a as List).items, (b as List).items)
  }
}

const NUMBER = 0
const ATOM = 1
const TUPLE = 2
const MAP = 3
const LIST = 4
const STRING = 5

function rank(value: Value): number {
  switch (typeof value) {
    case 'number':
      return NUMBER
    case 'string':
      return STRING
    case 'object':
      if (value === null) return ATOM
      if (Array.isArray(value)) return TUPLE
      return value instanceof List ? LIST : MAP
    default:
      return ATOM
  }
}

/** Atoms sort by their names: 'EXIT', false, null, true. */
const atomRank = (atom: Value): number => (atom === EXIT ? 0 : atom === false ? 1 : atom === null ? 2 : 3)

/** Where units from U+D800 up may be; looking for them costs little in strings that are Latin-1. */
const HIGH_UNIT = /[\ud800-\uffff]/
/** Beyond so many units it is faster to look for high ones first, and compare natively where there are none. */
const LONG = 64

/**
 * Compares by code point. JavaScript's `<` compares UTF-16 units, which differs in one case only: where
 * one string has a surrogate (a code point above U+FFFF) and the other a unit from U+E000 up.
 */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  if (length > LONG && !(HIGH_UNIT.test(a) && HIGH_UNIT.test(b))) return a < b ? -1 : 1
  for (let i = 0; i < length; i++) {
    const unitOfA = a.charCodeAt(i)
    const unitOfB = b.charCodeAt(i)
    if (unitOfA !== unitOfB) {
      // Surrogates (D800–DFFF) stand for code points above all others: lift them over E000–FFFF.
      if (unitOfA >= 0xd800 && unitOfB >= 0xd800) {
        const liftedA = unitOfA >= 0xe000 ? unitOfA - 0x800 : unitOfA + 0x2000
        const liftedB = unitOfB >= 0xe000 ? unitOfB - 0x800 : unitOfB + 0x2000
        return liftedA - liftedB
      }
      return unitOfA - unitOfB
    }
  }
  return a.length - b.length
}

function compareTuples(a: readonly Value[], b: readonly Value[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    const order = compareTerms(a[i] as Value, b[i] as Value)
    if (order !== 0) return order
  }
  return 0
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = compareTerms(a[i] as Value, b[i] as Value)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function compareMaps(a: TermObject, b: TermObject): number {
  const namesOfA = Object.keys(a)
  const namesOfB = Object.keys(b)
  if (namesOfA.length !== namesOfB.length) return namesOfA.length - namesOfB.length
  namesOfA.sort(compareStrings)
  namesOfB.sort(compareStrings)
  for (let i = 0; i < namesOfA.length; i++) {
    const order = compareStrings(namesOfA[i] as string, namesOfB[i] as string)
    if (order !== 0) return order
  }
  for (const name of namesOfA) {
    const order = compareTerms(a[name] as Value, b[name] as Value)
    if (order !== 0) return order
  }
  return 0
}

/** The names of an object's members in term order. */
export const sortedNames = (object: TermObject): string[] => Object.keys(object).sort(compareStrings)

/** Whether two terms are the same term; `1` and `1.0` are, as JSON cannot tell them apart. */
export function equalTerms(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!equalTerms(a[i] as Value, b[i] as Value)) return false
    return true
  }
  if (Array.isArray(b)) return false
  if (a instanceof List || b instanceof List) return compareTerms(a, b) === 0
  return equalMaps(a as TermObject, b as TermObject)
}

function equalMaps(a: TermObject, b: TermObject): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  for (const name of names) {
    if (!Object.hasOwn(b, name) || !equalTerms(a[name] as Value, b[name] as Value)) return false
  }
  return true
}
