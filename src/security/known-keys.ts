/**
 * Known keys: what an isolate remembers of the keys it was shown, so that checking one asks nobody.
 *
 * What is known of a key is at most {@link MAX_STALENESS_MS} old: a revocation holds everywhere by then. While a key
 * is in use one request in {@link REFRESH_AFTER_MS} asks again and the others go on meanwhile. Requests with a key
 * that is new to the isolate each ask for themselves, as none may wait for what another request has begun.
 *
 * Cost:   a look-up in a map and a comparison in constant time.
 * Limits: {@link MAX_KNOWN} keys, and apart from them as many ids that are none, so that made-up ones push out
 *         nothing; the one that was asked for longest ago is forgotten.
 */
import type { KeyRecord } from '../protocol/keys.ts'
import { isSameKey, keyIdOf } from './api-key.ts'
import { Grants } from './grants.ts'
import { hashOf, hasSecret, isLiveKey, isNewUse } from './key-record.ts'
import type { KeyStore } from './key-store.ts'
import type { Principal } from './principal.ts'

/** A revoked key opens nothing after this long, wherever it is shown. */
export const MAX_STALENESS_MS = 10_000
const REFRESH_AFTER_MS = 5_000
/** When whoever asks again has not come back by then, another one asks. */
const REFRESH_TIMEOUT_MS = 2_000
const MAX_KNOWN = 1_000
/** Both secrets of a key, while it is rotated. */
const MAX_VERIFIED = 2

/** What is asked of the store while requests are admitted. */
export type KeyDirectory = Pick<KeyStore, 'find' | 'used' | 'failed' | 'mint'>

interface Verified {
  readonly text: string
  readonly hash: string
}

interface Known {
  readonly record: KeyRecord
  readonly principal: Principal
  readonly loadedAtMs: number
  /** When somebody began to ask again. */
  refreshingSinceMs: number
  /** What was shown and found to be right, so that it need not be hashed again. */
  verified: readonly Verified[]
}

export class KnownKeys {
  readonly #directory: KeyDirectory
  readonly #clock: () => number
  readonly #known = new Map<string, Known>()
  /** Until when an id is known to be none. */
  readonly #unknown = new Map<string, number>()

  constructor(directory: KeyDirectory, clock: () => number) {
    this.#directory = directory
    this.#clock = clock
  }

  /** Whose key it is if that is known by now; `undefined` when somebody has to be asked. */
  recognise(key: string): Principal | undefined {
    const nowMs = this.#clock()
    const known = this.#current(keyIdOf(key), nowMs)
    if (known === undefined) return undefined
    for (const { text, hash } of known.verified) {
      if (isSameKey(text, key)) return hasSecret(known.record, hash, nowMs) ? known.principal : undefined
    }
    return undefined
  }

  /** Whose key it is, or `undefined` when it is nobody's. `key` has the form of a key. */
  async identify(key: string): Promise<Principal | undefined> {
    const id = keyIdOf(key)
    const [loaded, hash] = await Promise.all([this.#load(id), hashOf(key)])
    const isRight = (each: Known | undefined) =>
      each !== undefined && hasSecret(each.record, hash, this.#clock())
    let known = loaded
    // It may have been given another secret since.
    if (known !== undefined && !isRight(known)) known = await this.#ask(id, known)
    if (known === undefined || !isRight(known)) return undefined
    const others = known.verified.filter(({ text }) => text !== key)
    known.verified = [{ text: key, hash }, ...others].slice(0, MAX_VERIFIED)
    return known.principal
  }

  /** What is known of the key of that id, whichever secret it has; `undefined` when there is none any more. */
  standing(id: string): KeyRecord | undefined | Promise<KeyRecord | undefined> {
    const nowMs = this.#clock()
    const known = this.#current(id, nowMs)
    if (known !== undefined) return isLiveKey(known.record, nowMs) ? known.record : undefined
    return this.#load(id).then((loaded) =>
      loaded !== undefined && isLiveKey(loaded.record, this.#clock()) ? loaded.record : undefined,
    )
  }

  /** What is known of a key if it is new enough, and nobody needs to ask again. */
  #current(id: string, nowMs: number): Known | undefined {
    const known = this.#known.get(id)
    if (known === undefined) return undefined
    const ageMs = nowMs - known.loadedAtMs
    if (ageMs < REFRESH_AFTER_MS) return known
    const isBeingAsked = nowMs - known.refreshingSinceMs < REFRESH_TIMEOUT_MS
    return ageMs < MAX_STALENESS_MS && isBeingAsked ? known : undefined
  }

  async #load(id: string): Promise<Known | undefined> {
    const askedAtMs = this.#clock()
    const before = this.#known.get(id)
    if (before !== undefined && askedAtMs - before.loadedAtMs < REFRESH_AFTER_MS) return before
    if (askedAtMs < (this.#unknown.get(id) ?? 0)) return undefined
    return this.#ask(id, before)
  }

  async #ask(id: string, before: Known | undefined): Promise<Known | undefined> {
    const askedAtMs = this.#clock()
    if (before !== undefined) before.refreshingSinceMs = askedAtMs
    let record: KeyRecord | null
    try {
      record = await this.#directory.find(id)
    } catch (error) {
      if (before !== undefined && this.#clock() - before.loadedAtMs < MAX_STALENESS_MS) return before
      throw error
    }
    if (record === null) {
      this.#known.delete(id)
      keep(this.#unknown, id, askedAtMs + MAX_STALENESS_MS)
      return undefined
    }
    return this.#remember(record, askedAtMs)
  }

  #remember(record: KeyRecord, askedAtMs: number): Known {
    const { id, tenant, grants } = record
    const before = this.#known.get(id)
    // An answer that was overtaken by a later one tells nothing new.
    if (before !== undefined && before.loadedAtMs > askedAtMs) return before
    const known: Known = {
      record,
      principal: { tenant, key: id, grants: new Grants(grants) },
      loadedAtMs: askedAtMs,
      refreshingSinceMs: 0,
      verified: before?.verified ?? [],
    }
    keep(this.#known, id, known)
    return known
  }

  /** Whether it is time to say that a key is in use. */
  noteUse(id: string): boolean {
    const known = this.#known.get(id)
    if (known === undefined || !isNewUse(known.record, this.#clock())) return false
    keep(this.#known, id, { ...known, record: { ...known.record, lastUsedAtMs: this.#clock() } })
    return true
  }

  /** Forgets a key that was changed here, so that at least this isolate knows at once. */
  forget(id: string): void {
    this.#known.delete(id)
    this.#unknown.delete(id)
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > MAX_KNOWN) map.delete(map.keys().next().value as string)
}
