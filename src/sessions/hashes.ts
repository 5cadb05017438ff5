/** What is made of tokens: their hash, which alone is kept, and the token for forms that is bound to one. */
import { base64Url } from './token.ts'

const utf8 = new TextEncoder()

async function sha256(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text))))
}

/** SHA-256 of a token in base64url: what owners know it by. A token has 256 random bits, so no salt is needed. */
export const hashOf = (token: string): Promise<string> => sha256(token)

/**
 * The token for forms of a session: bound to its token and kept nowhere. Another token has another.
 *
 * It tells nothing of the token, and nothing of the hash that is kept.
 */
export const csrfTokenOf = (token: string): Promise<string> => sha256(`edge-ets csrf ${token}`)

/** Whether two texts are the same, in a time that does not tell where they differ. */
export async function isSameSecret(a: string, b: string): Promise<boolean> {
  // Hashes of both: what is compared is nothing that the other side can choose.
  return (await sha256(a)) === (await sha256(b))
}
