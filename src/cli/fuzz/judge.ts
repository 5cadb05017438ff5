/** Judging answers: each is one that the document promises, and none of them is a failure of ours. */
import { faultOf } from './conforms.ts'
import type { OpenApi } from './document.ts'
import type { FuzzRequest } from './requests.ts'

export interface FuzzAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Refusals of no route in particular. */
const OF_NO_ROUTE = new Set(['no_such_route', 'method_not_allowed'])

/** Refusals that say that the service is busy or the client too fast, and not that a request was wrong. */
const BUSY = new Set([429, 503, 504, 507])

/** What is wrong with an answer, or `undefined`. */
export function faultOfAnswer(
  request: FuzzRequest,
  answer: FuzzAnswer,
  document: OpenApi,
): string | undefined {
  const { status, headers, text } = answer
  if (headers.get('x-content-type-options') !== 'nosniff') return 'it has no security headers'
  if (headers.get('x-request-id') === null) return 'it has no request id'
  if (/\bat .*\.(ts|js):\d/.test(text)) return 'it shows a stack'
  if (status >= 500 && !BUSY.has(status)) return `it is ${status}`
  if (request.method === 'HEAD') return text === '' ? undefined : 'it has a body'
  if (status === 204) return undefined
  return status < 400 ? faultOfSuccess(request, answer, document) : faultOfProblem(request, answer, document)
}

function faultOfSuccess(request: FuzzRequest, { status, headers, text }: FuzzAnswer, document: OpenApi) {
  const documented = documentedAs(request, status, document)
  if (documented === undefined) return `${status} is not documented`
  const type = headers.get('content-type') ?? ''
  const [wanted, content] = Object.entries(documented.content ?? {})[0] ?? []
  if (wanted === undefined || wanted === '*/*') return undefined
  if (!type.startsWith(wanted.split(';')[0] as string)) return `its type is ${type}, not ${wanted}`
  if (!wanted.includes('json')) return undefined
  const values = wanted.includes('ndjson') ? text.trim().split('\n') : [text]
  for (const value of values) {
    const fault = faultOf(content?.schema ?? {}, JSON.parse(value), document)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfProblem(request: FuzzRequest, { status, headers, text }: FuzzAnswer, document: OpenApi) {
  if (headers.get('content-type') !== 'application/problem+json') return 'its refusal is no problem'
  const problem = JSON.parse(text) as { readonly status: number; readonly code: string }
  const fault = faultOf({ $ref: '#/components/schemas/Problem' }, problem, document)
  if (fault !== undefined) return fault
  if (problem.status !== status) return 'its status is not that of the problem'
  if (OF_NO_ROUTE.has(problem.code)) return undefined
  // A method that the path does not have is refused before anybody asks what for.
  if (document.paths[request.described.path]?.[request.method.toLowerCase()] === undefined) return undefined
  const documented = documentedAs(request, status, document)
  return documented?.description.includes(`\`${problem.code}\``)
    ? undefined
    : `${problem.code} is not documented for ${request.method} ${request.described.path}`
}

/** What the document says of an answer: of the method that was sent, which may be another than the operation's. */
const documentedAs = ({ described: { path }, method }: FuzzRequest, status: number, { paths }: OpenApi) =>
  paths[path]?.[method.toLowerCase()]?.responses[status]
