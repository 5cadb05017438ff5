/**
 * The cookie that has the token: read by its exact name, written with every attribute that protects it.
 *
 * Source: RFC 6265bis; OWASP ASVS 5.0, V3.3.
 */

export interface CookieOptions {
  /** Default: `__Host-session`, which binds it to the host; with a `domain` `__Secure-session`. */
  readonly name?: string
  /** Default: `Lax`, so that links from elsewhere find the user logged in. */
  readonly sameSite?: 'Lax' | 'Strict' | 'None'
  /** Lets subdomains have it too. Default: this host alone. */
  readonly domain?: string
  /** Keeps it when the browser is closed, until the session's absolute deadline. Default: no. */
  readonly isPersistent?: boolean
  /** For pages within pages of other sites. Default: no. */
  readonly isPartitioned?: boolean
}

/** No browser keeps a cookie for longer. */
const MAX_AGE_S = 400 * 24 * 60 * 60

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/
const DOMAIN = /^[A-Za-z0-9.-]{1,253}$/

export class Cookie {
  readonly name: string
  readonly #attributes: string
  readonly #isPersistent: boolean

  /** Errors: `TypeError` for a name or a domain that is none, and for `__Host-` with a domain. */
  constructor({
    name,
    sameSite = 'Lax',
    domain,
    isPersistent = false,
    isPartitioned = false,
  }: CookieOptions) {
    this.name = name ?? (domain === undefined ? '__Host-session' : '__Secure-session')
    if (!NAME.test(this.name)) throw new TypeError('the name of a cookie is made of letters, digits, _ and -')
    if (domain !== undefined && !DOMAIN.test(domain)) throw new TypeError('this is not a domain')
    if (domain !== undefined && this.name.startsWith('__Host-')) {
      throw new TypeError('a cookie with the prefix __Host- has no domain')
    }
    this.#isPersistent = isPersistent
    this.#attributes = [
      '; Path=/; Secure; HttpOnly; SameSite=',
      sameSite,
      domain === undefined ? '' : `; Domain=${domain}`,
      isPartitioned ? '; Partitioned' : '',
    ].join('')
  }

  /** Its value in a `Cookie` header, or `undefined`: also where it is there twice, as one of them is not ours. */
  read(header: string | undefined): string | undefined {
    const values: string[] = []
    for (const pair of header?.split(';') ?? []) {
      const equals = pair.indexOf('=')
      // Only the blanks that separate pairs are cut: a name with others before it is another name.
      if (pair.slice(0, equals).replace(/^[ \t]*/, '') === this.name)
        values.push(pair.slice(equals + 1).trimEnd())
    }
    return values.length === 1 ? values[0] : undefined
  }

  /** The `Set-Cookie` that gives it. */
  write(token: string, endsAtMs: number, nowMs: number): string {
    const ageS = Math.min(MAX_AGE_S, Math.max(0, Math.floor((endsAtMs - nowMs) / 1000)))
    return `${this.name}=${token}${this.#attributes}${this.#isPersistent ? `; Max-Age=${ageS}` : ''}`
  }

  /** The `Set-Cookie` that takes it away. */
  clear(): string {
    return `${this.name}=${this.#attributes}; Max-Age=0`
  }
}
