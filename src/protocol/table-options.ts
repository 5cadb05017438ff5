/** Options of tables and verbs: the schemas check them and describe them in OpenAPI. */
import * as v from 'valibot'
import { ACCESS_MODES, DEFAULT_OPTIONS, JOURNAL_MODES, TABLE_TYPES } from '../engine/options.ts'
import type { ArgumentName } from '../engine/verbs/registry.ts'
import { MAX_KEYPOS, MAX_SCAN_LIMIT } from './limits.ts'
import { TableName } from './names.ts'

/** A member that may be left out, with what it means. */
export const described = <T extends v.GenericSchema>(schema: T, text: string) =>
  v.optional(v.pipe(schema, v.description(text)))

export const Span = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const Moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

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
})

/** The options that a file of a table has. Files of earlier versions have those without a default alone. */
export const FileTableOptions = v.required(
  v.strictObject({
    ...TableOptionsSchema.entries,
    access: v.optional(v.picklist(ACCESS_MODES), DEFAULT_OPTIONS.access),
  }),
  ['type', 'keypos', 'journal'],
)

/** When a row ends. */
export const timing = {
  ttlMs: described(Span, 'The row ends this many milliseconds from now.'),
  expiresAtMs: described(Moment, 'The row ends at this moment, in milliseconds since 1970.'),
  idleTtlMs: described(Span, 'The row ends when it was not read for this long.'),
}

/**
 * The arguments that are checked against a schema before they reach the engine, which trusts them. What ETS
 * checks itself (rows, updates, patterns, limits) is not among them.
 */
export const ARGUMENT_SCHEMAS = {
  options: TableOptionsSchema,
  insert_options: v.strictObject({
    ...timing,
    key: described(v.unknown(), 'The key the row must have.'),
  }),
  insert_list_options: v.strictObject(timing),
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
  ttl_ms: Span,
  expires_at_ms: Moment,
  name: TableName,
  cursor: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
} satisfies Partial<Record<ArgumentName, v.GenericSchema>>
