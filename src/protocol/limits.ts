/** Every limit, with its reason. A limit that is reached is a refusal that names it. */

/** A request body. The largest row and a full batch fit; reading stops here, whatever was announced. */
export const MAX_BODY_BYTES = 1024 * 1024

/** Bodies that one isolate reads at a time: a quarter of its memory. */
export const MAX_BODIES_BYTES = 32 * 1024 * 1024

export { MAX_ROW_BYTES, MAX_TERM_DEPTH } from '../engine/limits.ts'

/**
 * Elements of one array: the rows of a list that fills a body are no more. To go through them takes a turn of some hundred
 * milliseconds, which is as long as anybody should be kept waiting by one caller; `import` takes more, in many turns.
 */
export const MAX_ELEMENTS = 100_000

/**
 * Members of one object. With more, a runtime keeps it as a dictionary, and each costs five times what it costs in a small
 * object: whoever has so many names has a table.
 */
export const MAX_MEMBERS = 10_000

/** Operations of one batch or transaction: long enough to amortise a call, short enough for one turn. */
export const MAX_BATCH_OPERATIONS = 1000

/** A table name. Long enough for `tenant.kind.id`, short enough for a log line and an object's name. */
export const MAX_TABLE_NAME_LENGTH = 128

/** A key position. ETS sets no limit; a row this wide is a mistake. */
export const MAX_KEYPOS = 256

/** Tables of one process: their definitions are kept in one stored record of at most 2 MB. */
export const MAX_TABLES_PER_PROCESS = 1000

/**
 * Rows that one call may look at, a batch all together. At some 50 ns a row this keeps a turn within 10 ms, so
 * that none stalls the other callers of a process; `scan` goes on where it stopped. A query of unusual size
 * counts a row more than once; see `engine/match/effort`.
 */
export const MAX_ROWS_VISITED = 200_000

/**
 * Characters of the answer of one call, about as JSON. The platform passes at most 32 MiB between objects, and a
 * character takes up to three bytes there; this many are copied in some tens of milliseconds.
 */
export const MAX_ANSWER_LENGTH = 8_000_000

/** Bytes of rows that one call may write: several times what a body can bring, a bound on what one can make of it. */
export const MAX_WRITTEN_BYTES = 64_000_000

/** Tags of one row, and of one call that invalidates some: a row of a page with as many parts is rare. */
export const MAX_TAGS = 64

/** Characters of a tag: a path or a URL fits, and a million rows with one tag hold it once. */
export const MAX_TAG_LENGTH = 512

export { MAX_WAIT_MS } from '../cache/limits.ts'

/** Events of one answer: some hundred kilobytes of ordinary keys. */
export const MAX_EVENTS_TOLD = 1_000

/** A cursor of events: of 32 shards, an UUID and a number each. */
export const MAX_EVENTS_CURSOR_LENGTH = 2_000

/** Rows of one page of a scan: some hundred kilobytes of ordinary rows. */
export const MAX_SCAN_LIMIT = 10_000

/** The id of a user of a realm. Any id there is fits, and e-mail addresses; it is part of keys and of the audit trail. */
export const MAX_USER_LENGTH = 256

/** The name of a field of a session. */
export const MAX_FIELD_LENGTH = 128

/** What is noted of where a session comes from: a user agent is longer only to be a nuisance. */
export const MAX_ORIGIN_LENGTH = 256

/** Data of a session, which every request reads as a whole. */
export const MAX_SESSION_BYTES = 1_000_000

/** Sessions of a user at a time: at the limit a login looks at all of them. */
export const MAX_SESSIONS_PER_USER = 10_000

/** Events of a user that are kept, all of which are answered at once. */
export const MAX_AUDIT_ENTRIES = 1000

/**
 * Shards of a process: a read of all of them is as many calls, and its answer is put together in the memory of one
 * Worker. Some thirty thousand operations a second.
 */
export const MAX_SHARDS = 32

/** How long a caller waits that does not say. Longer than any turn and any restart, shorter than people's patience. */
export const DEFAULT_TIMEOUT_MS = 5_000

/** The longest that a caller may wait: beyond that it would hold a request open for an answer that never comes. */
export const MAX_TIMEOUT_MS = 60_000

/** Entries of one page of a directory: some ten kilobytes. */
export const MAX_LISTED = 100

/** Keys of one tenant: one for each of its programs and people, not one for each of its users. */
export const MAX_KEYS_PER_TENANT = 1000

/** Processes of one tenant. Each is an object that costs money while it is awake, and a line of the directory. */
export const MAX_PROCESSES_PER_TENANT = 10_000

/**
 * Attempts of one client with credentials that are not known. Nobody guesses 190 bits, so this is not what keeps them
 * out: it keeps their attempts off the object that has the keys. A program with a wrong key finds out in one.
 */
export const FAILED_ATTEMPTS = { name: 'failed-attempts', burst: 20, refillMs: 3_000 } as const

/** Tokens that one key mints: each user of a busy page gets one a few times an hour. */
export const MINTED_TOKENS = { name: 'minted-tokens', burst: 60, refillMs: 500 } as const

/** A URL: the longest key in a path is some kilobytes, and a query is a name or a cursor. */
export const MAX_URL_LENGTH = 16_384

/** A credential; a token of 32 long grants is the longest of ours. */
export const MAX_CREDENTIAL_LENGTH = 8_192

/**
 * A header field that is read: some hundred entity tags, or a credential with the token of a session beside it. What is not
 * read is bounded by the platform, all fields together to 128 KB.
 */
export const MAX_HEADER_LENGTH = 16_384
