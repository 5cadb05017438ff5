/**
 * Tokens: a part of what a key may, for minutes, as a JWT.
 *
 * Signed with HMAC-SHA-256 and nothing else: whoever checks them is who made them, so a public key would be of no use
 * and cost ten times the time. The signing key is derived from `TOKEN_SECRET`, or from the admin key where there is
 * none: a new one of either ends every token. A token is good while its key is, and never allows what its key does not.
 *
 * Cost:   a token that was seen before costs a look-up and a comparison in constant time; a new one an HMAC.
 * Limits: {@link MAX_TTL_MS}.
 * Source: RFC 7519, RFC 8725 (best current practice); claims as in RFC 9068.
 */
import { sign, verify } from 'hono/jwt'
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import type { Redacted } from '../observe/redacted.ts'
import { MINTED_TOKENS } from '../protocol/limits.ts'
import { Grants, GrantWords } from './grants.ts'
import type { KeyDirectory, KnownKeys } from './known-keys.ts'
import { demandKey, type Principal } from './principal.ts'
import { type RateState, tooOften } from './rate.ts'
import { type SeenToken, SeenTokens } from './seen-tokens.ts'

/** Long enough for a page that a person looks at; what must last longer has a key. */
export const MAX_TTL_MS = 60 * 60 * 1000
export const DEFAULT_TTL_MS = 5 * 60 * 1000

const ALGORITHM = 'HS256'
const ISSUER = 'edge-ets'

const Claims = v.object({
  sub: v.string(),
  tenant: v.string(),
  scope: v.pipe(
    v.string(),
    v.transform((text) => text.split(' ')),
    GrantWords,
  ),
  exp: v.number(),
})

export interface TokenParts {
  /** The admin key, whose tokens are good without asking. */
  readonly admin: Principal
  readonly secret: Redacted
  /** For whom tokens are; one of another audience is not good here. */
  readonly audience: string
  readonly known: KnownKeys
  readonly directory: Pick<KeyDirectory, 'mint'>
  readonly clock: () => number
}

export interface Minted {
  readonly token: string
  readonly expiresAtMs: number
  /** How many more the key may mint. */
  readonly rate: RateState
}

type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

export class Tokens {
  readonly #parts: TokenParts
  readonly #seen = new SeenTokens()
  #key: SigningKey | undefined

  constructor(parts: TokenParts) {
    this.#parts = parts
  }

  /** Errors: `forbidden` for grants that the key does not have, and for a token; `rate_limited`. */
  async mint(principal: Principal, words: readonly string[], ttlMs: number): Promise<Minted> {
    demandKey(principal)
    if (!principal.grants.include(words)) {
      throw new EtsError('forbidden', { message: 'a token cannot allow more than its key' })
    }
    const { audience, clock, directory } = this.#parts
    const rate = await directory.mint(principal.key)
    if (!rate.allowed) throw tooOften(MINTED_TOKENS, rate.retryAfterMs)
    const iat = Math.floor(clock() / 1000)
    const exp = iat + Math.ceil(ttlMs / 1000)
    const claims = {
      iss: ISSUER,
      aud: audience,
      sub: principal.key,
      tenant: principal.tenant,
      scope: words.join(' '),
      iat,
      exp,
      jti: crypto.randomUUID(),
    }
    const token = await sign(claims, await this.#signingKey(), ALGORITHM)
    return { token, expiresAtMs: exp * 1000, rate }
  }

  /** Whose token it is; `undefined` when it is not good, whatever is wrong with it. */
  async read(token: string): Promise<Principal | undefined> {
    const seen = this.#seen.find(token) ?? (await this.#check(token))
    if (seen === undefined || this.#parts.clock() >= seen.expiresAtMs) return undefined
    return (await this.#isKeyGood(seen.principal)) ? seen.principal : undefined
  }

  async #check(token: string): Promise<SeenToken | undefined> {
    const { audience } = this.#parts
    const options = { alg: ALGORITHM, iss: ISSUER, aud: audience, typ: 'JWT' } as const
    // Every reason is one answer, and the error has the token in its text.
    const claims = await verify(token, await this.#signingKey(), options).catch(() => undefined)
    const checked = v.safeParse(Claims, claims)
    if (!checked.success) return undefined
    const { sub, tenant, scope, exp } = checked.output
    const principal: Principal = { tenant, key: sub, grants: new Grants(scope), isToken: true }
    return this.#seen.keep(token, { principal, expiresAtMs: exp * 1000 })
  }

  /** Whether the key that minted it is still there, and still allows as much. */
  async #isKeyGood({ key, tenant, grants }: Principal): Promise<boolean> {
    const { admin, known } = this.#parts
    if (key === admin.key && tenant === admin.tenant) return true
    const record = await known.standing(key)
    return record !== undefined && record.tenant === tenant && new Grants(record.grants).include(grants.words)
  }

  /** Derived once an isolate. The key is kept and not the promise of it, which no other request may wait for. */
  async #signingKey(): Promise<SigningKey> {
    this.#key ??= await derivedKey(this.#parts.secret.reveal())
    return this.#key
  }
}

async function derivedKey(secret: string): Promise<SigningKey> {
  const utf8 = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8.encode('edge-ets token v1') },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  )
}
