/**
 * Chance from a seed: the same seed gives the same numbers, on every machine.
 *
 * A stream can be forked by name. What a fork gives depends on the seed and the names alone, never on how
 * many numbers others have drawn, so that what one client does is not changed by the pace of another.
 *
 * Source: mulberry32 by Tommy Ettinger, seeded with FNV-1a. For drills, not for secrets.
 */

export class Random {
  readonly #name: string
  #state: number

  constructor(seed: string | number) {
    this.#name = String(seed)
    this.#state = fnv1a(this.#name)
  }

  /** A stream of its own for `name`. */
  fork(name: string | number): Random {
    return new Random(`${this.#name}/${name}`)
  }

  /** At least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** True in `probability` of all cases. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of `choices`, which are not empty. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  // Names that differ in their last letter alone differ in few bits so far; the finalizer spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
