/**
 * KeyRing: the keys of the service, one object. It knows hashes alone, and counts what must be counted exactly.
 *
 * No call of a client goes through it: isolates remember what they are told of a key for some seconds
 * (`security/known-keys`), so it is asked once per key, isolate and those seconds.
 *
 * Cost:   one row read a lookup; one row written a change, and one an hour for a key that is used.
 * Limits: {@link MAX_KEYS_PER_TENANT}; counts of attempts are in memory and begin anew when it idles.
 */
import { DurableObject } from 'cloudflare:workers'
import { EtsError } from '../engine/error.ts'
import type { KeyRecord } from '../protocol/keys.ts'
import { FAILED_ATTEMPTS, MAX_KEYS_PER_TENANT, MAX_LISTED, MINTED_TOKENS } from '../protocol/limits.ts'
import { type Reply, replyOf } from '../protocol/reply.ts'
import { isNewUse, rotated } from '../security/key-record.ts'
import type { KeyStore } from '../security/key-store.ts'
import { type RateState, Rates } from '../security/rate.ts'

/** Its methods are those of a {@link KeyStore}, at once. */
type Served = { [Method in keyof KeyStore]: (...args: Parameters<KeyStore[Method]>) => unknown }

export class KeyRing extends DurableObject<object> implements Served {
  readonly #sql: SqlStorage
  readonly #failures = new Rates(FAILED_ATTEMPTS)
  readonly #mints = new Rates(MINTED_TOKENS)

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS keys (tenant TEXT NOT NULL, key_id TEXT NOT NULL, record TEXT NOT NULL, ' +
        'PRIMARY KEY (key_id)) WITHOUT ROWID',
    )
  }

  find(keyId: string): KeyRecord | null {
    const [row] = this.#sql.exec<{ record: string }>('SELECT record FROM keys WHERE key_id = ?', keyId)
    return row === undefined ? null : JSON.parse(row.record)
  }

  list(tenant: string | null, after: string | null): KeyRecord[] {
    const rows = this.#sql.exec<{ record: string }>(
      'SELECT record FROM keys WHERE key_id > ? AND (? IS NULL OR tenant = ?) ORDER BY key_id LIMIT ?',
      ...[after ?? '', tenant, tenant, MAX_LISTED],
    )
    return Array.from(rows, ({ record }) => JSON.parse(record))
  }

  create(record: KeyRecord): Promise<Reply<null>> {
    return replyOf(() => {
      const { count } = this.#sql
        .exec<{ count: number }>('SELECT count(*) AS count FROM keys WHERE tenant = ?', record.tenant)
        .one()
      if (count >= MAX_KEYS_PER_TENANT) {
        throw new EtsError('too_large', { what: 'keys of one tenant', limit: MAX_KEYS_PER_TENANT })
      }
      this.#put(record)
      return null
    })
  }

  rotate(keyId: string, hash: string, overlapMs: number): KeyRecord | null {
    const record = this.find(keyId)
    if (record === null) return null
    const next = rotated(record, hash, overlapMs, Date.now())
    this.#put(next)
    return next
  }

  revoke(keyId: string): void {
    this.#sql.exec('DELETE FROM keys WHERE key_id = ?', keyId)
  }

  used(keyId: string): void {
    const record = this.find(keyId)
    const nowMs = Date.now()
    if (record !== null && isNewUse(record, nowMs)) this.#put({ ...record, lastUsedAtMs: nowMs })
  }

  failed(client: string): RateState {
    return this.#failures.take(client, Date.now())
  }

  mint(keyId: string): RateState {
    return this.#mints.take(keyId, Date.now())
  }

  #put(record: KeyRecord): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO keys (tenant, key_id, record) VALUES (?, ?, ?)',
      ...[record.tenant, record.id, JSON.stringify(record)],
    )
  }
}
