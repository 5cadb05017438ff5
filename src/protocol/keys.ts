/** Keys: what is kept of them, and how they are managed. The secret itself is shown once and kept nowhere. */
import * as v from 'valibot'

/** One of at most two secrets that a key has at a time. */
export interface KeySecret {
  /** SHA-256 of the whole key. It has 190 random bits, so it needs neither salt nor slowness. */
  readonly hash: string
  readonly createdAtMs: number
  /** `null`: as long as the key itself. */
  readonly expiresAtMs: number | null
}

export interface KeyRecord {
  readonly id: string
  /** What people call it. */
  readonly name: string
  readonly tenant: string
  readonly grants: readonly string[]
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  /** Within an hour; `null` when it was never used. */
  readonly lastUsedAtMs: number | null
  /** The newest first. */
  readonly secrets: readonly KeySecret[]
}

/** A key as its managers see it. */
export type KeyInfo = Omit<KeyRecord, 'secrets'> & {
  readonly secrets: readonly Omit<KeySecret, 'hash'>[]
}

/** A key that was just made or given a new secret, which nobody will see again. */
export type MadeKey = KeyInfo & { readonly key: string }

export interface NewKey {
  readonly name: string
  readonly grants: readonly string[]
  readonly tenant: string
  readonly expiresAtMs: number | null
}

export const KeyId = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z]{8}$/, 'the id of a key is 8 letters and digits'),
)

/** The keys that a manager may see: those of its tenant; all of them for the tenant without a name. */
export interface Keys {
  /** By id, a page, those after `after`. */
  list(after?: string): Promise<readonly KeyInfo[]>
  /** Errors: `no_such_key`. */
  find(id: string): Promise<KeyInfo>
  /** Errors: `forbidden` for another tenant, `too_large` for one key too many. */
  create(wanted: NewKey): Promise<MadeKey>
  /** Gives a key a new secret; the one before is good for `overlapMs` more. Errors: `no_such_key`. */
  rotate(id: string, overlapMs: number): Promise<MadeKey>
  /** Errors: `no_such_key`. */
  revoke(id: string): Promise<void>
}
