/**
 * JSON from outside. An integer that a number cannot hold is refused: rounded to its neighbour, two ids would become one.
 *
 * Cost: one search for sixteen digits in a row, which hardly any text has; a text that has them is gone through again.
 */
import { EtsError } from '../engine/error.ts'

/** Fewer digits are always held. */
const LONG = /\d{16}/

/** Texts and numbers of JSON; within a text nothing is a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/gs
const LONG_INTEGER = /^-?\d{16,}$/

/** Errors: `SyntaxError` as of `JSON.parse`, `bad_request` for an integer that would be rounded. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (LONG.test(text)) for (const [token] of text.matchAll(TOKEN)) checkExact(token)
  return value
}

function checkExact(token: string): void {
  if (!LONG_INTEGER.test(token)) return
  const number = Number(token)
  // What is infinite is no term, and is refused for that; JavaScript itself writes 2^60 as 1152921504606847000.
  if (!Number.isFinite(number) || String(number) === token || BigInt(number) === BigInt(token)) return
  throw new EtsError('bad_request', {
    message: 'an integer beyond ±(2^53-1) would be rounded; send it as a string',
  })
}
