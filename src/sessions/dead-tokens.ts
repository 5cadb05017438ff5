/**
 * Tokens that are known to be of no session: what is dead stays so, as no verb brings a session back.
 *
 * A browser whose session has ended goes on sending its token. The owner is asked about it once, and the throttle counts
 * it once.
 *
 * Limits: {@link MAX_TOKENS} hashes; then the oldest is forgotten, and asked about again.
 */

/** About a megabyte. */
const MAX_TOKENS = 10_000

export class DeadTokens {
  /** The oldest first. */
  readonly #hashes = new Set<string>()

  has(realm: string, hash: string): boolean {
    return this.#hashes.has(`${realm} ${hash}`)
  }

  /** Of that realm: a token may be one of another. */
  add(realm: string, hash: string): void {
    this.#hashes.add(`${realm} ${hash}`)
    const [oldest] = this.#hashes
    if (this.#hashes.size > MAX_TOKENS && oldest !== undefined) this.#hashes.delete(oldest)
  }
}
