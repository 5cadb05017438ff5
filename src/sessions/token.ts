/**
 * Tokens: `s1_` and 34 bytes in base64url, a slot and 32 random bytes.
 *
 * The slot leads to the owner without a look-up. It is a hash of the user, so that all sessions of a user have one
 * owner; without a user it is random. A forged slot leads to an owner that does not know the token.
 *
 * The bits that are always zero (six before the slot, four behind the last byte) are checked: a token has one form.
 */
import { SLOTS, slotOf } from '../protocol/slots.ts'

const PREFIX = 's1_'
const SHAPE = /^s1_[A-Za-z0-9_-]{46}$/
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Random bytes of a token. ASVS 7.2.3 asks for 16. */
export const SECRET_BYTES = 32

/** A token of `SECRET_BYTES` bytes that were just drawn. */
export function tokenOf(slot: number, secret: Uint8Array): string {
  const bytes = new Uint8Array(2 + SECRET_BYTES)
  bytes[0] = slot >>> 8
  bytes[1] = slot & 0xff
  bytes.set(secret, 2)
  return PREFIX + base64Url(bytes)
}

/** The slot that a token names, or `undefined` for what is no token. */
export function slotOfToken(token: string): number | undefined {
  if (!SHAPE.test(token)) return undefined
  const at = (i: number): number => ALPHABET.indexOf(token[PREFIX.length + i] as string)
  const slot = (at(0) << 10) | (at(1) << 4) | (at(2) >>> 2)
  return slot < SLOTS && (at(45) & 0b1111) === 0 ? slot : undefined
}

/** The slot of all sessions of a user, for ever. */
export const slotOfUser = (user: string): number => slotOf(user)

/** Bytes as base64url without padding (RFC 4648 §5). */
export function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const length = Math.min(4, bytes.length - i + 1)
    for (let j = 0; j < length; j++) text += ALPHABET[(triple >>> (18 - 6 * j)) & 0b111111]
  }
  return text
}
