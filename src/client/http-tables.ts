/** Tables over HTTP: the published client, for programs that are not Workers of the same account. */
import { EtsError } from '../engine/error.ts'
import { processOf } from '../protocol/names.ts'
import type { Answer, Tables } from '../protocol/tables.ts'
import { type HttpOptions, httpCaller } from './http-call.ts'

export type HttpTablesOptions = HttpOptions

/** Errors: refusals of the service as `EtsError`, and those of `httpCaller`. */
export function httpTables(options: HttpTablesOptions): Tables {
  const send = httpCaller(options)
  return {
    async run(operations, { idempotencyKey, timeoutMs } = {}) {
      const [first] = operations
      if (first === undefined)
        throw new EtsError('bad_request', { message: 'the list of operations is empty' })
      const response = await send({
        method: 'POST',
        path: `/v1/processes/${encodeURIComponent(processOf(first.table))}/transactions`,
        body: operations,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      })
      const { values } = (await response.json()) as Pick<Answer, 'values'>
      return {
        values,
        seq: Number(response.headers.get('ets-seq')),
        incarnation: Number(response.headers.get('ets-incarnation')),
        ...(response.headers.has('idempotency-replayed') ? { replayed: true } : {}),
      }
    },
  }
}
