/**
 * Paths: where in a row the value of a variable is found.
 *
 * A variable of a pattern is a place in the row, so matching stores no bindings: whoever wants the value
 * reads it where it stands. Nothing is allocated per row, and no state is shared between rows.
 */
import type { Row } from '../row.ts'
import type { Term, TermObject } from '../term.ts'

/** Steps from the row inwards: a number is an index (from 0) into an array, a string a member name. */
export type Path = readonly (number | string)[]

export type Reader = (row: Row) => Term

/** A function that reads what stands at `path`. Only for rows in which the path exists. */
export function readerOf(path: Path): Reader {
  const [first, second] = path
  if (first === undefined) return (row) => row
  // The first step leads into a row, which is an array; most variables stand one step deep.
  const index = first as number
  if (second === undefined) return (row) => row[index] as Term
  const rest = path.slice(1)
  return (row) => {
    let term = row[index] as Term
    for (const step of rest) term = stepInto(term, step)
    return term
  }
}

const stepInto = (term: Term, step: number | string): Term =>
  typeof step === 'number' ? ((term as readonly Term[])[step] as Term) : ((term as TermObject)[step] as Term)
