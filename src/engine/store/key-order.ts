/**
 * The order of keys, made fast: where a key belongs among sorted keys.
 *
 * The order is that of `compareTerms`. Strings are the one costly case: it wants code points, and
 * JavaScript's `<` compares UTF-16 units. The two disagree only where both strings differ first in a unit
 * from U+D800 up, so as long as one side of every comparison has no such unit, `<` is right and ten times
 * faster. A tree asks `hasHighUnit` of each key it takes in; until one has, it searches with `plain`.
 *
 * Limits: objects and their members are always compared by `compareTerms`, which sorts their names.
 */
import { compareStrings, compareTerms, isTuple, type Term } from '../term.ts'

/**
 * The index of the first of `keys[0 .. end)` that is not before `key`; `end` when all are.
 *
 * Shape:  `plain` says that no string in `keys` has a high unit; `key` itself may have one.
 * Cost:   O(log end) comparisons, none of which allocates unless both are objects.
 */
export function lowerBound(keys: readonly Term[], end: number, key: Term, plain: boolean): number {
  let low = 0
  let high = end
  if (typeof key === 'number') {
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = keys[middle] as Term
      // Numbers sort before everything else.
      if (typeof other === 'number' && other < key) low = middle + 1
      else high = middle
    }
  } else if (typeof key === 'string' && plain) {
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = keys[middle] as Term
      // Strings sort after everything else.
      if (typeof other !== 'string' || other < key) low = middle + 1
      else high = middle
    }
  } else {
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(keys[middle] as Term, key, plain) < 0) low = middle + 1
      else high = middle
    }
  }
  return low
}

/** `compareTerms`; with `plain`, strings outside of objects are compared natively. */
export function compareKeys(a: Term, b: Term, plain: boolean): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') {
    if (a === b) return 0
    if (plain) return a < b ? -1 : 1
    return compareStrings(a, b)
  }
  if (isTuple(a) && isTuple(b)) {
    if (a.length !== b.length) return a.length - b.length
    for (let i = 0; i < a.length; i++) {
      const order = compareKeys(a[i] as Term, b[i] as Term, plain)
      if (order !== 0) return order
    }
    return 0
  }
  return compareTerms(a, b)
}

/** Whether a string of `key`, outside of objects, has a UTF-16 unit from U+D800 up. Cost: O(size). */
export function hasHighUnit(key: Term): boolean {
  if (typeof key === 'string') {
    for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) >= 0xd800) return true
    return false
  }
  return isTuple(key) && key.some(hasHighUnit)
}
