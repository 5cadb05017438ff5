/** Rows: the objects of ETS. A row is an array whose element at the key position (from 1) is its key. */
import { badarg, EtsError } from './error.ts'
import { MAX_ROW_BYTES, MAX_TERM_DEPTH } from './limits.ts'
import type { Term, TermObject } from './term.ts'

export type Row = readonly Term[]

/** The row that `value` is. Errors: `badarg`/`object` when it is no array or has no element at `keypos`. */
export function asRow(value: Term, keypos: number): Row {
  if (!Array.isArray(value) || value.length < keypos) throw badarg('object')
  return value
}

/** The rows that `value` lists, each checked like {@link asRow}. */
export function asRows(value: Term, keypos: number): readonly Row[] {
  if (!Array.isArray(value)) throw badarg('object')
  for (const row of value) asRow(row, keypos)
  return value
}

/**
 * The row itself, which a verb made from others.
 *
 * Errors: `badarg`/`object` when it is nested deeper than a term may be, `too_large` as {@link rowBytes}.
 */
export function checkRow(row: Row): Row {
  // First: a row that holds one part many times may be far larger than what there is in memory of it.
  rowBytes(row)
  if (isDeeper(row, MAX_TERM_DEPTH)) throw badarg('object', `nested deeper than ${MAX_TERM_DEPTH}`)
  return row
}

/** Whether a term is nested deeper than that. */
export function isDeeper(term: Term, depth: number): boolean {
  if (typeof term !== 'object' || term === null) return false
  if (depth === 0) return true
  for (const part of Array.isArray(term) ? term : Object.values(term))
    if (isDeeper(part, depth - 1)) return true
  return false
}

export const keyOf = (row: Row, keypos: number): Term => row[keypos - 1] as Term

/** A row with another element at `position` (from 1). */
export const withElement = (row: Row, position: number, element: Term): Row => row.with(position - 1, element)

/** What an array or object costs before its first element: its header and that of its backing store. */
const CONTAINER_BYTES = 32
/** A pointer or a number in a container, and the header of a string. */
const WORD_BYTES = 8
const STRING_BYTES = 16

/**
 * About how much memory a row takes, in bytes: what bounds are counted in.
 *
 * Strings and names count one byte a character, as V8 stores those of Latin-1; a part that comes twice counts twice.
 * Cost:   O(size), without allocation.
 * Errors: `too_large` beyond `MAX_ROW_BYTES`, as soon as that is seen.
 */
export function rowBytes(row: Row): number {
  let bytes = CONTAINER_BYTES + WORD_BYTES * row.length
  for (let i = 0; i < row.length; i++) {
    // Asked here first: most elements are short, and a call for each takes longer than all the rest (bench/cache).
    const term = row[i] as Term
    if (typeof term === 'string') bytes += STRING_BYTES + term.length
    else if (typeof term === 'object' && term !== null) bytes = checked(bytes + containerBytes(term))
  }
  return checked(bytes)
}

function containerBytes(term: readonly Term[] | TermObject): number {
  return Array.isArray(term) ? rowBytes(term) : objectBytes(term as TermObject)
}

function objectBytes(object: TermObject): number {
  let bytes = CONTAINER_BYTES
  for (const name in object) {
    const term = object[name] as Term
    bytes += WORD_BYTES + name.length
    if (typeof term === 'string') bytes += STRING_BYTES + term.length
    else if (typeof term === 'object' && term !== null) bytes = checked(bytes + containerBytes(term))
  }
  return checked(bytes)
}

function checked(bytes: number): number {
  if (bytes > MAX_ROW_BYTES) throw new EtsError('too_large', { what: 'bytes of a row', limit: MAX_ROW_BYTES })
  return bytes
}
