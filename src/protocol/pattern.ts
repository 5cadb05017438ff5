/**
 * Patterns of table names, in which `*` stands for any characters.
 *
 * Cost: length of name × length of pattern at worst, whatever the pattern: a regular expression with several `.*`
 *       could be made to take far longer.
 */
import * as v from 'valibot'
import { MAX_TABLE_NAME_LENGTH } from './limits.ts'

export const Pattern = v.pipe(
  v.string(),
  v.maxLength(MAX_TABLE_NAME_LENGTH, `a pattern has at most ${MAX_TABLE_NAME_LENGTH} characters`),
  v.regex(/^[A-Za-z0-9_.*-]+$/, 'a pattern is a table name with * for any characters'),
)

/**
 * Whether a name matches. A star of a "name" is matched by a star alone, so this also tells whether one pattern
 * takes in every name that another does.
 */
export function matches(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  /** Where the last star is, and how much of the name it was given so far. */
  let star = -1
  let taken = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      taken = n
    } else if (pattern[p] === name[n]) {
      p++
      n++
    } else if (star !== -1) {
      p = star + 1
      n = ++taken
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
