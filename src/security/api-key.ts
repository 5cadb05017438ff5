/**
 * API keys: `etsk_<id>_<secret><checksum>`.
 *
 * The prefix lets scanners find a leaked key, the id names it in logs, the checksum catches a typing error
 * before anything is compared. Id and secret are of 62 letters and digits; 32 of them carry 190 bits.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 8
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6
const SHAPE = new RegExp(`^etsk_[0-9A-Za-z]{${ID_LENGTH}}_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`)

/** A new random key, of that id where one is given. */
export function generateApiKey(id = randomText(ID_LENGTH)): string {
  const body = `etsk_${id}_${randomText(SECRET_LENGTH)}`
  return body + checksumOf(body)
}

/** Whether `key` has the form of a key and its checksum is right. Says nothing about whose key it is. */
export function isApiKey(key: string): boolean {
  if (!SHAPE.test(key)) return false
  const end = key.length - CHECKSUM_LENGTH
  return checksumOf(key.slice(0, end)) === key.slice(end)
}

/** The id of a key, which is no secret. */
export const keyIdOf = (key: string): string => key.split('_')[1] ?? ''

/** Whether two keys are the same, in a time that tells nothing about where they differ. */
export function isSameKey(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // Bytes from 248 up are thrown away: taken modulo 62 they would favour the first letters.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62]
    }
  }
  return text
}

/** CRC-32 (IEEE 802.3) in base 62. Six digits hold every 32-bit number. */
function checksumOf(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  let rest = ~crc >>> 0
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = ALPHABET[rest % 62] + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
