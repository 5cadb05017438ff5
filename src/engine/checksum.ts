const PRIME = 0x01000193
const PRIME_TWICE = Math.imul(PRIME, PRIME)

/**
 * The checksum of records and exported tables: 32 bits over the units of a text, which finds a flipped or a
 * missing part. That of a text in pieces is that of the whole, each piece begun with the checksum `before` it.
 *
 * It guards against damage, not against malice: whoever can write the text can write a checksum.
 *
 * Cost:   about half a nanosecond a character.
 * Source: FNV-1a, Fowler, Noll and Vo; a unit has 16 bits, so it is two of its steps. They are one multiplication where
 *         the upper half is zero, as it mostly is: with the prime twice.
 */
export function checksumOf(text: string, before = 0x811c9dc5): number {
  let hash = before
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x100) hash = Math.imul(hash ^ unit, PRIME_TWICE)
    else hash = Math.imul(Math.imul(hash ^ (unit & 0xff), PRIME) ^ (unit >>> 8), PRIME)
  }
  return hash >>> 0
}
