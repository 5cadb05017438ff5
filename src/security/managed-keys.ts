/** Keys as an admin manages them. The secrets are made here, and only their hashes go to the store. */
import { EtsError } from '../engine/error.ts'
import type { KeyRecord, Keys } from '../protocol/keys.ts'
import { unwrap } from '../protocol/reply.ts'
import { generateApiKey, keyIdOf } from './api-key.ts'
import { hashOf, infoOf } from './key-record.ts'
import type { KeyStore } from './key-store.ts'

/** The keys that an admin of `tenant` manages. `changed` is told of a key that is not what it was. */
export function managedKeys(store: KeyStore, tenant: string, changed: (id: string) => void): Keys {
  const isMine = (record: KeyRecord): boolean => tenant === '' || record.tenant === tenant
  const mine = async (id: string): Promise<KeyRecord> => {
    const record = await store.find(id)
    if (record === null || !isMine(record)) throw new EtsError('no_such_key', { id })
    return record
  }
  return {
    async list(after) {
      const records = await store.list(tenant === '' ? null : tenant, after ?? null)
      return records.map(infoOf)
    },
    find: async (id) => infoOf(await mine(id)),
    async create(wanted) {
      if (tenant !== '' && wanted.tenant !== tenant) {
        throw new EtsError('forbidden', { message: 'the key may make keys of its own tenant alone' })
      }
      const key = generateApiKey()
      const createdAtMs = Date.now()
      const record: KeyRecord = {
        ...wanted,
        id: keyIdOf(key),
        createdAtMs,
        lastUsedAtMs: null,
        secrets: [{ hash: await hashOf(key), createdAtMs, expiresAtMs: null }],
      }
      unwrap(await store.create(record))
      return { ...infoOf(record), key }
    },
    async rotate(id, overlapMs) {
      await mine(id)
      const key = generateApiKey(id)
      const hash = await hashOf(key)
      const record = await store.rotate(id, hash, overlapMs)
      changed(id)
      if (record === null) throw new EtsError('no_such_key', { id })
      return { ...infoOf(record), key }
    },
    async revoke(id) {
      await mine(id)
      await store.revoke(id)
      changed(id)
    },
  }
}
