/**
 * Whose credential it is: the admin key's, another key's, or a token's.
 *
 * A key that the isolate knows is answered at once, and a token is checked by its signature. A key that is new to it asks the key
 * ring, and a client that shows too many credentials that are not good is refused before it does (`FAILED_ATTEMPTS`).
 */
import { EtsError } from '../engine/error.ts'
import type { Redacted } from '../observe/redacted.ts'
import { FAILED_ATTEMPTS, MAX_CREDENTIAL_LENGTH } from '../protocol/limits.ts'
import { subscriberOf } from '../protocol/network.ts'
import { isApiKey, isSameKey, keyIdOf } from './api-key.ts'
import { Grants } from './grants.ts'
import type { KeyDirectory, KnownKeys } from './known-keys.ts'
import type { Principal } from './principal.ts'
import { tooOften } from './rate.ts'

/** Tells whose token it is; `undefined` when it is not good. */
export interface TokenReader {
  read(token: string): Principal | undefined | Promise<Principal | undefined>
}

export interface AuthenticatorParts {
  readonly adminKey: Redacted
  readonly known: KnownKeys
  readonly directory: KeyDirectory
  /** Those that may know whose a token is, in the order they are asked. */
  readonly tokens: readonly TokenReader[]
  readonly clock: () => number
}

/** Clients of an isolate that are refused for a while. */
const MAX_BLOCKED = 1_000

export class Authenticator {
  readonly #parts: AuthenticatorParts
  readonly #admin: Principal
  /** Until when a client is refused. */
  readonly #blocked = new Map<string, number>()

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts
    this.#admin = adminOf(parts.adminKey.reveal())
  }

  /**
   * Whose credential it is. `address` is where the request comes from, as far as that is known.
   *
   * Errors: `unauthorized`, whatever is wrong with it; `rate_limited` for a client that tried too often.
   */
  authenticate(credential: string, address: string | undefined): Principal | Promise<Principal> {
    const { adminKey, known } = this.#parts
    if (isSameKey(credential, adminKey.reveal())) return this.#admin
    if (credential.length > MAX_CREDENTIAL_LENGTH) throw notKnown()
    if (credential.includes('.')) return this.#identifyToken(credential, address)
    return known.recognise(credential) ?? this.#identifyKey(credential, address)
  }

  async #identifyKey(key: string, address: string | undefined): Promise<Principal> {
    if (!isApiKey(key)) throw invalid('this is not a key; a letter is wrong')
    const { known, directory } = this.#parts
    this.#refuseBlocked(address)
    const principal = await known.identify(key)
    if (principal === undefined) return this.#fail(address)
    // Nobody is kept waiting or turned away because that cannot be written down.
    if (known.noteUse(keyIdOf(key))) await directory.used(keyIdOf(key)).catch(() => {})
    return principal
  }

  /** A good token is taken from whoever sends it: others may have the same address, and checking it asks nobody for them. */
  async #identifyToken(token: string, address: string | undefined): Promise<Principal> {
    for (const reader of this.#parts.tokens) {
      const principal = await reader.read(token)
      if (principal !== undefined) return principal
    }
    this.#refuseBlocked(address)
    return this.#fail(address)
  }

  /** Counts an attempt that failed. Errors: always; `rate_limited` when it was one too many. */
  async #fail(address: string | undefined): Promise<never> {
    if (address === undefined) throw notKnown()
    const client = subscriberOf(address)
    const state = await this.#parts.directory.failed(client)
    if (state.allowed) throw notKnown()
    this.#blocked.set(client, this.#parts.clock() + state.retryAfterMs)
    if (this.#blocked.size > MAX_BLOCKED) this.#blocked.delete(this.#blocked.keys().next().value as string)
    throw tooOften(FAILED_ATTEMPTS, state.retryAfterMs)
  }

  #refuseBlocked(address: string | undefined): void {
    if (address === undefined) return
    const client = subscriberOf(address)
    const untilMs = this.#blocked.get(client)
    if (untilMs === undefined) return
    const retryAfterMs = untilMs - this.#parts.clock()
    if (retryAfterMs > 0) throw tooOften(FAILED_ATTEMPTS, retryAfterMs)
    this.#blocked.delete(client)
  }
}

/** Whoever has the admin key: everything, in the tenant without a name. */
export const adminOf = (adminKey: string): Principal => ({
  tenant: '',
  key: keyIdOf(adminKey),
  grants: new Grants(['admin']),
})

const notKnown = (): EtsError => invalid('this key is not known')

const invalid = (message: string): EtsError =>
  new EtsError('unauthorized', { message, error: 'invalid_token' })
