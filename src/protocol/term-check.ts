/**
 * The check that a value from outside is a term: the boundary of the engine, passed once by every argument.
 *
 * It checks in place. Behind HTTP and RPC that is enough, as both have copied the value already; a caller
 * in the same memory goes through `ownTerm`, which copies while it checks.
 *
 * Cost: O(size). Limits: nesting of {@link MAX_TERM_DEPTH}, {@link MAX_ELEMENTS}, {@link MAX_MEMBERS}.
 */
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import { MAX_ELEMENTS, MAX_MEMBERS, MAX_TERM_DEPTH } from './limits.ts'

/** Errors: `bad_request` for anything that is not a term, naming what was found; `too_large` for one that is too wide. */
export function checkTerm(value: unknown, depth = 0): asserts value is Term {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw notATerm('a string with a lone surrogate')
      return
    case 'number':
      if (!Number.isFinite(value)) throw notATerm('a number that is not finite')
      return
    case 'boolean':
      return
    case 'object':
      if (value === null) return
      if (depth >= MAX_TERM_DEPTH) throw notATerm(`nesting deeper than ${MAX_TERM_DEPTH}`)
      if (Array.isArray(value)) checkElements(value, depth)
      else checkMembers(value, depth)
      return
    default:
      throw notATerm(`a value of type ${typeof value}`)
  }
}

function checkElements(array: readonly unknown[], depth: number): void {
  if (array.length > MAX_ELEMENTS) throw tooWide('elements of an array', MAX_ELEMENTS)
  for (const element of array) checkTerm(element, depth + 1)
}

function checkMembers(object: object, depth: number): void {
  const prototype = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) throw notATerm('an object that is not plain')
  const members = Object.entries(object)
  if (members.length > MAX_MEMBERS) throw tooWide('members of an object', MAX_MEMBERS)
  for (const [name, member] of members) {
    checkTerm(name)
    checkTerm(member, depth + 1)
  }
}

/** A copy of `value` that the caller can no longer change. Errors: as {@link checkTerm}. */
export function ownTerm(value: unknown): Term {
  checkTerm(value)
  return copyTerm(value)
}

/** A copy of a term, which is known to be one. `-0` becomes `0`, as in JSON. */
export function copyTerm(term: Term): Term {
  if (typeof term === 'number') return term + 0
  if (typeof term !== 'object' || term === null) return term
  if (Array.isArray(term)) return term.map(copyTerm)
  return Object.fromEntries(Object.entries(term).map(([name, member]) => [name, copyTerm(member)]))
}

const tooWide = (what: string, limit: number): EtsError => new EtsError('too_large', { what, limit })

const notATerm = (found: string): EtsError =>
  new EtsError('bad_request', { message: `found ${found} where a JSON value is wanted` })
