import { describe, expect, it } from 'vitest'
import { generateApiKey, isApiKey, isSameKey } from '../../src/security/api-key.ts'

describe('API keys', () => {
  it('[SEC4] a key is etsk_, an id, and a secret with a checksum', () => {
    const key = generateApiKey()
    expect(key).toMatch(/^etsk_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/)
    expect(isApiKey(key)).toBe(true)
  })

  it('[SEC4] no two keys are the same, and every letter occurs', () => {
    const keys = Array.from({ length: 1000 }, () => generateApiKey())
    expect(new Set(keys).size).toBe(1000)
    expect(new Set(keys.join('')).size).toBe(63)
  })

  it('[SEC5] one changed letter is found without asking anybody', () => {
    const key = generateApiKey()
    for (let i = 'etsk_'.length; i < key.length; i++) {
      const letter = key[i] === 'a' ? 'b' : 'a'
      if (key[i] !== '_') expect(isApiKey(key.slice(0, i) + letter + key.slice(i + 1))).toBe(false)
    }
    for (const other of ['', 'etsk_', key.slice(1), `${key}a`, key.toUpperCase()])
      expect(isApiKey(other)).toBe(false)
  })

  it('[SEC6] the checksum is the same everywhere and for ever', () => {
    expect(isApiKey('etsk_00000000_000000000000000000000000000000000pmog7')).toBe(true)
  })

  it('[SEC2] keys are the same only when all of them is', () => {
    expect([
      isSameKey('abc', 'abc'),
      isSameKey('abc', 'abd'),
      isSameKey('abc', 'ab'),
      isSameKey('', ''),
    ]).toEqual([true, false, false, true])
  })
})
