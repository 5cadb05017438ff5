/** Tables over HTTP: the published client, for programs that are not Workers of the same account. */
import { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
import type { RawOperation } from '../protocol/operation.ts'
import type { Answer, Tables } from '../protocol/tables.ts'

export interface HttpTablesOptions {
  /** Where the service is, without a path: `https://ets.example.com`. */
  readonly url: string
  readonly key: string
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

/** Errors: refusals of the service as `EtsError`; `bad_request` for operations on several tables. */
export function httpTables({
  url,
  key,
  fetch: send = (request) => fetch(request),
}: HttpTablesOptions): Tables {
  return {
    async run(operations) {
      const response = await send(
        new Request(new URL(`/v1/tables/${encodeURIComponent(tableOf(operations))}/ops`, url), {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify(operations.map(({ op, args }) => ({ op, args }))),
        }),
      )
      if (!response.ok) throw await refusalOf(response)
      const { values } = (await response.json()) as Pick<Answer, 'values'>
      return {
        values,
        seq: Number(response.headers.get('ets-seq')),
        incarnation: Number(response.headers.get('ets-incarnation')),
      }
    },
  }
}

function tableOf(operations: readonly RawOperation[]): string {
  const tables = new Set(operations.map(({ table }) => table))
  const [table] = tables
  if (table === undefined || tables.size > 1) {
    throw new EtsError('bad_request', { message: 'the operations of one call are on one table' })
  }
  return table
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
