/** The store of keys, as it is asked: records by id, and the counts that must be exact. */
import type { KeyRecord } from '../protocol/keys.ts'
import type { Reply } from '../protocol/reply.ts'
import type { RateState } from './rate.ts'

/** The name of the one key ring. */
export const KEY_RING = 'keys'

export interface KeyStore {
  find(id: string): Promise<KeyRecord | null>
  /** Keys by id, a page; those of a tenant or, without one, all. */
  list(tenant: string | null, after: string | null): Promise<readonly KeyRecord[]>
  /** Errors: `too_large` for one key too many. */
  create(record: KeyRecord): Promise<Reply<null>>
  /** Gives a key a secret of that hash; `null` when there is no such key. */
  rotate(id: string, hash: string, overlapMs: number): Promise<KeyRecord | null>
  revoke(id: string): Promise<void>
  /** Remembers that a key is in use, coarsely. */
  used(id: string): Promise<void>
  /** Counts an attempt of a client with a credential that is not known. */
  failed(client: string): Promise<RateState>
  /** Counts a token that a key wants to mint. */
  mint(id: string): Promise<RateState>
}
