/** Options of tables and verbs: the schemas check them and describe them in OpenAPI. */
import * as v from 'valibot'
import {
  ACCESS_MODES,
  DEFAULT_OPTIONS,
  EVICTIONS,
  JOURNAL_MODES,
  TABLE_TYPES,
  type TableOptions,
} from '../engine/options.ts'
import type { ArgumentName } from '../engine/verbs/registry.ts'
import {
  MAX_EVENTS_CURSOR_LENGTH,
  MAX_EVENTS_TOLD,
  MAX_KEYPOS,
  MAX_SCAN_LIMIT,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  MAX_WAIT_MS,
} from './limits.ts'
import { TableName } from './names.ts'

/** A member that may be left out, with what it means. */
export const described = <T extends v.GenericSchema>(schema: T, text: string) =>
  v.optional(v.pipe(schema, v.description(text)))

export const Span = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
/** How long a call may wait for something to happen. */
export const WaitMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_WAIT_MS))
const Moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** A positive number, or `null` for no bound. */
const Bound = v.nullable(Span)

export const TableOptionsSchema = v.strictObject({
  type: described(v.picklist(TABLE_TYPES), 'The table type, as in ETS. Default: set.'),
  keypos: described(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_KEYPOS)),
    'Position of the key in a row, from 1. Default: 1.',
  ),
  journal: described(
    v.picklist(JOURNAL_MODES),
    'What survives a restart: only the table itself, all but the last moments, or all. Default: async.',
  ),
  access: described(
    v.picklist(ACCESS_MODES),
    'Whether other keys of the tenant may read and write it, only read it, or do neither. Default: public.',
  ),
  maxRows: described(Bound, 'Rows that the table may hold. Default: null, any number.'),
  maxBytes: described(Bound, 'Bytes that its rows may take, as info counts them. Default: null, any number.'),
  eviction: described(
    v.picklist(EVICTIONS),
    'Which row a full table gives up for a new one; none refuses the new one with table_full. Default: none.',
  ),
  defaultTtlMs: described(
    Bound,
    'How long a row lives that is inserted without a deadline. Default: null, as long as it may.',
  ),
  maxTtlMs: described(Bound, 'How long any row may live. Default: null, for ever.'),
  ttlJitter: described(
    v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    'The part of a time to live by which an insert may shorten it at random, from 0 to 1. Default: 0.',
  ),
  statistics: described(
    v.boolean(),
    'Whether hits, misses and their causes are counted; see stats. Default: false, of caches true.',
  ),
  events: described(
    v.boolean(),
    'Whether rows that expire, are evicted or taken away are told of; see events. Default: false.',
  ),
})

const { owner: _, ...FILE_DEFAULTS } = DEFAULT_OPTIONS

/** The options that a file of a table has. Files of earlier versions have those without a default alone. */
export const FileTableOptions = v.pipe(
  v.required(TableOptionsSchema, ['type', 'keypos', 'journal']),
  // What came as JSON is there or it is not, but never `undefined`.
  v.transform((given) => ({ ...FILE_DEFAULTS, ...given }) as Omit<TableOptions, 'owner'>),
)

/** When a row ends. */
export const timing = {
  ttlMs: described(Span, 'The row ends this many milliseconds from now.'),
  expiresAtMs: described(Moment, 'The row ends at this moment, in milliseconds since 1970.'),
  idleTtlMs: described(Span, 'The row ends when it was not read for this long.'),
}

export const Tags = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TAG_LENGTH))),
  v.maxLength(MAX_TAGS),
)

const insertion = {
  ...timing,
  tags: described(
    Tags,
    'What the row can be taken away by, with all others that carry the tag. Default: none.',
  ),
  pin: described(v.boolean(), 'Whether the row is not to be evicted. Default: false.'),
}

/**
 * The arguments that are checked against a schema before they reach the engine, which trusts them. What ETS
 * checks itself (rows, updates, patterns, limits) is not among them.
 */
export const ARGUMENT_SCHEMAS = {
  options: TableOptionsSchema,
  insert_options: v.strictObject({
    ...insertion,
    key: described(v.unknown(), 'The key the row must have.'),
  }),
  insert_list_options: v.strictObject(insertion),
  expire_options: v.strictObject({
    condition: described(
      v.picklist(['NX', 'XX', 'GT', 'LT']),
      'Only if there is no deadline, only if there is one, only to a later, only to an earlier one.',
    ),
  }),
  scan_options: v.strictObject({
    limit: described(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SCAN_LIMIT)),
      'Rows of a page at most. Default: 100.',
    ),
    cursor: described(v.nullable(v.record(v.string(), v.unknown())), 'The cursor that the page before gave.'),
  }),
  tags: Tags,
  invalidate_options: v.strictObject({
    soft: described(v.boolean(), 'Lets the rows be stale instead of taking them away. Default: false.'),
  }),
  events_options: v.strictObject({
    after: described(
      v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_EVENTS_CURSOR_LENGTH)),
      'The cursor of the answer before. Default: that of an answer before all events that are kept.',
    ),
    limit: described(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_EVENTS_TOLD)),
      'Events at most. Default: 100.',
    ),
    waitMs: described(WaitMs, 'How long the call may wait for the first of them. Default: 0.'),
  }),
  ttl_ms: Span,
  expires_at_ms: Moment,
  name: TableName,
  cursor: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
} satisfies Partial<Record<ArgumentName, v.GenericSchema>>
