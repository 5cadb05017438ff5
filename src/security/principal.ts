/** Principal: whoever a credential stands for, and tables as they may use them. */
import { EtsError } from '../engine/error.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import type { Caller } from '../protocol/caller.ts'
import type { RawOperation } from '../protocol/operation.ts'
import type { Tables } from '../protocol/tables.ts'
import { isVerbName, VERBS } from '../protocol/verbs.ts'
import type { Grants } from './grants.ts'

export interface Principal {
  readonly tenant: string
  /** The id of the key, also where a token of it was shown. */
  readonly key: string
  readonly grants: Grants
  readonly isToken?: true
}

/** Errors: `forbidden` for a token: what outlives it is not for it to make. */
export function demandKey({ isToken }: Principal): void {
  if (isToken) throw new EtsError('forbidden', { message: 'this takes a key, and a token was sent' })
}

export const callerOf = ({ tenant, key, grants }: Principal): Caller => ({
  tenant,
  key,
  isAdmin: grants.isAdmin,
})

/**
 * Tables as a principal may use them: every call is made in its name, and each operation needs a grant of its mode.
 *
 * Errors: `forbidden` for the first operation that has none, before any of them is run.
 */
export function tablesFor({ grants }: Principal, caller: Caller, tables: Tables): Tables {
  return {
    run(operations, options) {
      if (!grants.isAdmin) for (const operation of operations) demand(grants, operation)
      return tables.run(operations, { ...options, caller })
    },
  }
}

function demand(grants: Grants, { table, op, args }: RawOperation): void {
  // A verb that there is not is refused for that, further on.
  if (!isVerbName(op)) return
  const { mode, isForAdmin }: Verb = VERBS[op]
  if (isForAdmin) grants.demand('admin')
  else grants.demand(mode, table)
  if (op === 'rename' && typeof args[0] === 'string') grants.demand(mode, args[0])
}
