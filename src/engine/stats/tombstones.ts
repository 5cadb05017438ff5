/**
 * Tombstones: why keys are gone, as far as that is remembered, by their hashes.
 *
 * A hash table of one place a hash: a key is remembered until another one takes its place, so of `n` keys that went
 * after it each makes it forgotten with a chance of one in the number of places, which is at least that of the rows up
 * to {@link MAX_PLACES}. Two keys of one hash are taken for one: a wrong cause is given at a chance of one in 4,000
 * million for each key remembered.
 *
 * Cost: O(1), one line of the processor's cache; 16 bytes a place, and the name of a tag where one took the row away.
 */

/** Why a row went. */
export type Cause = 'expired' | 'evicted' | 'deleted' | 'invalidated'

const CAUSES = ['expired', 'evicted', 'deleted', 'invalidated'] as const satisfies Cause[]
/** A hash is multiplied by this, and a number from 1 on that stands for a cause is added. */
const HASH_UNIT = 8
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
  #places = MIN_PLACES
  /** Two numbers a place: hash and cause in one, 0 in a free place; then the moment. */
  #entries = new Float64Array(2 * MIN_PLACES)
  #tags: (string | undefined)[] = []

  add(hash: number, cause: Cause, atMs: number, tag?: string): void {
    const place = hash & (this.#places - 1)
    this.#entries[2 * place] = hash * HASH_UNIT + numberOf(cause)
    this.#entries[2 * place + 1] = atMs
    if (tag !== undefined || this.#tags.length > place) this.#tags[place] = tag
  }

  find(hash: number): Miss {
    const place = hash & (this.#places - 1)
    const number = (this.#entries[2 * place] as number) - hash * HASH_UNIT
    if (number < 1 || number > CAUSES.length) return ABSENT
    const tag = this.#tags[place]
    const found = { miss: CAUSES[number - 1] as Cause, atMs: this.#entries[2 * place + 1] as number }
    return tag === undefined ? found : { ...found, tag }
  }

  /** Nothing is known of a key any more. */
  forget(hash: number): void {
    if (this.find(hash) !== ABSENT) this.#entries[2 * (hash & (this.#places - 1))] = 0
  }

  /** Lets it remember about as many keys as the table has rows. */
  fit(rows: number): void {
    let places = this.#places
    while (places < rows && places < MAX_PLACES) places *= 2
    if (places === this.#places) return
    const entries = this.#entries
    const tags = this.#tags
    this.#places = places
    this.#entries = new Float64Array(2 * places)
    this.#tags = []
    for (let i = 0; i < entries.length; i += 2) {
      const entry = entries[i] as number
      if (entry === 0) continue
      const hash = Math.floor(entry / HASH_UNIT)
      const cause = CAUSES[entry - hash * HASH_UNIT - 1] as Cause
      this.add(hash, cause, entries[i + 1] as number, tags[i / 2])
    }
  }
}

/** Compared, as looking a name up that differs from call to call takes longer. */
function numberOf(cause: Cause): number {
  switch (cause) {
    case 'expired':
      return 1
    case 'evicted':
      return 2
    case 'deleted':
      return 3
    case 'invalidated':
      return 4
  }
}
