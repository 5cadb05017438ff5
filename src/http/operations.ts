/** Operations in a body: one verb with its arguments, or a list of them as one batch. */

import * as v from 'valibot'
import type { ErrorCode } from '../engine/error.ts'
import type { RawOperation } from '../protocol/operation.ts'
import type { CallOptions, Tables } from '../protocol/tables.ts'
import { isOpen } from '../protocol/verbs.ts'
import { type JsonAnswer, respond } from './route.ts'

/** A verb and its arguments. Those of sessions have routes of their own, where the options of their realm hold. */
export const OperationBody = v.strictObject({
  op: v.pipe(v.string(), v.check(isOpen, 'no verb of tables or caches; sessions are under /v1/sessions')),
  args: v.optional(v.array(v.unknown()), []),
})
export const OperationsBody = v.lazy((body) => (Array.isArray(body) ? v.array(OperationBody) : OperationBody))

/** Runs what a body asks for on one table: `value` for one verb, `values` for a list. */
export async function runOperations(
  table: string,
  body: v.InferOutput<typeof OperationsBody>,
  tables: Tables,
  call: CallOptions,
): Promise<JsonAnswer> {
  const on = ({ op, args }: v.InferOutput<typeof OperationBody>): RawOperation => ({ table, op, args })
  if (Array.isArray(body)) {
    const answer = await tables.run(body.map(on), call)
    return respond({ values: answer.values }, answer)
  }
  const answer = await tables.run([on(body)], call)
  return respond({ value: answer.values[0] }, answer)
}

/** What operations may be refused with, whatever their verbs. */
export const OPERATION_REFUSALS: readonly ErrorCode[] = [
  'bad_request',
  'badarg',
  'cross_shard',
  'gone',
  'no_such_table',
  'overloaded',
  'partial_failure',
  'table_exists',
  'table_full',
  'version_conflict',
]
