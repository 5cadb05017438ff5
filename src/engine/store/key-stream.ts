/**
 * Keys as streams of bytes that sort as the keys do, and digests: windows of such a stream, as numbers.
 *
 * Comparing two keys means to look at both, each elsewhere in memory. A tree keeps four bytes of each as a number
 * beside the others and compares numbers; only where those are equal it looks at keys. Which four bytes is for the
 * tree to say: keys that are neighbours begin alike, so it skips what they have in common.
 *
 * The promise: where a < b in term order, the stream of `a` is less than that of `b`, or equal. So a digest that
 * is less means a key that is less, and equal digests mean nothing.
 *
 * A term is its type, then: a number its bytes, whose count is part of the type; a tuple its length and its elements;
 * an object its size, its names and its values; a string its units, raised above all types. Where that gets long the stream
 * ends, and keys may be equal in it: behind a fraction, at 255 elements, and at `MAX_BYTES`. Then it is zeros.
 *
 * Cost:   O(size of the key), at most `MAX_BYTES`, without allocation but for objects.
 * Source: Graefe, "Modern B-Tree Techniques", 2011, 3.5: normalized keys, poor man's normalized keys.
 */
import { isTuple, sortedNames, type Term, type TermObject } from '../term.ts'

/** Longer than what neighbours among keys have in common, as a rule; beyond it they are compared as terms. */
export const MAX_BYTES = 128
const DIGEST_BYTES = 4
/** A number that begins before `MAX_BYTES` ends behind it, and so does the last digest. */
const SLACK_BYTES = 16

// What a term begins with, in term order; none of it is 0. Whole numbers of n bytes begin with ZERO + n, or ZERO - n
// where they are negative.
const LEAST_NUMBER = 1
const ZERO = 8
const GREAT_NUMBER = 15
const ATOM = 16
const TUPLE = 17
const OBJECT = 18
const STRING = 19

/** What follows the whole part of a number that has a fraction: more than any term begins with. */
const FRACTION = 0xff
/** Numbers from here on, up or down, are written as doubles. */
const GREAT = 2 ** 48

/** What is added to a unit of a string: more than any term begins with, so that whatever follows ends the string. */
const UNIT = STRING + 1
/** Units that would be this or more are this and two bytes. */
const LONG_UNIT = 0xff
const LONG_LENGTH = 0xff

/** With this bit turned over, signed numbers sort as their bytes do. */
const SIGN = 1 << 31

export class KeyStream {
  readonly #bytes = new Uint8Array(MAX_BYTES + SLACK_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  /** Behind it there are zeros. */
  #end = 0
  /** Nothing of the key was left out. */
  #isWhole = false

  /** Makes this the stream of `key`. */
  set(key: Term): void {
    const before = this.#end
    this.#end = 0
    this.#isWhole = this.#write(key) && this.#end < MAX_BYTES
    if (this.#end < before) this.#bytes.fill(0, this.#end, before)
  }

  /** Makes this the same stream as `other`. */
  copy(other: KeyStream): void {
    this.#bytes.set(other.#bytes)
    this.#end = other.#end
    this.#isWhole = other.#isWhole
  }

  /** The four bytes behind the first `skip`, of which there are at most `MAX_BYTES`, as a signed number. */
  digest(skip: number): number {
    return this.#view.getInt32(skip) ^ SIGN
  }

  /**
   * Whether the digest behind `skip` bytes has the end of the stream in it: any key of the same stream up to there is this key.
   *
   * A stream shows where a term ends, and 0 there, that nothing comes behind.
   */
  endsWithin(skip: number): boolean {
    return this.#isWhole && this.#end < skip + DIGEST_BYTES
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
        return this.#writeObject(term as TermObject)
    }
  }

  #writeAtom(rank: number): boolean {
    this.#bytes[this.#end++] = ATOM
    this.#bytes[this.#end++] = rank
    return true
  }

  #writeNumber(number: number): boolean {
    if (number >= GREAT || number < -GREAT) return this.#writeDouble(number)
    const small = number | 0
    if (small === number) return this.#writeSmall(small)
    const whole = Math.floor(number)
    this.#writeWhole(whole)
    if (whole === number) return true
    // Beside a negative number next to zero the fraction is rounded to 1.
    const fraction = Math.min(Math.floor((number - whole) * GREAT), GREAT - 1)
    this.#bytes[this.#end++] = FRACTION
    this.#writeBytes(fraction, 6)
    return false
  }

  /** A whole number of 32 bits, as `#writeWhole` writes it, at once: searches for integers are the shortest there are. */
  #writeSmall(small: number): boolean {
    const count = bytesOf(small < 0 ? -small : small)
    this.#bytes[this.#end++] = small < 0 ? ZERO - count : ZERO + count
    // What is behind the bytes that count is zeros.
    this.#view.setInt32(this.#end, small << (32 - 8 * count))
    this.#end += count
    return true
  }

  /** As few bytes as hold it; those of a negative number in two's complement, which sort as they should. */
  #writeWhole(whole: number): void {
    const size = whole < 0 ? -whole : whole
    const high = Math.floor(size / 2 ** 32)
    const count = high === 0 ? bytesOf(size) : 4 + bytesOf(high)
    this.#bytes[this.#end++] = whole < 0 ? ZERO - count : ZERO + count
    this.#writeBytes(whole, count)
  }

  /** Appends the lowest `count` bytes of a whole number, the highest of them first. */
  #writeBytes(whole: number, count: number): void {
    const bytes = this.#bytes
    const high = Math.floor(whole / 2 ** 32)
    for (let i = count - 1; i >= 4; i--) bytes[this.#end++] = high >>> (8 * (i - 4))
    for (let i = Math.min(count, 4) - 1; i >= 0; i--) bytes[this.#end++] = whole >>> (8 * i)
  }

  /** The bits of doubles sort as the numbers do, but for the sign, and negative ones backwards. */
  #writeDouble(number: number): boolean {
    const bytes = this.#bytes
    bytes[this.#end++] = number < 0 ? LEAST_NUMBER : GREAT_NUMBER
    this.#view.setFloat64(this.#end, number)
    if (number < 0) for (let i = this.#end; i < this.#end + 8; i++) bytes[i] = ~(bytes[i] as number)
    this.#end += 8
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

  #writeObject(object: TermObject): boolean {
    const names = sortedNames(object)
    this.#bytes[this.#end++] = OBJECT
    this.#bytes[this.#end++] = Math.min(names.length, LONG_LENGTH)
    if (names.length >= LONG_LENGTH) return false
    for (const name of names) if (this.#end >= MAX_BYTES || !this.#writeString(name)) return false
    for (const name of names) if (this.#end >= MAX_BYTES || !this.#write(object[name] as Term)) return false
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
      if (unit + UNIT < LONG_UNIT) {
        bytes[end++] = unit + UNIT
      } else {
        const lifted = inCodePointOrder(unit)
        bytes[end++] = LONG_UNIT
        bytes[end++] = lifted >>> 8
        bytes[end++] = lifted
      }
    }
    this.#end = end
    return true
  }
}

/** How many bytes hold a number below 2^32; 0 needs none. */
const bytesOf = (number: number): number => 4 - (Math.clz32(number) >>> 3)

/** Surrogates stand for code points above all others: they change places with the units from U+E000 up. */
const inCodePointOrder = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800
