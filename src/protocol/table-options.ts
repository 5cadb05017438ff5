/** The options a table may be created with; the schema checks them and describes them in OpenAPI. */
import * as v from 'valibot'
import { MAX_KEYPOS } from './limits.ts'

export const TableOptionsSchema = v.strictObject({
  type: v.optional(v.pipe(v.picklist(['set']), v.description('The table type, as in ETS. Default: set.'))),
  keypos: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(MAX_KEYPOS),
      v.description('Position of the key in a row, from 1. Default: 1.'),
    ),
  ),
  journal: v.optional(
    v.pipe(
      v.picklist(['none']),
      v.description('What survives a restart. Default: none, only the table itself.'),
    ),
  ),
})

/** What an insert may ask for besides storing the row. */
export const InsertOptionsSchema = v.strictObject({
  key: v.optional(v.pipe(v.unknown(), v.description('The key the row must have.'))),
})
