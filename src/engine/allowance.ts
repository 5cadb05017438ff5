/**
 * Allowance: how much one turn may do, so that none stalls the other callers of its process or fills its memory.
 *
 * Owns what the turn under way has left. There are three measures: rows looked at, the length of the answers, and
 * bytes of rows written. What is beyond one of them is refused, and the turn with it.
 *
 * Cost: a subtraction a row looked at or written; answers are measured once, O(size).
 */
import { EtsError } from './error.ts'
import type { Term } from './term.ts'

export interface Bounds {
  /** Rows that one turn may look at. */
  readonly maxVisited: number
  /** Characters of the answers of one turn, about as JSON. */
  readonly maxAnswerLength: number
  /** Bytes of the rows that one turn may write, as `rowBytes` counts them. */
  readonly maxWrittenBytes: number
}

export const UNBOUNDED: Bounds = {
  maxVisited: Number.POSITIVE_INFINITY,
  maxAnswerLength: Number.POSITIVE_INFINITY,
  maxWrittenBytes: Number.POSITIVE_INFINITY,
}

export class Allowance {
  readonly #bounds: Bounds
  #visitsLeft = 0
  #answerLeft = 0
  #bytesLeft = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.begin()
  }

  get maxVisited(): number {
    return this.#bounds.maxVisited
  }

  /** Gives a new turn all of it. */
  begin(): void {
    this.#visitsLeft = this.#bounds.maxVisited
    this.#answerLeft = this.#bounds.maxAnswerLength
    this.#bytesLeft = this.#bounds.maxWrittenBytes
  }

  /** Takes `cost` visits if they are left; says whether. */
  tryVisit(cost: number): boolean {
    if (cost > this.#visitsLeft) return false
    this.#visitsLeft -= cost
    return true
  }

  /** Takes `cost` visits. Errors: `too_large` when they are not left. */
  visit(cost = 1): void {
    if (!this.tryVisit(cost)) throw this.tooManyVisited()
  }

  /** Accounts for `count` places passed over, as they were empty or their rows dead. Errors: `too_large`. */
  pass(count: number): void {
    this.visit(Math.floor(count / PASSED_A_VISIT))
  }

  tooManyVisited(): EtsError {
    return new EtsError('too_large', { what: 'rows looked at by one call; use scan', limit: this.maxVisited })
  }

  /** Accounts for what an operation answers. Errors: `too_large`. */
  answer(value: Term): void {
    if (typeof value !== 'object' || this.#answerLeft === Number.POSITIVE_INFINITY) return
    this.#answerLeft -= lengthOf(value, this.#answerLeft)
    if (this.#answerLeft < 0) throw this.tooLongAnswer()
  }

  tooLongAnswer(): EtsError {
    return new EtsError('too_large', {
      what: 'characters of the answer',
      limit: this.#bounds.maxAnswerLength,
    })
  }

  /** What is left for answers after `value`; below 0 when it is too long. Accounts for nothing. */
  answerLeftAfter(value: Term, left = this.#answerLeft): number {
    return left === Number.POSITIVE_INFINITY ? left : left - lengthOf(value, left)
  }

  /** Accounts for a row that is written, or made to be written. Errors: `too_large`. */
  write(bytes: number): void {
    this.#bytesLeft -= bytes
    if (this.#bytesLeft < 0) {
      throw new EtsError('too_large', {
        what: 'bytes written by one call',
        limit: this.#bounds.maxWrittenBytes,
      })
    }
  }
}

/** Places that are passed over in the time of a row looked at. */
const PASSED_A_VISIT = 16

/** A number takes about as much, in JSON and on the way. */
const NUMBER_LENGTH = 8
/** Brackets, quotes, commas and colons of one term or member. */
const MARKS = 3

/** About how long `term` is as JSON; some number above `limit` once it is longer. A part that comes twice counts twice. */
export function lengthOf(term: Term, limit: number): number {
  if (typeof term === 'string') return term.length + MARKS
  if (typeof term !== 'object' || term === null) return NUMBER_LENGTH
  let length = MARKS
  if (Array.isArray(term)) {
    for (const part of term) {
      length += lengthOf(part, limit - length)
      if (length > limit) return length
    }
    return length
  }
  for (const [name, part] of Object.entries(term)) {
    length += name.length + MARKS + lengthOf(part, limit - length)
    if (length > limit) return length
  }
  return length
}
