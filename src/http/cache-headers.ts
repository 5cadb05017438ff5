/**
 * What HTTP says about caching, as the cache has it: `Cache-Control`, entity tags, `Age`, `Cache-Status`, and `Cache-Tag`,
 * which no standard has but those who sell caches.
 *
 * Source: RFC 9110 (conditions), RFC 9111 (freshness), RFC 5861 (stale answers), RFC 9211 (`Cache-Status`).
 */
import { EtsError } from '../engine/error.ts'

/** Freshness as `Cache-Control` gives it, in milliseconds. */
export interface Freshness {
  readonly ttlMs?: number
  readonly staleWhileRevalidateMs?: number
  readonly staleIfErrorMs?: number
}

const DIRECTIVES = {
  'max-age': 'ttlMs',
  'stale-while-revalidate': 'staleWhileRevalidateMs',
  'stale-if-error': 'staleIfErrorMs',
} as const

/** How long what comes with a `Cache-Control` stays fresh. Errors: `bad_request`. Unknown directives mean nothing. */
export function freshnessOf(header: string | null): Freshness {
  const freshness: { -readonly [Name in keyof Freshness]: number } = {}
  for (const directive of header === null ? [] : header.split(',')) {
    const [before = '', ...behind] = directive.toLowerCase().split('=')
    const name = before.trim()
    if (name === 'no-store') throw badHeader('Cache-Control: what is put with no-store cannot be stored')
    if (!Object.hasOwn(DIRECTIVES, name)) continue
    freshness[DIRECTIVES[name as keyof typeof DIRECTIVES]] = spanOf(name, behind.join('=').trim())
  }
  return freshness
}

/** More than that is as good as for ever. Source: RFC 9111, 1.2.2. */
const MAX_SECONDS = 2 ** 31

function spanOf(name: string, seconds: string): number {
  const [, plain, quoted] = /^(?:(\d+)|"(\d+)")$/.exec(seconds) ?? []
  const span = Math.min(Number(plain ?? quoted ?? 0), MAX_SECONDS)
  if (span === 0) throw badHeader(`Cache-Control: ${name} is a positive number of seconds`)
  return span * 1000
}

/** What is known of an entry, as `cache_entry` tells it. */
export interface EntryInfo {
  readonly etag: string
  readonly ageMs?: number
  /** How long it stays fresh, below zero once it is stale; `null` for as long as it stays. */
  readonly freshForMs: number | null
  readonly staleWhileRevalidateMs?: number
  readonly staleIfErrorMs?: number
  readonly tags?: readonly string[]
}

/** The header fields that tell a cache behind this one what this one knows. */
export function entryFields(info: EntryInfo): Record<string, string> {
  const { etag, ageMs, freshForMs, tags } = info
  return {
    etag: `"${etag}"`,
    ...(ageMs === undefined ? {} : { age: String(Math.floor(ageMs / 1000)) }),
    ...(tags === undefined ? {} : { 'cache-tag': tags.map(encodeTag).join(', ') }),
    'cache-control': cacheControlOf(info),
    'cache-status': `${CACHE}; hit${freshForMs === null ? '' : `; ttl=${Math.floor(freshForMs / 1000)}`}`,
  }
}

function cacheControlOf({
  ageMs = 0,
  freshForMs,
  staleWhileRevalidateMs,
  staleIfErrorMs,
}: EntryInfo): string {
  // What stays until it is removed may be removed at any time: ask again.
  if (freshForMs === null) return 'no-cache'
  const directives = [`max-age=${Math.max(0, Math.floor((ageMs + freshForMs) / 1000))}`]
  if (staleWhileRevalidateMs !== undefined)
    directives.push(`stale-while-revalidate=${Math.floor(staleWhileRevalidateMs / 1000)}`)
  if (staleIfErrorMs !== undefined) directives.push(`stale-if-error=${Math.floor(staleIfErrorMs / 1000)}`)
  return directives.join(', ')
}

const CACHE = 'edge-ets'

/** Why an answer did not come from the cache. */
export function missStatus(reason: string, tag?: string): string {
  const detail = tag === undefined ? reason : `${reason} by tag ${tag}`
  const cause = reason === 'stale' || reason === 'expired' ? 'stale' : 'uri-miss'
  return `${CACHE}; fwd=${cause}; detail=${/^[a-z_]+$/.test(detail) ? detail : sfString(detail)}`
}

/** A string of structured fields; what cannot stand in one is percent-encoded. Source: RFC 9651. */
const sfString = (text: string): string =>
  `"${text.replaceAll(/[^\x20-\x7e]/gu, encodeURIComponent).replaceAll(/["\\]/g, '\\$&')}"`

/** The entity tags of `If-Match` or `If-None-Match`, `*` for any; a weak one counts as its strong one. */
export function etagsOf(header: string | null): '*' | readonly string[] | undefined {
  if (header === null) return undefined
  if (header.trim() === '*') return '*'
  const tags = Array.from(header.matchAll(/(?:W\/)?"([^"]*)"/g), ([, tag = '']) => tag)
  if (tags.length === 0) throw badHeader('an entity tag stands in double quotes')
  return tags
}

/**
 * The tags of a `Cache-Tag`, which parts them by commas; what cannot stand in one is percent-encoded.
 *
 * Errors: `bad_request` for what is no such encoding. How many there may be, and how long, is for the verb to say.
 */
export function tagsOf(header: string | null): readonly string[] | undefined {
  if (header === null) return undefined
  return header
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
    .map(decodeTag)
}

function decodeTag(tag: string): string {
  try {
    return decodeURIComponent(tag)
  } catch {
    throw badHeader('Cache-Tag: a percent sign in a tag is %25')
  }
}

const encodeTag = (tag: string): string => tag.replaceAll(/[^\x21-\x7e]|[,%]/gu, encodeURIComponent)

const badHeader = (message: string): EtsError => new EtsError('bad_request', { message })
