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

/** A process, or one of its shards; see `shard-map`. */
export const OwnerName = v.pipe(
  v.string(),
  v.maxLength(MAX_TABLE_NAME_LENGTH, `a process name has at most ${MAX_TABLE_NAME_LENGTH} characters`),
  v.regex(
    /^[A-Za-z0-9_-]+(~[1-9]\d?)?$/,
    'a process name is made of letters, digits, _ and -, and ~ before a shard',
  ),
)

/** The process that owns a table. */
export function processOf(table: string): string {
  const dot = table.indexOf('.')
  return dot === -1 ? table : table.slice(0, dot)
}

/** Whom a process belongs to. */
export const TenantName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'a tenant is 1 to 64 letters, digits, _ and -'),
)

/**
 * The name of a process among those of all tenants. No name that anybody may choose has a colon, so that no two
 * tenants have one of them in common, and no request can name another tenant's.
 */
export const globalName = (tenant: string, process: string): string =>
  tenant === '' ? process : `${tenant}:${process}`

/** The name that a process has within its tenant. */
export const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** The tenant of the process of that global name. */
export const tenantOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf(':')))
