/**
 * Routes as data: what a path takes, answers and refuses, with the function that does it.
 *
 * The schemas validate the request and describe it in the OpenAPI document, so the two cannot differ.
 */
import type * as v from 'valibot'
import type { ErrorCode } from '../engine/error.ts'
import type { Caches } from '../protocol/caches.ts'
import type { Keys } from '../protocol/keys.ts'
import type { Metrics } from '../protocol/metrics.ts'
import type { Processes } from '../protocol/processes.ts'
import type { Sessions } from '../protocol/sessions.ts'
import type { Answer, CallOptions, Tables } from '../protocol/tables.ts'
import type { Transfers } from '../protocol/transfers.ts'
import type { Scope } from '../security/grants.ts'
import type { Principal } from '../security/principal.ts'
import type { Tokens } from '../security/token.ts'
import type { Fields } from './fields.ts'

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'
/** The media type of a stream of JSON, a value a line. */
export const JSON_LINES = 'application/x-ndjson'

export type JsonSchema = Readonly<Record<string, unknown>>

/** An answer in JSON. The app makes the response, with every header at once: to add them one by one costs more. */
export interface JsonAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What a handler may use, as whoever calls may use it: in the name of their key, and within their tenant. */
export interface Services {
  readonly tables: Tables
  readonly processes: Processes
  readonly caches: Caches
  readonly transfers: Transfers
  readonly keys: Keys
  readonly mint: Tokens['mint']
  readonly metrics: Metrics
  /** The sessions of a realm, over the tables of whoever calls. Errors: `no_such_realm`. */
  readonly sessions: (tables: Tables, realm: string) => Sessions
}

/** What a handler is given: parameters and body as the schemas describe them. */
export interface Input<Params, Body, Query> extends Services {
  readonly params: Params
  readonly body: Body
  readonly query: Query
  readonly principal: Principal
  /** The body, for a route that takes a stream; an empty one where there is none. */
  stream(): ReadableStream<Uint8Array>
  /** The body as bytes, for a route that takes any type. Errors: `too_large`, before more than that is read. */
  bytes(): Promise<Uint8Array>
  readonly headers: Fields
  /** Whether the answer goes without its body, as the request is a HEAD. */
  readonly isHead: boolean
  /** Options of the call that are in headers. */
  readonly call: CallOptions
}

export interface Route<Params = unknown, Body = unknown, Query = unknown> {
  readonly method: Method
  /** As in Hono: `:name` is a parameter. */
  readonly path: string
  readonly summary: string
  /**
   * The scope that a key must have, on the `:table` or `:cache` of the path where there is one. What operations need beyond
   * that is asked of each of them, by its mode.
   */
  readonly needs: Scope
  /** Checks the path parameters, each still percent-encoded where it is a key. */
  readonly params: v.GenericSchema<unknown, Params>
  /** Checks the body; without it the body is not read. */
  readonly body?: v.GenericSchema<unknown, Body>
  /** Checks the query parameters; without it there may be none. */
  readonly query?: v.GenericSchema<unknown, Query>
  /** Whether it may write, so that a caller may name the call with an `Idempotency-Key`. */
  readonly takesIdempotencyKey?: true
  /** Of a route of sessions: whether it is about that of a `Session-Token`, may be told one's own, or wants none. */
  readonly sessionToken?: 'required' | 'optional' | 'none'
  /** Describes the body where its schema is coarser than what is accepted. */
  readonly bodyDocument?: JsonSchema
  /** Whether the body may be of any type. */
  readonly takesRaw?: true
  /** Header fields that it takes, and what they mean. */
  readonly headers?: Readonly<Record<string, string>>
  /** Describes each line of the body of a route that takes a stream of them. */
  readonly lineDocument?: JsonSchema
  /** The answer that is no problem; `body` describes its JSON, or each line where it is a stream of them. */
  readonly answer: {
    readonly status: number
    readonly description: string
    readonly body: JsonSchema
    /** Other answers that are no problems, by their status. */
    readonly others?: Readonly<Record<number, string>>
    readonly isLines?: true
    /** Bytes of whatever type was put. */
    readonly isRaw?: true
    /** The media type where it is none of these. Default: JSON. */
    readonly type?: string
  }
  readonly refusals: readonly ErrorCode[]
  handle(input: Input<Params, Body, Query>): Promise<Response | JsonAnswer>
}

/** A route whose handler gets what its schemas promise; the list of routes forgets the types again. */
export const route = <Params, Body, Query>(description: Route<Params, Body, Query>): Route =>
  description as Route

/** A JSON answer with the numbers that say which state of the process it shows. */
export const respond = (
  body: unknown,
  state: Omit<Answer, 'values'>,
  status = 200,
  headers?: Readonly<Record<string, string>>,
): JsonAnswer => ({ status, headers: { ...headersOf(state), ...headers }, body })

export const headersOf = ({
  seq,
  incarnation,
  replayed,
  together,
}: Omit<Answer, 'values'>): Record<string, string> => ({
  'ets-seq': String(seq),
  'ets-incarnation': String(incarnation),
  'cache-control': 'no-store',
  ...(replayed ? { 'idempotency-replayed': 'true' } : undefined),
  ...(together === undefined ? undefined : { 'ets-together': String(together) }),
})
