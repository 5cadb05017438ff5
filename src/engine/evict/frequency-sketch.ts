/**
 * Frequency sketch: about how often a key was seen lately, from its hash alone.
 *
 * A count-min sketch of counters of 4 bits, four a key, the least of which is the estimate. Once it has counted
 * {@link SAMPLES_PER_ROW} times the rows of its table, all counters are halved, so that what was popular long
 * ago is forgotten. It grows with the table: twice the counters, each with the count of the one it came from,
 * which is never less than what was seen.
 *
 * Cost:   O(1); halving takes 8 counters in one step, some 0.1 ns a count; 8 bytes a row of the next power of two.
 * Limits: at most {@link MAX_WORDS}, 32 MB; beyond 4 million rows estimates get coarser.
 * Source: Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017.
 */

const MAX_WORDS = 2 ** 23
const WORDS_PER_ROW = 2
const MIN_WORDS = 64
const SAMPLES_PER_ROW = 10
export const MAX_FREQUENCY = 15
/** Words of a block, as the power of two: the counters of a key are in one block, and so in one line of a cache. */
const BLOCK_BITS = 4
/** Counters of a key, each in four words of the block. */
const ROWS = 4
/** The upper three bits of each counter of a word, moved to the lower ones. */
const HALVES = 0x77777777

export class FrequencySketch {
  /** Eight counters a word. */
  #words = new Int32Array(MIN_WORDS)
  /** The number of blocks less one; that number is a power of two. */
  #mask = (MIN_WORDS >> BLOCK_BITS) - 1
  #counted = 0
  #sampleSize = SAMPLES_PER_ROW * (MIN_WORDS / WORDS_PER_ROW)

  /** About how often a key of that hash was counted, up to {@link MAX_FREQUENCY}. */
  frequency(hash: number): number {
    const block = mix(hash)
    const bits = mix(block)
    const start = (block & this.#mask) << BLOCK_BITS
    let least = MAX_FREQUENCY
    for (let row = 0; row < ROWS; row++) {
      const place = bits >>> (8 * row)
      const word = start + 4 * row + (place & 3)
      const count = ((this.#words[word] as number) >>> (place & 28)) & MAX_FREQUENCY
      if (count < least) least = count
    }
    return least
  }

  count(hash: number): void {
    const block = mix(hash)
    const bits = mix(block)
    const start = (block & this.#mask) << BLOCK_BITS
    let isCounted = false
    for (let row = 0; row < ROWS; row++) {
      const place = bits >>> (8 * row)
      const word = start + 4 * row + (place & 3)
      const old = this.#words[word] as number
      if (((old >>> (place & 28)) & MAX_FREQUENCY) === MAX_FREQUENCY) continue
      this.#words[word] = old + (1 << (place & 28))
      isCounted = true
    }
    if (isCounted && ++this.#counted >= this.#sampleSize) this.#age()
  }

  /** Lets the sketch fit a table of so many rows. */
  fit(rows: number): void {
    const samples = SAMPLES_PER_ROW * rows
    if (samples > this.#sampleSize) this.#sampleSize = samples
    while (this.#words.length < rows * WORDS_PER_ROW && this.#words.length < MAX_WORDS) this.#grow()
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length)
    words.set(this.#words)
    words.set(this.#words, this.#words.length)
    this.#words = words
    this.#mask = (words.length >> BLOCK_BITS) - 1
  }

  #age(): void {
    const words = this.#words
    for (let i = 0; i < words.length; i++) words[i] = ((words[i] as number) >>> 1) & HALVES
    this.#counted >>>= 1
  }
}

/** A hash of a hash, whose every bit depends on all: keys may come with any. Source: Ellis's `lowbias32`. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97)
  return hash ^ (hash >>> 15)
}
