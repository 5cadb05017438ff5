/** Tables over HTTP: the published client, for programs that are not Workers of the same account. */
import { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
import { processOf } from '../protocol/names.ts'
import type { Answer, Tables } from '../protocol/tables.ts'

export interface HttpTablesOptions {
  /** Where the service is, without a path: `https://ets.example.com`. */
  readonly url: string
  readonly key: string
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

/** Errors: refusals of the service as `EtsError`; `internal` for an answer that is not the service's. */
export function httpTables({
  url,
  key,
  fetch: send = (request) => fetch(request),
}: HttpTablesOptions): Tables {
  return {
    async run(operations, { idempotencyKey } = {}) {
      const [first] = operations
      if (first === undefined)
        throw new EtsError('bad_request', { message: 'the list of operations is empty' })
      const path = `/v1/processes/${encodeURIComponent(processOf(first.table))}/transactions`
      const response = await send(
        new Request(new URL(path, url), {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          },
          body: JSON.stringify(operations),
        }),
      )
      if (!response.ok) throw await refusalOf(response)
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

/** The refusal that a problem describes: its members are the details. */
async function refusalOf(response: Response): Promise<EtsError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  if (!isProblem)
    return new EtsError('internal', { message: `the service answered with status ${response.status}` })
  const {
    code,
    detail,
    type: _,
    title: __,
    status: ___,
    instance: ____,
    ...members
  } = (await response.json()) as Problem
  return new EtsError(code, {
    ...members,
    ...(detail === undefined ? {} : { message: detail }),
  } as ErrorDetails[ErrorCode])
}

interface Problem {
  readonly code: ErrorCode
  readonly detail?: string
  readonly [member: string]: unknown
}
