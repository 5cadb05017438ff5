/** `/v1/caches/:cache/entries/:key`: entries of a cache as bytes of any type, with the conditions and times of HTTP. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import type { Term } from '../../engine/term.ts'
import { CACHE_ARGUMENT_SCHEMAS } from '../../protocol/cache-arguments.ts'
import { TableName } from '../../protocol/names.ts'
import type { Answer, CallOptions, Tables } from '../../protocol/tables.ts'
import { type EntryInfo, entryFields, etagsOf, freshnessOf, missStatus, tagsOf } from '../cache-headers.ts'
import { TERM, valueBody } from '../documents.ts'
import type { Fields } from '../fields.ts'
import { bytesOfValue, type RawValue, valueOfBytes } from '../raw-entry.ts'
import { headersOf, type Route, respond, route } from '../route.ts'
import { parseRowKey } from '../row-key.ts'

const EntryPath = v.object({ cache: TableName, key: v.pipe(v.string(), v.transform(parseRowKey)) })

/** A span in a query, which is text. */
const SpanQuery = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,14}$/, 'a positive whole number of milliseconds'),
    v.transform(Number),
  ),
)

/** What `cache_entry` and `cache_load` may answer. */
type Found =
  | (EntryInfo &
      RawValue & {
        readonly version: number
        readonly notModified?: true
        readonly negative?: true
        readonly lease?: string
        readonly leaseUntilMs?: number
      })
  | { readonly miss: string; readonly tag?: string; readonly lease?: string; readonly leaseUntilMs?: number }
  | { readonly loading: true; readonly retryAfterMs: number }
  | { readonly failed: true; readonly retryAfterMs: number }

/** The entry as it came, or what refuses it. Errors: `no_such_key` with why there is none. */
function respondEntry(
  table: string,
  found: EntryInfo & RawValue & { notModified?: true; negative?: true },
  state: Answer,
  lease = {},
): Response {
  if (found.negative) throw new EtsError('no_such_key', { table, reason: 'negative' })
  const fields = { ...headersOf(state), ...entryFields(found), ...lease }
  if (found.notModified) return new Response(null, { status: 304, headers: fields })
  const { body, type } = bytesOfValue(found)
  return new Response(body, {
    headers: { ...fields, 'content-type': type },
  })
}

const getEntry = route({
  method: 'get',
  path: '/v1/caches/:cache/entries/:key',
  summary: 'Get an entry as it was put',
  needs: 'read',
  params: EntryPath,
  headers: { 'If-None-Match': 'Entity tags: for one of these the answer is 304 and has no body.' },
  answer: {
    status: 200,
    description: 'The bytes, with ETag, Age, Cache-Control, Cache-Status and Cache-Tag',
    others: { 304: 'It is the one that the caller has' },
    body: TERM,
    isRaw: true,
  },
  refusals: ['bad_request', 'badarg', 'no_such_key', 'too_large'],
  async handle({ params: { cache: table, key }, headers, tables, call }) {
    const unless = etagsOf(headers.get('if-none-match'))
    const options = { stale: 'while_revalidate', ...(Array.isArray(unless) ? { unless } : {}) }
    const answer = await tables.run([{ table, op: 'cache_entry', args: [key, options] }], call)
    const found = answer.values[0] as unknown as Found
    if ('miss' in found) throw missing(table, found)
    const isAny = unless === '*'
    return respondEntry(
      table,
      isAny ? { ...(found as EntryInfo & RawValue), notModified: true } : (found as EntryInfo & RawValue),
      answer,
    )
  },
})

const missing = (table: string, { miss, tag }: { miss: string; tag?: string }): EtsError =>
  new EtsError('no_such_key', { table, reason: miss, ...(tag === undefined ? {} : { tag }) })

const putEntry = route({
  method: 'put',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache/entries/:key',
  summary: 'Put an entry of any type',
  needs: 'write',
  params: EntryPath,
  query: v.strictObject({ ttlMs: SpanQuery }),
  takesRaw: true,
  headers: {
    'Cache-Control': 'max-age, stale-while-revalidate and stale-if-error, in seconds.',
    'If-Match': 'Only over an entry with one of these entity tags; * for any.',
    'If-None-Match': '* for only where there is no entry.',
    'Cache-Tag':
      'Tags that the entry can be invalidated by, parted by commas; other characters percent-encoded.',
    Lease: 'The lease under which the entry was loaded.',
  },
  answer: { status: 200, description: 'Its version', body: valueBody({ type: 'integer' }) },
  refusals: ['bad_request', 'badarg', 'too_large', 'version_conflict', 'gone', 'overloaded', 'table_full'],
  async handle({ params: { cache: table, key }, query, headers, bytes, tables, call }) {
    const conditions = conditionsOf(headers)
    const lease = headers.get('lease')
    const freshness = freshnessOf(headers.get('cache-control'))
    const tags = tagsOf(headers.get('cache-tag'))
    const { value, ...kind } = valueOfBytes(await bytes(), headers.get('content-type') ?? undefined)
    const options = {
      ...freshness,
      ...(query.ttlMs === undefined ? {} : { ttlMs: query.ttlMs }),
      ...(tags === undefined ? {} : { tags }),
      ...kind,
      dated: true,
    }
    if (lease !== null && Object.keys(conditions).length > 0) {
      throw new EtsError('bad_request', { message: 'a lease is a condition; there can be no other' })
    }
    const put =
      lease === null
        ? { table, op: 'cache_put', args: [key, value, { ...options, ...conditions }] }
        : { table, op: 'cache_fill', args: [key, lease, value, options] }
    const answer = await tables.run([put, { table, op: 'cache_info', args: [key] }], call)
    const [version, info] = answer.values as readonly [number | null, Term]
    const { etag, version: current } = info as { etag?: string; version?: number }
    if (version === null) throw new EtsError('version_conflict', { table, version: current ?? 0 })
    // An entry that ended at once has none.
    return respond({ value: version }, answer, 200, etag === undefined ? {} : { etag: `"${etag}"` })
  },
})

/** Errors: `bad_request` for a condition that no put can have. */
function conditionsOf(headers: Fields): { condition?: 'NX' | 'XX'; ifMatch?: readonly string[] } {
  const match = etagsOf(headers.get('if-match'))
  const noneMatch = etagsOf(headers.get('if-none-match'))
  if (noneMatch !== undefined) {
    if (noneMatch === '*' && match === undefined) return { condition: 'NX' }
    throw new EtsError('bad_request', { message: 'a put takes If-None-Match: * alone, or If-Match' })
  }
  if (match === undefined) return {}
  return match === '*' ? { condition: 'XX' } : { ifMatch: match }
}

const deleteEntry = route({
  method: 'delete',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache/entries/:key',
  summary: 'Remove an entry',
  needs: 'write',
  params: EntryPath,
  headers: { 'If-Match': 'Only an entry with one of these entity tags; * for any.' },
  answer: { status: 200, description: 'Whether there was one', body: valueBody({ type: 'boolean' }) },
  refusals: ['bad_request', 'badarg', 'version_conflict'],
  async handle({ params: { cache: table, key }, headers, tables, call }) {
    const match = etagsOf(headers.get('if-match'))
    const version = match === undefined ? [] : [await matchingVersion(table, key, match, tables, call)]
    const answer = await tables.run([{ table, op: 'cache_delete', args: [key, ...version] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

/** The version of the entry that a condition names: whoever acts on it names it too. Errors: `version_conflict`. */
async function matchingVersion(
  table: string,
  key: Term,
  match: '*' | readonly string[],
  tables: Tables,
  { idempotencyKey: _, ...call }: CallOptions,
): Promise<number> {
  const { values } = await tables.run([{ table, op: 'cache_info', args: [key] }], call)
  const { version = 0, etag = '' } = values[0] as { version?: number; etag?: string }
  if (version === 0 || (match !== '*' && !match.includes(etag)))
    throw new EtsError('version_conflict', { table, version })
  return version
}

const { raw: _, ...LOAD_OPTIONS } = CACHE_ARGUMENT_SCHEMAS.load_options.entries

const loadEntry = route({
  method: 'post',
  path: '/v1/caches/:cache/entries/:key/lease',
  summary:
    'Get an entry, or the lease to load it: 200 with the entry, 201 with the lease, 202 while somebody else loads',
  needs: 'write',
  params: EntryPath,
  body: v.optional(v.strictObject(LOAD_OPTIONS), {}),
  answer: {
    status: 200,
    description: 'The bytes; a Lease header says that they are to be loaded anew',
    others: { 201: 'There is no entry, and the caller has the lease', 202: 'Somebody else loads it' },
    body: TERM,
    isRaw: true,
  },
  refusals: ['bad_request', 'badarg', 'no_such_key', 'overloaded', 'load_failed'],
  async handle({ params: { cache: table, key }, body, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_load', args: [key, { ...body, raw: true }] }], call)
    const found = answer.values[0] as unknown as Found
    if ('failed' in found) throw new EtsError('load_failed', { retryAfterMs: found.retryAfterMs })
    if ('loading' in found) {
      const retryAfter = String(Math.ceil(found.retryAfterMs / 1000))
      return respond(found, answer, 202, { 'retry-after': retryAfter })
    }
    if ('miss' in found) {
      const { miss, tag, lease, leaseUntilMs } = found
      return respond({ lease, leaseUntilMs }, answer, 201, { 'cache-status': missStatus(miss, tag) })
    }
    const { lease, leaseUntilMs } = found
    // There is no value to give beside it.
    if (found.negative && lease !== undefined)
      return respond({ lease, leaseUntilMs }, answer, 201, { 'cache-status': missStatus('negative') })
    return respondEntry(table, found, answer, lease === undefined ? {} : { lease })
  },
})

const failLoad = route({
  method: 'delete',
  path: '/v1/caches/:cache/entries/:key/lease',
  summary: 'Give a lease back, as loading failed',
  needs: 'write',
  params: EntryPath,
  query: v.strictObject({ backoffMs: SpanQuery }),
  headers: { Lease: 'The lease.' },
  answer: { status: 200, description: 'What may be used instead, if anything', body: valueBody(TERM) },
  refusals: ['bad_request', 'badarg', 'gone'],
  async handle({ params: { cache: table, key }, query, headers, tables, call }) {
    const lease = headers.get('lease')
    if (lease === null) throw new EtsError('bad_request', { message: 'the header Lease is missing' })
    const { backoffMs } = query
    const options = backoffMs === undefined ? {} : { backoffMs }
    const answer = await tables.run([{ table, op: 'cache_fail', args: [key, lease, options] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

export const entryRoutes: readonly Route[] = [getEntry, putEntry, deleteEntry, loadEntry, failLoad]
