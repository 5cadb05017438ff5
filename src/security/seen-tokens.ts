/** Tokens whose signature was checked, so that it need not be checked again: a look-up and a comparison in constant time. */
import { isSameKey } from './api-key.ts'
import type { Principal } from './principal.ts'

/** Some hundred kilobytes of an isolate; the one that came first is forgotten. */
const MAX_SEEN = 1_000

export interface SeenToken {
  readonly principal: Principal
  readonly expiresAtMs: number
}

export class SeenTokens {
  /** By what was signed, which is no secret without the signature. */
  readonly #seen = new Map<string, SeenToken & { readonly signature: string }>()

  find(token: string): SeenToken | undefined {
    const [signed, signature] = partsOf(token)
    const seen = this.#seen.get(signed)
    return seen !== undefined && isSameKey(seen.signature, signature) ? seen : undefined
  }

  keep(token: string, seen: SeenToken): SeenToken {
    const [signed, signature] = partsOf(token)
    this.#seen.set(signed, { ...seen, signature })
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value as string)
    return seen
  }
}

/** What was signed, and the signature. */
function partsOf(token: string): [string, string] {
  const dot = token.lastIndexOf('.')
  return [token.slice(0, dot), token.slice(dot + 1)]
}
