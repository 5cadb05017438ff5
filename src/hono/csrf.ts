/**
 * Whether a request that changes something comes from our own pages.
 *
 * The browser says so: in `Sec-Fetch-Site`, or in `Origin`. Where it says neither, as very old ones and programs do not,
 * or says that it comes from elsewhere, a request with a session has to show the token for forms, which no other site
 * can know. Without a session and without a browser's word there is nothing to ride on.
 *
 * Source: OWASP ASVS 5.0, V3.5; the Cross-Site Request Forgery cheat sheet.
 */
import type { Context } from 'hono'
import { csrfTokenOf, isSameSecret } from '../sessions/hashes.ts'

/** The header, and the field of a form, that may have the token. */
export const CSRF_HEADER = 'x-csrf-token'
export const CSRF_FIELD = 'csrf_token'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

export async function isOurs(
  c: Context,
  origins: readonly string[],
  token: string | undefined,
): Promise<boolean> {
  if (SAFE.has(c.req.method)) return true
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  if (site === 'same-origin' || site === 'none') return true
  if (origin !== undefined && (origins.includes(origin) || (site === undefined && isOwn(c, origin))))
    return true
  if (token === undefined) return site === undefined && origin === undefined
  const shown = c.req.header(CSRF_HEADER) ?? (await fieldOf(c))
  return shown !== undefined && isSameSecret(shown, await csrfTokenOf(token))
}

const isOwn = (c: Context, origin: string): boolean => origin === new URL(c.req.url).origin

/** The field of a form. Hono keeps the body that was read for the handler. */
async function fieldOf(c: Context): Promise<string | undefined> {
  const type = c.req.header('content-type') ?? ''
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/.test(type)) return undefined
  const field = (await c.req.parseBody())[CSRF_FIELD]
  return typeof field === 'string' ? field : undefined
}
