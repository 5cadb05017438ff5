/**
 * Rejected keys: which ones lost against a row of the table a moment ago, by their hashes.
 *
 * A key is remembered until `reach` others were rejected after it, or one takes its place in the small hash
 * table that holds them; so it may be forgotten too soon, and two keys of one hash are taken for one.
 *
 * Cost: O(1); 8 bytes a place, of which there are about twice the reach.
 */

const MIN_PLACES = 64
/** 8 MB. */
const MAX_PLACES = 2 ** 20

export class Rejected {
  #hashes = new Int32Array(MIN_PLACES)
  /** Which rejection it was, from 1; 0 in a free place. */
  #numbers = new Uint32Array(MIN_PLACES)
  #last = 0

  add(hash: number): void {
    // After 4,000 million rejections all are forgotten, once.
    if (this.#last === 0xffffffff) this.#clear()
    const place = hash & (this.#hashes.length - 1)
    this.#hashes[place] = hash
    this.#numbers[place] = ++this.#last
  }

  /** Whether the key is among the last `reach` rejected ones; it is forgotten then. */
  take(hash: number, reach: number): boolean {
    const place = hash & (this.#hashes.length - 1)
    const number = this.#numbers[place] as number
    if (number === 0 || this.#hashes[place] !== hash) return false
    this.#numbers[place] = 0
    return this.#last - number <= reach
  }

  /** Lets it hold `reach` keys. Forgets all where it has to grow for that. */
  fit(reach: number): void {
    let places = this.#hashes.length
    while (places < 2 * reach && places < MAX_PLACES) places *= 2
    if (places === this.#hashes.length) return
    this.#hashes = new Int32Array(places)
    this.#numbers = new Uint32Array(places)
    this.#last = 0
  }

  #clear(): void {
    this.#numbers.fill(0)
    this.#last = 0
  }
}
