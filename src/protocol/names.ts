/**
 * Table names: 1–128 characters, letters, digits, `_` and `-`, with dots between parts.
 *
 * The part before the first dot names the process that owns the table, so no look-up finds an owner.
 */
import * as v from 'valibot'
import { MAX_TABLE_NAME_LENGTH } from './limits.ts'

export const TableName = v.pipe(
  v.string(),
  v.maxLength(MAX_TABLE_NAME_LENGTH, `a table name has at most ${MAX_TABLE_NAME_LENGTH} characters`),
  v.regex(
    /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    'a table name is made of letters, digits, _ and -, with dots between parts',
  ),
)

export const ProcessName = v.pipe(
  v.string(),
  v.maxLength(MAX_TABLE_NAME_LENGTH, `a process name has at most ${MAX_TABLE_NAME_LENGTH} characters`),
  v.regex(/^[A-Za-z0-9_-]+$/, 'a process name is made of letters, digits, _ and -'),
)

/** The process that owns a table. */
export function processOf(table: string): string {
  const dot = table.indexOf('.')
  return dot === -1 ? table : table.slice(0, dot)
}
