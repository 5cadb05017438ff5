/**
 * Operations: what crosses every boundary. One verb of one table with its arguments, as JSON.
 *
 * `checkOperations` is the one check on the way in, whether a call came over HTTP, RPC or from a library
 * user: the verb exists, has that many arguments, and each of them is a term. What ETS itself would refuse
 * (`badarg`) is left to the engine.
 */
import * as v from 'valibot'
import type { Operation } from '../engine/database.ts'
import { badarg, EtsError } from '../engine/error.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import { CACHE_ARGUMENT_SCHEMAS } from './cache-arguments.ts'
import { check, tryCheck } from './check.ts'
import { MAX_BATCH_OPERATIONS, MAX_TIMEOUT_MS } from './limits.ts'
import { processOf, TableName } from './names.ts'
import { SESSION_ARGUMENT_SCHEMAS } from './session-arguments.ts'
import { ARGUMENT_SCHEMAS } from './table-options.ts'
import type { CallOptions } from './tables.ts'
import { checkTerm } from './term-check.ts'
import { isVerbName, VERBS } from './verbs.ts'

export type { Operation } from '../engine/database.ts'

/** An operation as it arrives: nothing of it is known to be right. */
export interface RawOperation {
  readonly table: string
  readonly op: string
  readonly args: readonly unknown[]
}

/** The operations, checked. Errors: `bad_request`, `badarg`/`options`, `cross_shard`. */
export function checkOperations(raw: readonly RawOperation[]): readonly Operation[] {
  if (raw.length === 0) throw new EtsError('bad_request', { message: 'the list of operations is empty' })
  if (raw.length > MAX_BATCH_OPERATIONS) {
    throw new EtsError('too_large', { what: 'operations', limit: MAX_BATCH_OPERATIONS })
  }
  const operations = raw.map(checkOperation)
  const processes = new Set(operations.map(({ table }) => processOf(table)))
  if (processes.size > 1) throw new EtsError('cross_shard', { processes: [...processes] })
  return operations
}

function checkOperation({ table, op, args }: RawOperation): Operation {
  check(TableName, table)
  const call = checkCall(op, args)
  if (op === 'rename') checkRename(table, args[0] as string)
  return { table, ...call }
}

/** A verb with its arguments, whatever the table. Errors: `bad_request`, `badarg`/`options`. */
export function checkCall(op: string, args: readonly unknown[]): Omit<Operation, 'table'> {
  if (!isVerbName(op)) throw new EtsError('bad_request', { message: `unknown verb ${quote(op)}`, path: 'op' })
  checkArity(op, VERBS[op], args.length)
  for (const arg of args) checkTerm(arg)
  checkSchemas(VERBS[op], args)
  return { op, args: args as Operation['args'] }
}

function checkArity(op: string, { args }: Verb, given: number): void {
  const required = args.filter((name) => !name.endsWith('?')).length
  if (given >= required && given <= args.length) return
  const shape = args.length === 0 ? 'no arguments' : `(${args.join(', ')})`
  throw new EtsError('bad_request', { message: `${op} takes ${shape}, found ${given}`, path: 'args' })
}

function checkSchemas({ args: names }: Verb, args: readonly unknown[]): void {
  for (let i = 0; i < args.length; i++) {
    const schema: v.GenericSchema | undefined = SCHEMAS.get(names[i] as string)
    if (schema === undefined) continue
    const result = tryCheck(schema, args[i])
    if (!result.ok) throw badarg('options', result.message)
  }
}

const SCHEMAS = new Map<string, v.GenericSchema>(
  Object.entries({
    ...ARGUMENT_SCHEMAS,
    ...CACHE_ARGUMENT_SCHEMAS,
    ...SESSION_ARGUMENT_SCHEMAS,
  }).flatMap(([name, schema]) => [
    [name, schema],
    [`${name}?`, schema],
  ]),
)

/** A table stays with its process: what is stored, and who may be waiting for it, is there. */
function checkRename(table: string, newName: string): void {
  const processes = [processOf(table), processOf(newName)]
  if (processes[0] !== processes[1]) throw new EtsError('cross_shard', { processes })
}

/** A name from outside, short enough for a message. */
const quote = (name: string): string => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name)

export const IdempotencyKey = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,128}$/, 'an idempotency key is 1 to 128 letters, digits, _ and -'),
)

export const TimeoutMs = v.pipe(
  v.number(),
  v.safeInteger('a timeout is a whole number of milliseconds'),
  v.minValue(1, 'a timeout is at least 1 millisecond'),
)

/** The options of a call, checked; a timeout that is too long is the longest. Errors: `bad_request`. */
export function checkCallOptions(options: CallOptions = {}): CallOptions {
  const { idempotencyKey, timeoutMs } = options
  if (idempotencyKey !== undefined) check(IdempotencyKey, idempotencyKey)
  if (timeoutMs === undefined) return options
  return { ...options, timeoutMs: Math.min(check(TimeoutMs, timeoutMs), MAX_TIMEOUT_MS) }
}
