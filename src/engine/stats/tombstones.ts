/**
 * Tombstones: why keys are gone, as far as that is remembered, by their hashes.
 *
 * A hash table of one place a hash: a key is remembered until another one takes its place, so of `n` keys that went
 * after it each makes it forgotten with a chance of one in the number of places, which is at least that of the rows up
 * to {@link MAX_PLACES}. Two keys of one hash are taken for one: a wrong cause is given at a chance of one in 4,000
 * million for each key remembered.
 *
 * Cost: O(1); 21 bytes a place, and the name of a tag where one took the row away.
 */

/** Why a row went. */
export type Cause = 'expired' | 'evicted' | 'deleted' | 'invalidated'

const CAUSES = ['expired', 'evicted', 'deleted', 'invalidated'] as const satisfies Cause[]
/** 0 is no cause: a free place. */
const NUMBERS: Readonly<Record<Cause, number>> = { expired: 1, evicted: 2, deleted: 3, invalidated: 4 }
const MIN_PLACES = 64
const MAX_PLACES = 2 ** 16

/** Why there is no row, and since when; `absent` where nobody knows of one that was there. */
export interface Miss {
  readonly miss: 'absent' | Cause
  readonly atMs?: number
  readonly tag?: string
}

export const ABSENT: Miss = { miss: 'absent' }

export class Tombstones {
  #hashes = new Int32Array(MIN_PLACES)
  /** The number of the cause and one more; 0 in a free place. */
  #causes = new Uint8Array(MIN_PLACES)
  #moments = new Float64Array(MIN_PLACES)
  #tags: (string | undefined)[] = []

  add(hash: number, cause: Cause, atMs: number, tag?: string): void {
    const place = hash & (this.#hashes.length - 1)
    this.#hashes[place] = hash
    this.#causes[place] = NUMBERS[cause]
    this.#moments[place] = atMs
    if (tag !== undefined || this.#tags.length > place) this.#tags[place] = tag
  }

  find(hash: number): Miss {
    const place = hash & (this.#hashes.length - 1)
    const cause = this.#causes[place] as number
    if (cause === 0 || this.#hashes[place] !== hash) return ABSENT
    const tag = this.#tags[place]
    const found = { miss: CAUSES[cause - 1] as Cause, atMs: this.#moments[place] as number }
    return tag === undefined ? found : { ...found, tag }
  }

  /** Nothing is known of a key any more. */
  forget(hash: number): void {
    const place = hash & (this.#hashes.length - 1)
    if (this.#hashes[place] === hash) this.#causes[place] = 0
  }

  /** Lets it remember about as many keys as the table has rows. */
  fit(rows: number): void {
    let places = this.#hashes.length
    while (places < rows && places < MAX_PLACES) places *= 2
    if (places === this.#hashes.length) return
    const old = { hashes: this.#hashes, causes: this.#causes, moments: this.#moments, tags: this.#tags }
    this.#hashes = new Int32Array(places)
    this.#causes = new Uint8Array(places)
    this.#moments = new Float64Array(places)
    this.#tags = []
    old.causes.forEach((cause, place) => {
      if (cause === 0) return
      const moment = old.moments[place] as number
      this.add(old.hashes[place] as number, CAUSES[cause - 1] as Cause, moment, old.tags[place])
    })
  }
}
