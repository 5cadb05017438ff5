/**
 * Redacted: a secret that nobody prints by mistake. Text, JSON and inspection of it say only that there is one.
 *
 * `scrub` is the second net: what looks like one of our credentials is taken out of every line before it is written,
 * also where it came in with the message of somebody else's error.
 */

const INSPECT = Symbol.for('nodejs.util.inspect.custom')
const SHOWN = '[redacted]'

export class Redacted {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** The secret itself, for whoever compares or signs with it. */
  reveal(): string {
    return this.#secret
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [INSPECT](): string {
    return SHOWN
  }
}

/** Keys, tokens of sessions, and JWTs. */
const CREDENTIALS = /etsk_\w+|s1_[\w-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** The text without anything that looks like a credential. */
export const scrub = (text: string): string => text.replaceAll(CREDENTIALS, SHOWN)
