/**
 * The keys of the engine bench: strings, integers and tuples numbered from 0, and shuffles of the numbers.
 *
 * Every pass gets keys that were just made, equal to the stored ones and not the same objects, as keys that
 * come off the wire are: no hash is known beforehand and no comparison ends at identity.
 */
import type { Term } from '../../src/engine/term.ts'

export const KEY_KINDS = ['string', 'integer', 'tuple'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** Rows that a range scan reads: those whose numbers agree but for the last two digits. */
export const RANGE_ROWS = 100

/** The key of a number: `"user:0001234"`, `1234`, `["room:00012", 34]`. */
export function keyOf(kind: KeyKind, number: number): Term {
  switch (kind) {
    case 'string':
      return `user:${padded(number, 7)}`
    case 'integer':
      return number
    case 'tuple':
      return [roomOf(number), number % RANGE_ROWS]
  }
}

/** The first part of the tuple keys that make a range. */
export const roomOf = (number: number): string => `room:${padded(Math.floor(number / RANGE_ROWS), 5)}`

/** A number to add up in place of a key, so that the key has been looked at. Erlang takes the same. */
export function digestOf(kind: KeyKind, key: Term): number {
  switch (kind) {
    case 'string':
      return (key as string).charCodeAt((key as string).length - 1)
    case 'integer':
      return (key as number) & 0xff
    case 'tuple':
      return (key as readonly [string, number])[1]
  }
}

export const keysOf = (kind: KeyKind, numbers: Uint32Array): Term[] =>
  Array.from(numbers, (number) => keyOf(kind, number))

const padded = (number: number, width: number): string => String(number).padStart(width, '0')

/** The numbers below `count` in an order that `seed` decides. */
export function shuffled(count: number, seed: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, i) => i)
  const random = mulberry32(seed)
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const number = numbers[i] as number
    numbers[i] = numbers[other] as number
    numbers[other] = number
  }
  return numbers
}

/** Numbers from 0 to 1 that look random. Source: Tommy Ettinger's mulberry32. */
function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
