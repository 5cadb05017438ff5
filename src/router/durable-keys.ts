/** The store of keys that is the key ring, a Durable Object. */
import type { KeyRing } from '../process/key-ring.ts'
import { KEY_RING, type KeyStore } from '../security/key-store.ts'
import { refusalOfFailure } from './failure.ts'

export function durableKeyStore(rings: DurableObjectNamespace<KeyRing>): KeyStore {
  /** Calls the ring through a fresh stub: after a failure a stub may stay broken. */
  const called = async <T>(call: (ring: KeyStore) => Promise<T>): Promise<T> => {
    try {
      // Written out as an interface for the same reason as in `durable-tables`.
      return await call(rings.getByName(KEY_RING) as unknown as KeyStore)
    } catch (error) {
      throw refusalOfFailure(error)
    }
  }
  return {
    find: (id) => called((ring) => ring.find(id)),
    list: (tenant, after) => called((ring) => ring.list(tenant, after)),
    create: (record) => called((ring) => ring.create(record)),
    rotate: (id, hash, overlapMs) => called((ring) => ring.rotate(id, hash, overlapMs)),
    revoke: (id) => called((ring) => ring.revoke(id)),
    used: (id) => called((ring) => ring.used(id)),
    failed: (client) => called((ring) => ring.failed(client)),
    mint: (id) => called((ring) => ring.mint(id)),
  }
}
