/**
 * The key in a path: JSON, or a plain string where it is not JSON.
 *
 * `42` is the number, `%2242%22` the string "42", `u:1` the string "u:1". Text that begins like JSON but
 * is not (`[1`) is refused: taken as a string it would hide a typing error.
 */
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import { parseJson } from '../protocol/json.ts'

/** What is JSON, or begins like it. To try the rest in vain would cost more than everything else here (bench/router). */
const LIKE_JSON =
  /^[ \t\n\r]*(?:["[{]|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)[ \t\n\r]*$)/

/** The term that a percent-encoded path segment stands for. Errors: `bad_request`. */
export function parseRowKey(segment: string): Term {
  const text = decode(segment)
  if (!LIKE_JSON.test(text)) return text
  try {
    return parseJson(text) as Term
  } catch (error) {
    if (error instanceof EtsError) throw error
    if (/^["[{]/.test(text)) throw malformed('the key begins like JSON and is not; quote it as a JSON string')
    return text
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw malformed('the key is not percent-encoded UTF-8')
  }
}

const malformed = (message: string): EtsError => new EtsError('bad_request', { message, path: 'key' })
