/** The limits that the engine itself holds, each with its reason; those of the boundary are in `protocol/limits`. */

/** Nesting of one term. Deeper than any real document, far from the depth where recursion would overflow. */
export const MAX_TERM_DEPTH = 64

/** Bytes of one row, as `rowBytes` counts them. More than the largest request body makes; a query could make any size. */
export const MAX_ROW_BYTES = 16_000_000

/**
 * Slots from here on are no rows: a journal keeps there what it has to know of tags. More rows than the memory of a
 * process can hold, and pages of a journal that can still be counted.
 */
export const TAG_PLACES = 2 ** 29

/** Named cursors of one table. A walk needs one; one that is forgotten costs a few hundred bytes. */
export const MAX_CURSORS = 64

/**
 * Rows that one snapshot keeps because they changed after it was taken: some fifty thousand of a hundred bytes,
 * and with four snapshots a quarter of the memory that the platform gives a process.
 */
export const MAX_KEPT_BYTES = 8 * 1024 * 1024
