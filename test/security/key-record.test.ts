import { expect, it } from 'vitest'
import type { KeyRecord } from '../../src/protocol/keys.ts'
import { generateApiKey } from '../../src/security/api-key.ts'
import { hashOf, hasSecret, infoOf, isNewUse, rotated } from '../../src/security/key-record.ts'

const aKey = (more: Partial<KeyRecord> = {}): KeyRecord => ({
  id: 'abcdefgh',
  name: 'test',
  tenant: '',
  grants: ['read'],
  createdAtMs: 0,
  expiresAtMs: null,
  lastUsedAtMs: null,
  secrets: [{ hash: 'a'.repeat(64), createdAtMs: 0, expiresAtMs: null }],
  ...more,
})
const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string]

it('[APK1] what is kept of a key is its SHA-256', async () => {
  expect(await hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  const key = generateApiKey()
  expect(await hashOf(key)).not.toContain(key.slice(14, 30))
})

it('[APK2] a key is good before its end, and not at it', () => {
  const key = aKey({ expiresAtMs: 1_000 })
  expect([hasSecret(key, A, 999), hasSecret(key, A, 1_000), hasSecret(key, B, 0)]).toEqual([
    true,
    false,
    false,
  ])
})

it('[APK3] while a key is rotated both secrets are good, and the older one ends', () => {
  const key = rotated(aKey(), B, 500, 1_000)
  expect([hasSecret(key, A, 1_499), hasSecret(key, B, 1_499)]).toEqual([true, true])
  expect([hasSecret(key, A, 1_500), hasSecret(key, B, 1_500)]).toEqual([false, true])
})

it('[APK3] there are never more than two, and none lives longer by being rotated out', () => {
  const key = rotated(rotated(aKey(), B, 500, 1_000), C, 90_000, 1_100)
  expect(key.secrets.map(({ hash, expiresAtMs }) => [hash, expiresAtMs])).toEqual([
    [C, null],
    [B, 91_100],
  ])
  const soon = rotated(rotated(aKey(), B, 500, 1_000), C, 0, 1_100)
  expect(soon.secrets.map(({ hash }) => hash)).toEqual([C])
})

it('[APK4] a use is written down once an hour', () => {
  const used = (lastUsedAtMs: number | null) => isNewUse(aKey({ lastUsedAtMs }), 3_600_000)
  expect([used(null), used(0), used(1)]).toEqual([true, true, false])
})

it('[APK1] no hash is shown', () => {
  expect(JSON.stringify(infoOf(aKey()))).not.toContain(A)
})
