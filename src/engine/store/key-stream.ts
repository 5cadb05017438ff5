/**
 * Keys as streams of bytes that sort as the keys do, and digests: windows of such a stream, as numbers.
 *
 * Comparing two keys means to look at both, each elsewhere in memory. A tree keeps six bytes of each as a number
 * beside the others and compares numbers; only where those are equal it looks at keys. Which six bytes is for the
 * tree to say: keys that are neighbours begin alike, so it skips what they have in common.
 *
 * The promise: where a < b in term order, the stream of `a` is less than that of `b`, or equal. So a digest that
 * is less means a key that is less, and equal digests mean nothing.
 *
 * A term is its type, then: a number the bytes of its double; a tuple its length and its elements; a string its
 * units, each more by one, and 0. Where that gets long or hard the stream ends, and keys may be equal in it:
 * at an object, a tuple of 255 elements, and at `MAX_BYTES`. Behind its end a stream is zeros.
 *
 * Cost:   O(size of the key), at most `MAX_BYTES`, without allocation.
 * Source: Graefe, "Modern B-Tree Techniques", 2011, 3.5: normalized keys, poor man's normalized keys.
 */
import { isTuple, type Term } from '../term.ts'

/** Longer than what neighbours among keys have in common, as a rule; beyond it they are compared as terms. */
export const MAX_BYTES = 128
/** A number that begins before `MAX_BYTES` ends behind it, and so does the last digest. */
const SLACK_BYTES = 16

// In term order, and none of them 0.
const NUMBER = 1
const ATOM = 2
const TUPLE = 3
const OBJECT = 4
const STRING = 5

/** Units of a string that take one byte are below this; others are this and two bytes. */
const LONG_UNIT = 0xff
const LONG_LENGTH = 0xff

export class KeyStream {
  readonly #bytes = new Uint8Array(MAX_BYTES + SLACK_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  /** Behind it there are zeros. */
  #end = 0

  /** Makes this the stream of `key`. */
  set(key: Term): void {
    const before = this.#end
    this.#end = 0
    if (typeof key === 'string') this.#writeString(key)
    else this.#write(key)
    if (this.#end < before) this.#bytes.fill(0, this.#end, before)
  }

  /** Makes this the same stream as `other`. */
  copy(other: KeyStream): void {
    this.#bytes.set(other.#bytes)
    this.#end = other.#end
  }

  /** The six bytes behind the first `skip`, of which there are at most `MAX_BYTES`, as one number. */
  digest(skip: number): number {
    return this.#view.getUint32(skip) * 0x10000 + this.#view.getUint16(skip + 4)
  }

  /** How many bytes this stream and `other` have in common at the start, at most `limit`. */
  common(other: KeyStream, limit: number): number {
    const bytes = this.#bytes
    const others = other.#bytes
    let count = 0
    while (count < limit && bytes[count] === others[count]) count++
    return count
  }

  /** Whether this stream is less than `other`, where they differ first, behind `count` bytes in common. */
  isLess(other: KeyStream, count: number): boolean {
    return (this.#bytes[count] as number) < (other.#bytes[count] as number)
  }

  /** Appends a term. Answers whether more may be appended. */
  #write(term: Term): boolean {
    switch (typeof term) {
      case 'number':
        return this.#writeNumber(term)
      case 'string':
        return this.#writeString(term)
      case 'boolean':
        return this.#writeAtom(term ? 3 : 1)
      default:
        if (term === null) return this.#writeAtom(2)
        if (isTuple(term)) return this.#writeTuple(term)
        this.#bytes[this.#end++] = OBJECT
        return false
    }
  }

  #writeAtom(rank: number): boolean {
    this.#bytes[this.#end++] = ATOM
    this.#bytes[this.#end++] = rank
    return true
  }

  /** The bits of doubles sort as the numbers do, but for the sign, and negative ones backwards. */
  #writeNumber(number: number): boolean {
    const bytes = this.#bytes
    const start = this.#end + 1
    bytes[this.#end] = NUMBER
    this.#end = start + 8
    // As both zeros are one key, -0 becomes 0.
    this.#view.setFloat64(start, number + 0)
    if (number < 0) for (let i = start; i < start + 8; i++) bytes[i] = ~(bytes[i] as number)
    else bytes[start] = (bytes[start] as number) | 0x80
    return true
  }

  #writeTuple(tuple: readonly Term[]): boolean {
    this.#bytes[this.#end++] = TUPLE
    this.#bytes[this.#end++] = Math.min(tuple.length, LONG_LENGTH)
    if (tuple.length >= LONG_LENGTH) return false
    for (let i = 0; i < tuple.length; i++) {
      if (this.#end >= MAX_BYTES || !this.#write(tuple[i] as Term)) return false
    }
    return true
  }

  #writeString(text: string): boolean {
    const bytes = this.#bytes
    let end = this.#end
    bytes[end++] = STRING
    const { length } = text
    for (let i = 0; i < length; i++) {
      if (end >= MAX_BYTES) {
        this.#end = end
        return false
      }
      const unit = text.charCodeAt(i)
      if (unit + 1 < LONG_UNIT) {
        bytes[end++] = unit + 1
      } else {
        const lifted = inCodePointOrder(unit)
        bytes[end++] = LONG_UNIT
        bytes[end++] = lifted >>> 8
        bytes[end++] = lifted
      }
    }
    bytes[end++] = 0
    this.#end = end
    return true
  }
}

/** Surrogates stand for code points above all others: they change places with the units from U+E000 up. */
const inCodePointOrder = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800
