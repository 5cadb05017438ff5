/**
 * Top keys: about which keys are asked for most, from a sample of the reads.
 *
 * A list of {@link COUNTERS} keys with counts. A key that is not on it takes the place of the one with the least count,
 * and goes on from that count: so a key that was asked for more often than that is on the list, and no count is too low
 * by more than what sampling leaves to chance.
 *
 * Cost:   one step of a random sequence a read, O({@link COUNTERS}) for one of {@link SAMPLED_OF} of them.
 * Limits: keys of more than {@link MAX_KEY_BYTES} are not on it.
 * Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005.
 */
import { KeyMap } from '../key.ts'
import { rowBytes } from '../row.ts'
import type { Term } from '../term.ts'

const COUNTERS = 64
const SAMPLED_OF = 16
const MAX_KEY_BYTES = 1024

export interface TopKey {
  readonly key: Term
  /** About how often it was asked for. */
  readonly count: number
}

export class TopKeys {
  readonly #placeOf = new KeyMap()
  readonly #keys: Term[] = []
  readonly #counts: number[] = []
  /** Never 0. */
  #random = 0x2545f491

  seen(key: Term): void {
    let random = this.#random
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    this.#random = random
    if ((random & (SAMPLED_OF - 1)) === 0) this.#count(key)
  }

  /** The keys that were asked for most, the first one most often. */
  list(limit: number): TopKey[] {
    return this.#keys
      .map((key, place) => ({ key, count: SAMPLED_OF * (this.#counts[place] as number) }))
      .sort((a, b) => b.count - a.count)
      .slice(0, limit)
  }

  #count(key: Term): void {
    const place = this.#placeOf.get(key)
    if (place !== -1) this.#counts[place] = (this.#counts[place] as number) + 1
    else if (rowBytes([key]) <= MAX_KEY_BYTES) this.#enter(key)
  }

  #enter(key: Term): void {
    if (this.#keys.length < COUNTERS) {
      this.#placeOf.set(key, this.#keys.length)
      this.#counts.push(1)
      this.#keys.push(key)
      return
    }
    let least = 0
    for (let i = 1; i < COUNTERS; i++) {
      if ((this.#counts[i] as number) < (this.#counts[least] as number)) least = i
    }
    this.#placeOf.delete(this.#keys[least] as Term)
    this.#placeOf.set(key, least)
    this.#keys[least] = key
    this.#counts[least] = (this.#counts[least] as number) + 1
  }
}
