/** The key ring in memory, and how often it was called. */
import { EtsError } from '../../src/engine/error.ts'
import type { KeyRecord } from '../../src/protocol/keys.ts'
import { FAILED_ATTEMPTS, MAX_KEYS_PER_TENANT, MINTED_TOKENS } from '../../src/protocol/limits.ts'
import { replyOf } from '../../src/protocol/reply.ts'
import { isNewUse, rotated } from '../../src/security/key-record.ts'
import type { KeyStore } from '../../src/security/key-store.ts'
import { Rates } from '../../src/security/rate.ts'

export interface TestKeyRing {
  readonly store: KeyStore
  readonly records: Map<string, KeyRecord>
  readonly calls: string[]
  /** Makes every call fail. */
  isAway: boolean
}

export function aKeyRing(clock: () => number = Date.now): TestKeyRing {
  const records = new Map<string, KeyRecord>()
  const failures = new Rates(FAILED_ATTEMPTS)
  const mints = new Rates(MINTED_TOKENS)
  const methods: Record<string, (...args: never[]) => unknown> = {
    find: (id: string) => records.get(id) ?? null,
    list: (tenant: string | null, after: string | null) =>
      [...records.values()]
        .filter((each) => each.id > (after ?? '') && (tenant === null || each.tenant === tenant))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    create: (record: KeyRecord) =>
      replyOf(() => {
        if (records.size >= MAX_KEYS_PER_TENANT) throw new EtsError('too_large', { what: 'keys', limit: 0 })
        records.set(record.id, record)
        return null
      }),
    rotate(id: string, hash: string, overlapMs: number) {
      const record = records.get(id)
      if (record === undefined) return null
      records.set(id, rotated(record, hash, overlapMs, clock()))
      return records.get(id)
    },
    revoke: (id: string) => void records.delete(id),
    used(id: string) {
      const record = records.get(id)
      if (record !== undefined && isNewUse(record, clock()))
        records.set(id, { ...record, lastUsedAtMs: clock() })
    },
    failed: (client: string) => failures.take(client, clock()),
    mint: (id: string) => mints.take(id, clock()),
  }
  const calls: string[] = []
  const ring: TestKeyRing = {
    store: {} as KeyStore,
    records,
    calls,
    isAway: false,
  }
  for (const [name, method] of Object.entries(methods)) {
    Object.assign(ring.store, {
      async [name](...args: never[]) {
        calls.push(name)
        if (ring.isAway) throw new EtsError('restarting', { retryAfterMs: 1000 })
        return method(...args)
      },
    })
  }
  return ring
}
