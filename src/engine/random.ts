/** Randomness that is an argument: a number from 0 up to 1,. */
export type Random = () => number

/**
 * The same numbers for the same seed: for tests and for whoever wants to see the same twice.
 *
 * Source: Mulberry32, Tommy Ettinger.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
