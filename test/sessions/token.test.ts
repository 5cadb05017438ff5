import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64Url, slotOfToken, slotOfUser, tokenOf } from '../../src/sessions/token.ts'

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('a token', () => {
  it('[TOK1] is s1_ and 46 characters of base64url, and names its slot', () => {
    fc.assert(
      fc.property(fc.nat(1023), secret, (slot, bytes) => {
        const token = tokenOf(slot, bytes)
        expect(token).toMatch(/^s1_[A-Za-z0-9_-]{46}$/)
        expect(slotOfToken(token)).toBe(slot)
        expect(token.slice(3)).toBe(Buffer.from([slot >> 8, slot & 255, ...bytes]).toString('base64url'))
      }),
    )
  })

  it('[TOK2] has one form: whatever is changed about it in length, letters, version or slack bits is no token', () => {
    const token = tokenOf(5, new Uint8Array(32).fill(0xab))
    const last = token.at(-1) as string
    const other = [
      '',
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      token.replace('s1_', 's2_'),
      token.replace('s1_', 'S1_'),
      `${token.slice(0, 10)}+${token.slice(11)}`,
      `${token.slice(0, 10)}=${token.slice(11)}`,
      `s1_z${token.slice(4)}`,
      // The four bits behind the last byte, and the six before the slot.
      token.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1),
      `s1_B${token.slice(4)}`,
    ]
    expect(other.map(slotOfToken)).toEqual(other.map(() => undefined))
    expect(slotOfToken(token)).toBe(5)
  })

  it('[TOK3] a user has one slot for ever, and users spread over the slots', () => {
    const slots = new Set(Array.from({ length: 4096 }, (_, i) => slotOfUser(`user-${i}`)))
    expect(slots.size).toBeGreaterThan(950)
    expect(slotOfUser('ada')).toBe(237)
  })

  it('[TOK1] bytes are written as RFC 4648 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(base64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      }),
    )
  })
})
