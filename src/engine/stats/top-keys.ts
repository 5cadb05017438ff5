/**
 * Top keys: about which keys are asked for most, from the first reads and then from a sample of them.
 *
 * A list of {@link COUNTERS} keys with counts. A key that is not on it takes the place of the one with the least count,
 * and goes on from that count: so a key that was asked for more often than that is on the list, and no count is too low
 * by more than what sampling leaves to chance.
 *
 * Cost:   a subtraction a read, O({@link COUNTERS}) for one of {@link SAMPLED_OF} of them, and for each of the first
 *         {@link COUNTED_READS}.
 * Limits: keys of more than {@link MAX_KEY_BYTES} are not on it.
 * Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005.
 */
import { KeyMap } from '../key.ts'
import { rowBytes } from '../row.ts'
import type { Term } from '../term.ts'

const COUNTERS = 64
const SAMPLED_OF = 64
/** So many reads are all counted: whoever tries a table out sees what they did. */
const COUNTED_READS = 200
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
  #samples = 0
  /** Reads until the next sample. */
  #left = 1
  /** Never 0. */
  #random = 0x2545f491

  seen(key: Term): void {
    if (--this.#left === 0) this.#sample(key)
  }

  /** The keys that were asked for most, the first one most often. */
  list(limit: number): TopKey[] {
    return this.#keys
      .map((key, place) => ({ key, count: this.#counts[place] as number }))
      .sort((a, b) => b.count - a.count)
      .slice(0, limit)
  }

  #sample(key: Term): void {
    const isEarly = this.#samples < COUNTED_READS
    if (isEarly) this.#samples++
    this.#left = isEarly ? 1 : this.#gap()
    this.#count(key, isEarly ? 1 : SAMPLED_OF)
  }

  /** Reads from one sample to the next: {@link SAMPLED_OF} in the mean, at random, lest a load that repeats be seen in part. */
  #gap(): number {
    let random = this.#random
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    this.#random = random
    return 1 + ((random >>> 0) % (2 * SAMPLED_OF - 1))
  }

  /** A read that stands for `by` of them. */
  #count(key: Term, by: number): void {
    const place = this.#placeOf.get(key)
    if (place !== -1) this.#counts[place] = (this.#counts[place] as number) + by
    else if (rowBytes([key]) <= MAX_KEY_BYTES) this.#enter(key, by)
  }

  #enter(key: Term, by: number): void {
    if (this.#keys.length < COUNTERS) {
      this.#placeOf.set(key, this.#keys.length)
      this.#counts.push(by)
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
    this.#counts[least] = (this.#counts[least] as number) + by
  }
}
