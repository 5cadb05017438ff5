/** Arguments of the verbs of caches: the schemas check them and describe them in OpenAPI. */
import * as v from 'valibot'
import { ENCODINGS, MEDIA_TYPE } from '../cache/entry.ts'
import { MAX_BACKOFF_MS, MAX_KEYS_PER_CALL, MAX_LEASE_TTL_MS, MAX_TYPE_LENGTH } from '../cache/limits.ts'
import type { CacheArgumentName } from '../cache/verbs.ts'
import { MAX_SCAN_LIMIT } from './limits.ts'
import { described, Span, TableOptionsSchema, Tags, timing, WaitMs } from './table-options.ts'

const Version = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Integer = v.pipe(v.number(), v.safeInteger())
const spanUpTo = (maxMs: number) => v.pipe(Span, v.maxValue(maxMs))

const Key = v.unknown()
/** A key and its value. */
const Pair = v.pipe(v.array(v.unknown()), v.length(2))

const entry = {
  ...timing,
  staleWhileRevalidateMs: described(
    Span,
    'So long after it stopped being fresh the entry may be served while one caller loads it anew.',
  ),
  staleIfErrorMs: described(
    Span,
    'So long after it stopped being fresh it may be served when loading fails.',
  ),
  negative: described(v.boolean(), 'Remembers that there is nothing under the key.'),
  type: described(
    v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TYPE_LENGTH), v.regex(MEDIA_TYPE)),
    'The media type of a raw entry.',
  ),
  encoding: described(v.picklist(ENCODINGS), 'How the value stands for the bytes of a raw entry.'),
  tags: described(Tags, 'What the entry can be invalidated by, with all others that carry the tag.'),
  pin: described(v.boolean(), 'Whether the entry is not to be evicted. Default: false.'),
  dated: described(v.boolean(), 'Remembers when the entry was stored, for its age.'),
}

const stale = described(
  v.picklist(['while_revalidate', 'if_error']),
  'Takes an entry that is stale, as good as one that is being loaded anew, or as one that could not be.',
)
const Etags = v.pipe(v.array(v.string()), v.maxLength(MAX_KEYS_PER_CALL))

const put = {
  ...entry,
  condition: described(v.picklist(['NX', 'XX']), 'Only if there is no entry, only if there is one.'),
  keepTtl: described(
    v.boolean(),
    'Leaves the moments until which the entry is fresh and there as they are, and its tags and pin unless given; where it is no longer fresh by them it is put as a new one.',
  ),
}

/** What ends by not being read has no moment from which it could be stale. */
const NO_STALE_IDLING = 'an entry with idleTtlMs is never stale'

interface Timed {
  readonly idleTtlMs?: number | undefined
  readonly staleWhileRevalidateMs?: number | undefined
  readonly staleIfErrorMs?: number | undefined
}

const isPlain = ({ idleTtlMs, staleWhileRevalidateMs, staleIfErrorMs }: Timed): boolean =>
  idleTtlMs === undefined || (staleWhileRevalidateMs === undefined && staleIfErrorMs === undefined)

/** Checked before they reach the rules of the cache, which trust them. */
export const CACHE_ARGUMENT_SCHEMAS = {
  keys: v.pipe(v.array(Key), v.maxLength(MAX_KEYS_PER_CALL)),
  entries: v.pipe(v.array(Pair), v.maxLength(MAX_KEYS_PER_CALL)),
  prefix: v.string(),
  by: Integer,
  version: Version,
  lease: v.string(),
  cache_options: v.strictObject({
    ...TableOptionsSchema.entries,
    type: described(
      v.picklist(['set', 'ordered_set']),
      'With ordered_set keys by prefix are a look-up. Default: set.',
    ),
    keypos: described(v.literal(1), 'The key is the first element.'),
  }),
  get_options: v.strictObject({ stale }),
  entry_options: v.strictObject({
    stale,
    unless: described(Etags, 'Entity tags: who has one of these has the value already.'),
  }),
  put_options: v.pipe(
    v.strictObject({
      ...put,
      ifVersion: described(Version, 'Only if the entry has this version, or 0 and is not there.'),
      ifMatch: described(Etags, 'Only if the entry has one of these entity tags.'),
    }),
    v.check(isPlain, NO_STALE_IDLING),
  ),
  put_many_options: v.pipe(v.strictObject(put), v.check(isPlain, NO_STALE_IDLING)),
  incr_options: v.strictObject({
    ...timing,
    tags: described(Tags, 'Tags of a counter that begins now.'),
    pin: described(v.boolean(), 'Whether a counter that begins now is not to be evicted. Default: false.'),
    initial: described(Integer, 'What a missing counter counts from. Default: 0.'),
    min: described(Integer, 'The least that the counter may be.'),
    max: described(Integer, 'The most that the counter may be.'),
    beyond: described(
      v.picklist(['refuse', 'clamp']),
      'What happens beyond min or max: nothing, with a refusal, or the counter stops there. Default: refuse.',
    ),
  }),
  prefix_options: v.strictObject({
    limit: described(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SCAN_LIMIT)),
      'Keys of a slice at most. Default: 1000.',
    ),
    cursor: described(
      v.nullable(v.record(v.string(), v.unknown())),
      'The cursor that the slice before gave.',
    ),
  }),
  load_options: v.strictObject({
    leaseTtlMs: described(spanUpTo(MAX_LEASE_TTL_MS), 'How long whoever wins may take. Default: 10000.'),
    refreshAheadMs: described(Span, 'An entry fresh for less than this is loaded anew by one caller.'),
    raw: described(v.boolean(), 'Gives a value as it is kept, with all that is known of the entry.'),
    waitMs: described(WaitMs, 'How long the call may wait for a load by somebody else. Default: 0.'),
  }),
  fill_options: v.pipe(v.strictObject(entry), v.check(isPlain, NO_STALE_IDLING)),
  fail_options: v.strictObject({
    backoffMs: described(spanUpTo(MAX_BACKOFF_MS), 'How long nobody is to try again. Default: not at all.'),
  }),
} satisfies Partial<Record<CacheArgumentName, v.GenericSchema>>
