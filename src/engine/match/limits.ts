/**
 * Limits of one pattern or match specification, counted while it is read.
 *
 * Everything later (compiling, planning, evaluating) walks what was read here, so these bounds keep a
 * hostile query from overflowing the stack or from costing more than a small, known amount per row.
 */
import { badarg } from '../error.ts'

/** Levels of nesting. Reading and evaluating recurse; real queries use fewer than ten. */
export const MAX_DEPTH = 128

/** Parts in all, those inside `const` included. A row may visit each once. */
export const MAX_NODES = 20_000

/** Clauses of one specification: a scan tries them one by one on every row. */
export const MAX_CLAUSES = 1_000

/** What a query may still spend. Errors: `badarg`/`match_spec` once it asks for more. */
export class Budget {
  #nodesLeft = MAX_NODES

  /** Accounts for one part found `depth` levels down. */
  spend(depth: number): void {
    if (depth > MAX_DEPTH) throw badarg('match_spec', `nested deeper than ${MAX_DEPTH} levels`)
    if (this.#nodesLeft-- === 0) throw badarg('match_spec', `more than ${MAX_NODES} parts`)
  }
}
