/** Every limit, with its reason. A limit that is reached is a refusal that names it. */

/** A request body. The largest row and a full batch fit; reading stops here, whatever was announced. */
export const MAX_BODY_BYTES = 1024 * 1024

export { MAX_TERM_DEPTH } from '../engine/limits.ts'

/** Operations of one batch or transaction: long enough to amortise a call, short enough for one turn. */
export const MAX_BATCH_OPERATIONS = 1000

/** A table name. Long enough for `tenant.kind.id`, short enough for a log line and an object's name. */
export const MAX_TABLE_NAME_LENGTH = 128

/** A key position. ETS sets no limit; a row this wide is a mistake. */
export const MAX_KEYPOS = 256

/** Tables of one process: their definitions are kept in one stored record of at most 2 MB. */
export const MAX_TABLES_PER_PROCESS = 1000

/**
 * Rows that one call may look at. At some 50 ns a row this keeps a turn within 10 ms, so that no query stalls
 * the other callers of a process; `scan` goes on where it stopped.
 */
export const MAX_ROWS_VISITED = 200_000

/** Rows of one page of a scan: some hundred kilobytes of ordinary rows. */
export const MAX_SCAN_LIMIT = 10_000
