/**
 * Hints: a number for each key of a node, so that most comparisons of strings and tuples need not touch
 * the keys, which lie scattered in memory.
 *
 * Keys between two bounds have in common what the bounds have in common: leading elements of a tuple,
 * leading characters of a string. A focus looks behind that, at the element or the characters where the keys
 * begin to differ, and makes a number of what it sees there. For keys between its bounds, `a < b`
 * implies `hintOf(a) <= hintOf(b)`; where hints are equal, the keys themselves must be compared.
 *
 * Limits: strings are taken in the order of UTF-16 units: see `key-order.ts` for when that is right.
 * Source: after the prefix B-trees of Bayer & Unterauer, 1977, and Graefe's poor man's normalized keys.
 */
import { isTuple, type Term } from '../term.ts'
import { isSameKey } from './key-order.ts'

/** Seven characters of seven bits fit the 53 bits of a number. */
const CHARACTERS = 7
const BASE = 128

export class Focus {
  /** The element of a tuple that is looked at, or -1 for the key itself. */
  readonly #element: number
  /** How many characters of a string are passed over; -1 for a number. */
  readonly #skip: number

  constructor(element: number, skip: number) {
    this.#element = element
    this.#skip = skip
  }

  /** The hint of a key that lies between the bounds of this focus. */
  hintOf(key: Term): number {
    const part = this.#element < 0 ? key : (key as readonly Term[])[this.#element]
    return this.#skip < 0 ? (part as number) : packed(part as string, this.#skip)
  }
}

/** The focus for keys above `low` and up to `high`; `undefined` when a number would not tell them apart. */
export function focusBetween(low: Term | undefined, high: Term | undefined): Focus | undefined {
  if (low === undefined || high === undefined) return undefined
  if (!isTuple(low) || !isTuple(high)) {
    // Numbers lie side by side in their node: a copy of them would gain nothing.
    return typeof low === 'number' ? undefined : focusOn(-1, low, high)
  }
  if (low.length !== high.length) return undefined
  let element = 0
  while (element < low.length - 1 && isSameKey(low[element] as Term, high[element] as Term, false)) element++
  return focusOn(element, low[element], high[element])
}

/** The focus for keys whose parts at `element` lie between `low` and `high`. */
function focusOn(element: number, low: Term | undefined, high: Term | undefined): Focus | undefined {
  if (typeof low === 'number' && typeof high === 'number') return new Focus(element, -1)
  if (typeof low === 'string' && typeof high === 'string') return new Focus(element, commonLength(low, high))
  return undefined
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}

/** The characters of `text` from `start` on, as digits. Behind one that is not ASCII, texts look alike. */
function packed(text: string, start: number): number {
  let number = 0
  let isAscii = true
  for (let i = start; i < start + CHARACTERS; i++) {
    const digit = isAscii && i < text.length ? Math.min(text.charCodeAt(i), BASE - 1) : 0
    if (digit === BASE - 1) isAscii = false
    number = number * BASE + digit
  }
  return number
}
