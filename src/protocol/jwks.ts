/** `[vars.JWKS]`: the issuer whose tokens are taken beside our own, and what is asked of them. */
import * as v from 'valibot'
import { TenantName } from './names.ts'

/** Public-key algorithms alone: whoever checks a token must not be able to make one. */
const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] as const

export const JwksSchema = v.strictObject({
  url: v.pipe(v.string(), v.url(), v.startsWith('https://', 'keys are fetched over https')),
  issuer: v.pipe(v.string(), v.minLength(1)),
  audience: v.pipe(v.string(), v.minLength(1)),
  algorithms: v.optional(v.pipe(v.array(v.picklist(ALGORITHMS)), v.minLength(1)), [
    'ES256',
    'RS256',
    'EdDSA',
  ]),
  /** Whose processes such tokens are for, or the claim that says so. Without either: the tenant without a name. */
  tenant: v.optional(TenantName),
  tenantClaim: v.optional(v.pipe(v.string(), v.minLength(1))),
})
export type Jwks = v.InferOutput<typeof JwksSchema>
