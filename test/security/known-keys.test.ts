import { describe, expect, it } from 'vitest'
import { KnownKeys } from '../../src/security/known-keys.ts'
import { managedKeys } from '../../src/security/managed-keys.ts'
import { aKeyRing } from '../support/a-key-ring.ts'

/** An isolate that is shown keys, and somewhere else an admin who manages them. */
function aWorld() {
  let nowMs = 1_000_000
  const clock = () => nowMs
  const ring = aKeyRing(clock)
  const known = new KnownKeys(ring.store, clock)
  const admin = managedKeys(ring.store, '', () => {})
  const make = async () => {
    const made = await admin.create({ name: 'k', grants: ['read'], tenant: 'acme', expiresAtMs: null })
    ring.calls.length = 0
    return made
  }
  const shown = async (key: string) => (known.recognise(key) ?? (await known.identify(key)))?.key
  const pass = (ms: number) => {
    nowMs += ms
  }
  const finds = () => ring.calls.filter((name) => name === 'find').length
  return { ring, known, admin, make, shown, pass, finds }
}

describe('what an isolate knows of keys', () => {
  it('[APK5] a key is asked about once, and then known without asking', async () => {
    const { make, shown, finds, known } = aWorld()
    const { key, id } = await make()
    for (let i = 0; i < 10; i++) expect(await shown(key)).toBe(id)
    expect(finds()).toBe(1)
    expect(known.recognise(key)).toMatchObject({ tenant: 'acme', key: id })
  })

  it('[APK5] a revoked key opens nothing after ten seconds, also one that is in use all the time', async () => {
    for (const stepMs of [100, 1_000, 4_999, 9_999]) {
      const { make, shown, pass, admin } = aWorld()
      const { key, id } = await make()
      await shown(key)
      await admin.revoke(id)
      for (let t = 0; t + stepMs < 10_000; t += stepMs) {
        pass(stepMs)
        await shown(key)
      }
      pass(10_000)
      expect(await shown(key)).toBe(undefined)
    }
  })

  it('[APK5] of a key in use one request asks again after five seconds, and the others go on', async () => {
    const { make, shown, pass, known, finds } = aWorld()
    const { key, id } = await make()
    await shown(key)
    pass(5_000)
    expect(known.recognise(key)).toBe(undefined)
    const asking = known.identify(key)
    expect(known.recognise(key)).toMatchObject({ key: id })
    expect((await asking)?.key).toBe(id)
    expect(finds()).toBe(2)
  })

  it('[APK5] what cannot be asked is known for ten seconds, and then is refused', async () => {
    const { make, shown, pass, ring } = aWorld()
    const { key, id } = await make()
    await shown(key)
    ring.isAway = true
    pass(9_999)
    expect(await shown(key)).toBe(id)
    pass(1)
    await expect(shown(key)).rejects.toMatchObject({ code: 'restarting' })
  })

  it('[APK3] a new secret is good at once, where the key was known, and the one before until its end', async () => {
    const { make, shown, pass, admin } = aWorld()
    const { key, id } = await make()
    await shown(key)
    const next = await admin.rotate(id, 60_000)
    expect(await shown(next.key)).toBe(id)
    expect(await shown(key)).toBe(id)
    pass(60_000)
    expect([await shown(key), await shown(next.key)]).toEqual([undefined, id])
  })

  it('[APK6] an id that is none is asked about once in ten seconds, and many of them push out no key', async () => {
    const { make, shown, finds, pass } = aWorld()
    const { key, id } = await make()
    await shown(key)
    const madeUp = Array.from({ length: 1_500 }, (_, i) => `etsk_${String(i).padStart(8, '0')}_x`)
    for (const each of madeUp) await shown(each)
    expect(finds()).toBe(1_501)
    await shown(madeUp.at(-1) as string)
    expect(finds()).toBe(1_501)
    expect(await shown(key)).toBe(id)
    expect(finds()).toBe(1_501)
    pass(10_000)
    await shown(madeUp.at(-1) as string)
    expect(finds()).toBe(1_502)
  })

  it('[APK4] the use of a key is told once an hour', async () => {
    const { make, shown, known, pass } = aWorld()
    const { key, id } = await make()
    await shown(key)
    expect([known.noteUse(id), known.noteUse(id)]).toEqual([true, false])
    pass(3_600_000)
    await shown(key)
    expect(known.noteUse(id)).toBe(true)
  })
})
