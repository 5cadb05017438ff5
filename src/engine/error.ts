/**
 * Refusals: the expected "no". The list is closed, lives here, and is the same from engine to client.
 *
 * A refusal changes nothing. Whatever else is thrown is a bug and ends the process that threw it.
 */

/** Why ETS calls an argument bad. The names are those of the conformance vectors. */
export type BadargWhy =
  | 'object' // not an array, empty, or shorter than the key position
  | 'key' // not in the table
  | 'position' // not an integer, below 1, or beyond the object
  | 'keypos' // an update of the key element
  | 'counter_value' // the element is not an integer, or the result would not be a safe one
  | 'update_op' // a malformed update
  | 'default' // the default object is not an array, or too short
  | 'table_type' // the verb does not exist for this type of table
  | 'match_spec' // a malformed match specification
  | 'limit' // a limit that is not a positive integer
  | 'slot' // beyond the end of the table
  | 'cursor' // not a cursor of this table and query
  | 'options' // unknown or contradictory table options
  | 'item' // not an item of `info`
  | 'ttl' // longer than rows of the table may live

/** What each refusal tells besides its code. Keys and values of rows are never among the details. */
export interface ErrorDetails {
  /** The request itself is malformed: not JSON, an unknown verb or member, a wrong number of arguments. */
  bad_request: { message: string; path?: string }
  /** ETS refuses the argument; `index` is its place in a batch. */
  badarg: { why: BadargWhy; message?: string; index?: number }
  /** The body is, or says that it is, of another type than the route takes. */
  unsupported_type: { message: string }
  /** `error` where a credential was sent that is not good, as RFC 6750 names it. */
  unauthorized: { message: string; error?: 'invalid_token' }
  /** `needs` is the grant that the key lacks, `table` one that is another key's. */
  forbidden: { message: string; needs?: string; table?: string }
  unconfigured: { message: string }
  no_such_route: { path: string }
  method_not_allowed: { method: string; allow: readonly string[] }
  no_such_table: { table: string; index?: number }
  /** A row's key, or an API key. */
  /** Of a cache: why there is nothing, and by which tag it was invalidated. */
  no_such_key: { table: string; reason?: string; tag?: string } | { id: string }
  no_such_process: { process: string }
  no_such_realm: { realm: string }
  /** Whatever became of it, and if there never was one: callers are not to tell. */
  no_such_session: { message: string }
  table_exists: { table: string; index?: number }
  version_conflict: { table: string; version: number }
  gone: { message: string }
  too_large: { what: string; limit: number }
  cross_shard: { processes: readonly string[]; message?: string }
  /** The call was sent to an owner that has another map of shards; `shards` is how many there are. */
  moved: { process: string; shards: number; message: string }
  /** A write to every shard of a process: those of `done` have done it, and that of `failed` refused. */
  partial_failure: {
    done: readonly string[]
    failed: string
    cause: string
    message: string
    retryAfterMs?: number
  }
  idempotency_mismatch: { message: string }
  /** `rule` is the one that was broken: so many at once, and one more every so often, where that is known. */
  rate_limited: { retryAfterMs: number; rule: string; burst?: number; refillMs?: number }
  overloaded: { retryAfterMs: number }
  /** Loading an entry of a cache failed a moment ago, and nobody is to try again yet. */
  load_failed: { retryAfterMs: number }
  restarting: { retryAfterMs: number }
  quarantined: { process: string; retryAfterMs: number; message?: string }
  deadline_exceeded: { timeoutMs: number }
  /** `used` is what the table would hold with the row, in rows or bytes. */
  table_full: { limit: 'maxRows' | 'maxBytes'; max: number; used: number; index?: number }
  internal: { message: string }
}

export type ErrorCode = keyof ErrorDetails

/** A refusal. Its details depend on its code; its message is for people and is not part of the contract. */
export class EtsError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'EtsError'
  readonly code: C
  readonly details: ErrorDetails[C]
  constructor(code: C, details: ErrorDetails[C]) {
    super(code)
    this.code = code
    this.details = details
  }
}

/** The refusal that ETS knows: `badarg`, here with its cause. */
export const badarg = (why: BadargWhy, message?: string): EtsError<'badarg'> =>
  new EtsError('badarg', message === undefined ? { why } : { why, message })
