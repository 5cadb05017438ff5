/** Rules of keys: which secrets are good, what rotation leaves, what may be shown. */
import type { KeyInfo, KeyRecord, KeySecret } from '../protocol/keys.ts'
import { isSameKey } from './api-key.ts'

/** One for whoever has changed over, one for whoever has not. */
const MAX_SECRETS = 2

/** The last use is written at most so often: a key that is used all day costs 24 rows. */
const USE_RESOLUTION_MS = 60 * 60 * 1000

const isOver = (expiresAtMs: number | null, nowMs: number): boolean =>
  expiresAtMs !== null && nowMs >= expiresAtMs

export const isLiveKey = ({ expiresAtMs }: KeyRecord, nowMs: number): boolean => !isOver(expiresAtMs, nowMs)

/** Whether a secret of that hash opens anything now. Every secret is compared, and each in constant time. */
export function hasSecret(record: KeyRecord, hash: string, nowMs: number): boolean {
  let found = false
  for (const secret of record.secrets) {
    if (isSameKey(secret.hash, hash) && !isOver(secret.expiresAtMs, nowMs)) found = true
  }
  return found && isLiveKey(record, nowMs)
}

/** The record with a new secret. The one before ends after `overlapMs` at the latest, any older one now. */
export function rotated(record: KeyRecord, hash: string, overlapMs: number, nowMs: number): KeyRecord {
  const endsAtMs = nowMs + overlapMs
  const kept = record.secrets
    .slice(0, MAX_SECRETS - 1)
    .map((secret) => ({ ...secret, expiresAtMs: Math.min(secret.expiresAtMs ?? endsAtMs, endsAtMs) }))
    .filter(({ expiresAtMs }) => !isOver(expiresAtMs, nowMs))
  const added: KeySecret = { hash, createdAtMs: nowMs, expiresAtMs: null }
  return { ...record, secrets: [added, ...kept] }
}

/** Whether a use now is worth writing down. */
export const isNewUse = ({ lastUsedAtMs }: KeyRecord, nowMs: number): boolean =>
  lastUsedAtMs === null || nowMs - lastUsedAtMs >= USE_RESOLUTION_MS

/** What may be shown of a key: everything but the hashes. */
export const infoOf = ({ secrets, ...rest }: KeyRecord): KeyInfo => ({
  ...rest,
  secrets: secrets.map(({ hash: _, ...secret }) => secret),
})

/** The hash under which a key is kept. */
export async function hashOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
