/**
 * Grants: what a key or a token allows, as words such as `read`, `write:shop.*` and `admin`.
 *
 * A word is a scope, and for `read` and `write` a pattern of tables, `*` unless given. Each scope takes in the one
 * before it: whoever writes may read, and `admin` is everything within the tenant.
 *
 * Cost: O(words); none where the key has `admin`.
 */
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'
import { matches, Pattern } from '../protocol/pattern.ts'

export const SCOPES = ['read', 'write', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** Words of one key: several for each of its tables' groups, few enough to go through at each call. */
const MAX_WORDS = 32

const Word = v.pipe(
  v.string(),
  v.regex(/^(read|write|admin)(:[^:]*)?$/, 'a grant is read, write or admin, as in write:shop.*'),
  v.check((word) => {
    const [scope, pattern] = partsOf(word)
    return scope === 'admin' ? !word.includes(':') : v.is(Pattern, pattern)
  }, 'a grant ends in a pattern of tables, and admin in none'),
)

export const GrantWords = v.pipe(
  v.array(Word),
  v.minLength(1, 'at least one grant is wanted'),
  v.maxLength(MAX_WORDS, `there are at most ${MAX_WORDS} grants`),
)

export class Grants {
  readonly words: readonly string[]
  readonly isAdmin: boolean
  readonly #patterns: { readonly read: readonly string[]; readonly write: readonly string[] }

  constructor(words: readonly string[]) {
    const parts = words.map(partsOf)
    const writes = patternsOf(parts, 'write')
    this.words = words
    this.isAdmin = words.includes('admin')
    this.#patterns = { read: [...patternsOf(parts, 'read'), ...writes], write: writes }
  }

  /** Whether they allow it on a table; without one, on any table at all. A pattern may stand for the table. */
  allow(scope: Scope, table?: string): boolean {
    if (this.isAdmin) return true
    if (scope === 'admin') return false
    const patterns = this.#patterns[scope]
    return table === undefined ? patterns.length > 0 : patterns.some((pattern) => matches(pattern, table))
  }

  /** Whether everything that `words` would allow is allowed by these. */
  include(words: readonly string[]): boolean {
    return words.map(partsOf).every(([scope, pattern]) => this.allow(scope, pattern))
  }

  /** Errors: `forbidden`, saying which grant is missing. */
  demand(scope: Scope, table?: string): void {
    if (this.allow(scope, table)) return
    const needs = table === undefined ? scope : `${scope}:${table}`
    throw new EtsError('forbidden', { message: `the key lacks the grant ${needs}`, needs })
  }
}

function partsOf(word: string): [Scope, string] {
  const [scope, pattern = '*'] = word.split(':')
  return [scope as Scope, pattern]
}

const patternsOf = (parts: readonly [Scope, string][], wanted: Scope): string[] =>
  parts.filter(([scope]) => scope === wanted).map(([, pattern]) => pattern)
