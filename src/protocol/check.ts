/** Turns what a schema finds wrong into a refusal that says where. */
import * as v from 'valibot'
import { EtsError } from '../engine/error.ts'

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly path?: string }

/** `value` as the schema describes it, or what is wrong with it first. */
export function tryCheck<T>(schema: v.GenericSchema<unknown, T>, value: unknown): Checked<T> {
  // To Valibot an array is an object, to JSON it is not.
  if (Array.isArray(value) && takesObject(schema))
    return { ok: false, message: 'an object is wanted, not an array' }
  const result = v.safeParse(schema, value, { abortEarly: true })
  return result.success
    ? { ok: true, value: result.output }
    : { ok: false, ...describeIssue(result.issues[0]) }
}

/** `value` as the schema describes it. Errors: `bad_request` with the path of the first fault. */
export function check<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = tryCheck(schema, value)
  if (result.ok) return result.value
  const { ok: _, ...details } = result
  throw new EtsError('bad_request', details)
}

function takesObject(schema: v.GenericSchema & { readonly wrapped?: v.GenericSchema }): boolean {
  return schema.type === 'strict_object' || (schema.wrapped !== undefined && takesObject(schema.wrapped))
}

/** The path and the message of a fault; the value that was found is not repeated. */
export function describeIssue(issue: v.BaseIssue<unknown>): { message: string; path?: string } {
  const path = v.getDotPath(issue)
  return path === null ? { message: messageOf(issue) } : { message: `${path}: ${messageOf(issue)}`, path }
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  const isMember = issue.type === 'strict_object' && issue.message.startsWith('Invalid key')
  if (isMember) return issue.expected === 'never' ? 'there is no such option or member' : 'is missing'
  return issue.message.replace(/ but received .*$/s, '')
}
