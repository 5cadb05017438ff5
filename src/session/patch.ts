/**
 * Changes of a session's data, field by field, so that those of parallel requests all survive.
 *
 * Cost:   O(fields of the session).
 * Errors: `badarg` with `update_op` for a field that is named twice, a name that is none, or a list that is no list;
 *         `counter_value` as for counters of tables.
 */
import { badarg, EtsError } from '../engine/error.ts'
import { rowBytes } from '../engine/row.ts'
import type { Term, TermObject } from '../engine/term.ts'

export interface Patch {
  readonly set?: TermObject
  readonly unset?: readonly string[]
  /** Adds to integers; a field that is missing begins at 0. */
  readonly increment?: Readonly<Record<string, number>>
  /** Adds one element at the end of lists; a field that is missing begins empty. */
  readonly append?: TermObject
  /** Values for the next time that flash values are asked for. */
  readonly flash?: TermObject
  /** Only if the session has this version. */
  readonly ifVersion?: number
}

/** The data after a patch. */
export function patched(
  data: TermObject,
  { set = {}, unset = [], increment = {}, append = {} }: Patch,
): TermObject {
  checkFields([set, increment, append].flatMap(Object.keys).concat(unset))
  const next: Record<string, Term> = { ...data, ...set }
  for (const name of unset) delete next[name]
  for (const [name, by] of Object.entries(increment)) next[name] = count(fieldOf(data, name, 0), by)
  for (const [name, element] of Object.entries(append))
    next[name] = appended(fieldOf(data, name, []), element)
  return next
}

/** Fields that others join; the later ones win. */
export function joined(fields: TermObject, more: TermObject): TermObject {
  checkFields(Object.keys(more))
  return { ...fields, ...more }
}

export const bytesOf = (data: TermObject, flash: TermObject): number => rowBytes([data, flash])

/** Errors: `too_large` for data beyond what the realm allows. */
export function checkSize(data: TermObject, flash: TermObject, limit: number): void {
  if (bytesOf(data, flash) > limit) throw new EtsError('too_large', { what: 'bytes of session data', limit })
}

/** The value of a field, never one that every object has. */
const fieldOf = (data: TermObject, name: string, fallback: Term): Term =>
  Object.hasOwn(data, name) ? (data[name] as Term) : fallback

function checkFields(names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw badarg('update_op', 'a field is named twice')
  // Assigning it would set the prototype.
  if (names.includes('__proto__')) throw badarg('update_op', 'a field cannot be named __proto__')
}

function count(current: Term, by: number): number {
  if (!Number.isSafeInteger(current)) throw badarg('counter_value')
  const next = (current as number) + by
  if (!Number.isSafeInteger(next)) throw badarg('counter_value', 'the result is beyond ±(2^53-1)')
  return next
}

function appended(current: Term, element: Term): Term {
  if (!Array.isArray(current)) throw badarg('update_op', 'the field is not a list')
  return [...current, element]
}
