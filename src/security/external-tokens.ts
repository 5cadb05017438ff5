/**
 * Tokens of somebody else's issuer, whose public keys are at a URL (`[vars.JWKS]`). Nobody else's are taken.
 *
 * Public-key algorithms alone, of the configured ones; issuer, audience and end are asked for. What a token allows is in
 * its `scope`, in our words; other words are passed over. Its tenant is configured, or is in a claim that is.
 *
 * Limits: a set of keys of {@link MAX_SET_BYTES} within {@link FETCH_TIMEOUT_MS}; it is kept for {@link FRESH_MS}, and asked for
 *         again when a key is not in it, but not within {@link RETRY_AFTER_MS}; where it cannot be had, the one before is
 *         good for {@link MAX_AGE_MS}.
 * Source: RFC 7517, RFC 8725.
 */
import { decode, verifyWithJwks } from 'hono/jwt'
import * as v from 'valibot'
import type { Jwks } from '../protocol/jwks.ts'
import { TenantName } from '../protocol/names.ts'
import { Grants, GrantWords } from './grants.ts'
import type { Principal } from './principal.ts'
import { type SeenToken, SeenTokens } from './seen-tokens.ts'

const MAX_SET_BYTES = 64 * 1024
const FETCH_TIMEOUT_MS = 3_000
const FRESH_MS = 10 * 60_000
const RETRY_AFTER_MS = 30_000
const MAX_AGE_MS = 60 * 60_000

const KeySet = v.object({
  keys: v.pipe(v.array(v.looseObject({ kty: v.string(), kid: v.string() })), v.maxLength(100)),
})
type Keys = v.InferOutput<typeof KeySet>['keys']

const Claims = v.looseObject({
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  exp: v.number(),
  scope: v.string(),
})

export class ExternalTokens {
  readonly #jwks: Jwks
  readonly #clock: () => number
  readonly #fetch: typeof fetch
  readonly #seen = new SeenTokens()
  #keys: { readonly list: Keys; readonly loadedAtMs: number } | undefined
  #askedAtMs = Number.NEGATIVE_INFINITY

  constructor(jwks: Jwks, clock: () => number, fetcher: typeof fetch = (...request) => fetch(...request)) {
    this.#jwks = jwks
    this.#clock = clock
    this.#fetch = fetcher
  }

  /** Whose token it is; `undefined` when it is not good, whatever is wrong with it. */
  async read(token: string): Promise<Principal | undefined> {
    const seen = this.#seen.find(token) ?? (await this.#check(token))
    return seen !== undefined && this.#clock() < seen.expiresAtMs ? seen.principal : undefined
  }

  async #check(token: string): Promise<SeenToken | undefined> {
    const { issuer, audience, algorithms } = this.#jwks
    const kid = kidOf(token, issuer)
    const keys = kid === undefined ? undefined : await this.#keysWith(kid)
    if (keys === undefined) return undefined
    const verification = { iss: issuer, aud: audience }
    // Every reason is one answer, and the error has the token in its text.
    const claims = await verifyWithJwks(token, { keys, allowedAlgorithms: algorithms, verification }).catch(
      () => undefined,
    )
    const checked = v.safeParse(Claims, claims)
    if (!checked.success) return undefined
    const principal = this.#principalOf(checked.output)
    return principal && this.#seen.keep(token, { principal, expiresAtMs: checked.output.exp * 1000 })
  }

  #principalOf(claims: v.InferOutput<typeof Claims>): Principal | undefined {
    const { tenant = '', tenantClaim } = this.#jwks
    const whose = tenantClaim === undefined ? tenant : claims[tenantClaim]
    const words = claims.scope.split(' ').filter((word) => v.is(GrantWords, [word]))
    if (whose !== '' && !v.is(TenantName, whose)) return undefined
    if (!v.is(GrantWords, words) || (tenantClaim !== undefined && whose === '')) return undefined
    // No id of a key has a colon: nobody can be called as a key is.
    return { tenant: whose as string, key: `sub:${claims.sub}`, grants: new Grants(words), isToken: true }
  }

  /** The keys, when the one of that id is among them. */
  async #keysWith(kid: string): Promise<Keys | undefined> {
    const has = () => this.#keys?.list.some((key) => key.kid === kid) ?? false
    const nowMs = this.#clock()
    const ageMs = nowMs - (this.#keys?.loadedAtMs ?? Number.NEGATIVE_INFINITY)
    if ((!has() || ageMs > FRESH_MS) && nowMs - this.#askedAtMs >= RETRY_AFTER_MS) {
      const list = await this.#load().catch(() => undefined)
      // Noted when it is over: requests that come meanwhile ask for themselves, and none is refused for being second.
      this.#askedAtMs = nowMs
      if (list !== undefined) this.#keys = { list, loadedAtMs: nowMs }
    }
    const isTooOld = this.#clock() - (this.#keys?.loadedAtMs ?? 0) > MAX_AGE_MS
    return has() && !isTooOld ? this.#keys?.list : undefined
  }

  async #load(): Promise<Keys> {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS)
    const answer = await this.#fetch(this.#jwks.url, { signal, redirect: 'error' })
    if (!answer.ok) throw new Error(`the keys are answered with ${answer.status}`)
    let text = ''
    const utf8 = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      text += utf8.decode(chunk, { stream: true })
      if (text.length > MAX_SET_BYTES) throw new Error('the set of keys is too large')
    }
    return v.parse(KeySet, JSON.parse(text)).keys
  }
}

/** The id of the key that a token of that issuer names; nothing of it is known to be true yet. */
function kidOf(token: string, issuer: string): string | undefined {
  try {
    const { header, payload } = decode(token)
    return payload.iss === issuer ? header.kid : undefined
  } catch {
    return undefined
  }
}
