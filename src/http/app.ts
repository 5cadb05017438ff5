/**
 * The HTTP interface: who may come in, which route it is, and how refusals look.
 *
 * Everything but `/healthz` needs a credential, and each route says what the credential must allow. Bad input ends as
 * a problem with a code, never as a stack.
 */
import { Hono } from 'hono'
import { EtsError } from '../engine/error.ts'
import { type Log, SILENT } from '../observe/log.ts'
import { type Exchange, exchangeOf } from './exchange.ts'
import { type HandlerOptions, handlersOf } from './handlers.ts'
import { corsFor, tidy } from './hygiene.ts'
import { internalError, problemResponse } from './problem.ts'
import { faultLine, requestLine } from './request-log.ts'

export interface AppOptions extends HandlerOptions {
  /** The origins whose pages may call. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** Has a line for each request, and for each failure that is a bug. Default: nobody listens. */
  readonly log?: Log
  /** What a table is called in the log. Default: nothing. */
  readonly tableLabel?: (table: string) => string | undefined | Promise<string | undefined>
}

export interface App {
  fetch(request: Request): Promise<Response>
}

export function createApp(options: AppOptions): App {
  const { corsOrigins = [], log = SILENT, tableLabel = () => undefined } = options
  const isLogged = log.shows('info')
  const handlerOf = handlersOf(options)
  const answer = async (exchange: Exchange): Promise<Response> => {
    const isHead = exchange.method === 'HEAD'
    try {
      const handler = handlerOf(isHead ? 'GET' : exchange.method, exchange.path.decoded)
      const response = await handler(exchange)
      return isHead ? new Response(null, response) : response
    } catch (error) {
      const refusal = error instanceof EtsError ? error : internalError()
      if (refusal !== error) log.line('error', faultLine(error, exchange.requestId))
      exchange.code = refusal.code
      const problem = problemResponse(refusal, exchange.requestId)
      return isHead ? new Response(null, problem) : problem
    }
  }
  const respond = corsOrigins.length === 0 ? answer : behindCors(corsOrigins, answer)
  return {
    async fetch(request) {
      const startMs = isLogged ? Date.now() : 0
      const exchange = exchangeOf(request)
      const response = await respond(exchange)
      if (response !== exchange.tidy) tidy(response, exchange)
      if (!isLogged) return response
      const { requestId, method, principal, route, table, code } = exchange
      const label = table === undefined ? undefined : await tableLabel(table)
      const durationMs = Date.now() - startMs
      const answered = { requestId, method, route, code, principal, table: label, response, durationMs }
      log.line('info', requestLine(answered))
      return response
    },
  }
}

type Answer = (exchange: Exchange) => Promise<Response>

/** Answers pages of these origins, and their questions whether they may call. */
function behindCors(origins: readonly string[], answer: Answer): Answer {
  const front = new Hono<{ Bindings: Exchange }>()
  front.use(corsFor(origins))
  front.all('*', ({ env: exchange }) => answer(exchange))
  return async (exchange) => front.fetch(exchange.request, exchange)
}
