/** Security of one isolate: who may call, put together from what is known of keys and tokens. */
import { EtsError } from '../engine/error.ts'
import type { Redacted } from '../observe/redacted.ts'
import type { Jwks } from '../protocol/jwks.ts'
import { Authenticator, adminOf } from './authenticate.ts'
import { ExternalTokens } from './external-tokens.ts'
import { type KeyDirectory, KnownKeys } from './known-keys.ts'
import type { Principal } from './principal.ts'
import { Tokens } from './token.ts'

/** Whose credential it is, and the address that it came from where that is known. Errors: `unauthorized`, `rate_limited`. */
export type Authenticate = (credential: string, address: string | undefined) => Principal | Promise<Principal>

/** Who may call: whoever is known, or nobody and why. */
export type Access = { readonly authenticate: Authenticate } | { readonly closedBecause: string }

export interface Security {
  readonly access: Access
  readonly mint: Tokens['mint']
  /** Told of a key that is not what it was. */
  readonly changed: (id: string) => void
}

export interface SecurityParts {
  readonly adminKey: Redacted
  readonly tokenSecret: Redacted
  readonly audience: string
  readonly directory: KeyDirectory
  /** The issuer whose tokens are taken, too. */
  readonly jwks?: Jwks | undefined
  readonly clock: () => number
}

export function openSecurity(parts: SecurityParts): Security {
  const { adminKey, tokenSecret, audience, directory, jwks, clock } = parts
  const known = new KnownKeys(directory, clock)
  const admin = adminOf(adminKey.reveal())
  const tokens = new Tokens({ admin, secret: tokenSecret, audience, known, directory, clock })
  const readers = [tokens, ...(jwks === undefined ? [] : [new ExternalTokens(jwks, clock)])]
  const authenticator = new Authenticator({ adminKey, known, directory, tokens: readers, clock })
  return {
    access: { authenticate: (credential, address) => authenticator.authenticate(credential, address) },
    mint: (...request) => tokens.mint(...request),
    changed: (id) => known.forget(id),
  }
}

/** Nobody may call. */
export const closed = (closedBecause: string): Security => ({
  access: { closedBecause },
  mint: () => Promise.reject(new EtsError('unconfigured', { message: closedBecause })),
  changed: () => {},
})
