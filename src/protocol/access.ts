/**
 * Access modes: which callers of a tenant may use a table, whatever their grants. Source: ets:new/2.
 *
 * The owner of a table is the key that made it. Asked in the turn itself, so that nothing comes between the answer
 * and what it was about.
 */
import type { Database, Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Caller } from './caller.ts'
import { verbOf } from './verbs.ts'

/** Errors: `forbidden` when an operation is not for this caller. */
export function checkAccess(
  database: Database,
  operations: readonly Operation[],
  caller: Caller | undefined,
): void {
  if (caller === undefined || caller.isAdmin) return
  for (const operation of operations) {
    demandAccess(database, operation.table, verbOf(operation).mode, caller)
  }
}

/** Errors: `forbidden`. A table that there is not is for everybody. */
export function demandAccess(
  database: Database,
  table: string,
  mode: 'read' | 'write',
  caller: Caller | undefined,
): void {
  const options = database.find(table)?.options
  if (options !== undefined) demandUse(options, table, mode, caller)
}

/** Errors: `forbidden` when a table of these options is not for this caller. */
export function demandUse(
  options: TableOptions,
  table: string,
  mode: 'read' | 'write',
  caller: Caller | undefined,
): void {
  if (mayUse(options, mode, caller)) return
  throw new EtsError('forbidden', { message: `the table is ${options.access}, and another key's`, table })
}

export const mayUse = (
  { access, owner }: TableOptions,
  mode: 'read' | 'write',
  caller: Caller | undefined,
): boolean =>
  access === 'public' ||
  caller === undefined ||
  caller.isAdmin ||
  owner === caller.key ||
  (access === 'protected' && mode === 'read')

/** The operations, in which every table that is made belongs to the caller. */
export const ownedBy = (
  operations: readonly Operation[],
  caller: Caller | undefined,
): readonly Operation[] =>
  caller === undefined || !operations.some(isCreation)
    ? operations
    : operations.map((each) =>
        isCreation(each) ? { ...each, args: [{ ...(each.args[0] as object), owner: caller.key }] } : each,
      )

const isCreation = ({ op }: Operation): boolean => op === 'new' || op === 'cache_new'
