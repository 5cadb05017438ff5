/** The OpenAPI 3.1 document, made from the routes that are served. */
import type { ErrorCode } from '../engine/error.ts'
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from '../protocol/limits.ts'
import { IdempotencyKey } from '../protocol/operation.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { PROBLEMS } from './problem.ts'
import { JSON_LINES, type JsonSchema, type Route } from './route.ts'

/** Refusals that any call can meet. */
const COMMON_REFUSALS: readonly ErrorCode[] = [
  'unauthorized',
  'forbidden',
  'rate_limited',
  'unconfigured',
  'restarting',
  'quarantined',
  'overloaded',
  'moved',
  'deadline_exceeded',
  // The URL, or the answer.
  'too_large',
  'internal',
]

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Names the call, so that it takes effect once however often it is sent.',
  schema: jsonSchemaOf(IdempotencyKey),
}

const REQUEST_TIMEOUT: JsonSchema = {
  name: 'Request-Timeout-Ms',
  in: 'header',
  required: false,
  description:
    'How long the caller waits, in milliseconds. No work begins after that; the answer is 504 then. ' +
    `Default: ${DEFAULT_TIMEOUT_MS}; more than ${MAX_TIMEOUT_MS} is that.`,
  schema: { type: 'integer', minimum: 1, default: DEFAULT_TIMEOUT_MS },
}

const sessionToken = (need: Route['sessionToken']): JsonSchema => ({
  name: 'Session-Token',
  in: 'header',
  // Not required as such: the token may come by the other way.
  required: false,
  description:
    need === 'required'
      ? 'The token of the session; `Authorization: Session <token>` beside the key is as good.'
      : "The token of the caller's own session, to mark or to spare.",
  schema: { type: 'string' },
})

/** From where the call of a session comes; what is kept of it is the network and the user agent. */
const SESSION_ORIGIN: readonly JsonSchema[] = [
  ['Session-Address', 'The address of the end user.'],
  ['Session-User-Agent', 'Their user agent.'],
  ['Session-By', 'Who does it, where that is somebody else: for the audit trail.'],
].map(([name, description]) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
}))

const PROBLEM: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'instance'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { enum: Object.keys(PROBLEMS) },
    detail: { type: 'string' },
    instance: { type: 'string' },
    why: { type: 'string', description: 'Why ETS refuses the argument, where `code` is `badarg`.' },
    index: { type: 'integer', description: 'Which operation of a batch was refused, from 0.' },
  },
}

export function openApiDocument(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const each of routes) {
    const path = each.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [each.method]: operation(each) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'edge-ets',
      version,
      description: 'Tables of Erlang ETS at the edge.',
      license: { name: 'MIT' },
    },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  }
}

function operation({
  summary,
  needs,
  path,
  params,
  query,
  takesIdempotencyKey,
  sessionToken: token,
  body,
  bodyDocument,
  takesRaw,
  headers = {},
  lineDocument,
  answer,
  refusals,
}: Route): JsonSchema {
  return {
    summary,
    // For a scheme that is not OAuth the list is of roles: the scope that a key must have.
    security: [{ key: [needs] }],
    parameters: [
      ...parameters(path, params),
      ...queryParameters(query),
      ...Object.entries(headers).map(headerParameter),
      ...(takesIdempotencyKey ? [IDEMPOTENCY_KEY] : []),
      ...(token === undefined || token === 'none' ? [] : [sessionToken(token)]),
      ...(token === undefined ? [] : SESSION_ORIGIN),
      REQUEST_TIMEOUT,
    ],
    ...(body === undefined
      ? {}
      : { requestBody: requestBody(bodyDocument ?? jsonSchemaOf(body), body.type) }),
    ...(takesRaw ? { requestBody: { required: true, content: ANY_CONTENT } } : {}),
    ...(lineDocument === undefined ? {} : { requestBody: { required: true, content: lines(lineDocument) } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        content: contentOf(answer),
      },
      ...Object.fromEntries(
        Object.entries(answer.others ?? {}).map(([status, description]) => [status, { description }]),
      ),
      ...problems([
        ...COMMON_REFUSALS,
        ...(body === undefined && lineDocument === undefined ? [] : (['unsupported_type'] as const)),
        ...(takesIdempotencyKey ? (['idempotency_mismatch'] as const) : []),
        ...refusals,
      ]),
    },
  }
}

function parameters(path: string, params: Route['params']): JsonSchema[] {
  const { properties = {} } = jsonSchemaOf(params) as { properties?: Record<string, JsonSchema> }
  return Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }))
}

function queryParameters(query: Route['query']): JsonSchema[] {
  if (query === undefined) return []
  const { properties = {} } = jsonSchemaOf(query) as { properties?: Record<string, JsonSchema> }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
}

const headerParameter = ([name, description]: readonly [string, string]): JsonSchema => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

/** Bytes of any type. */
const ANY_CONTENT: JsonSchema = { '*/*': { schema: { type: 'string', format: 'binary' } } }

function contentOf({ body, isRaw, isLines, type }: Route['answer']): JsonSchema {
  if (isRaw) return ANY_CONTENT
  if (type !== undefined) return { [type]: { schema: body } }
  return (isLines ? lines : content)(body)
}

const content = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } })

/** A stream of JSON, a value a line. */
const lines = (schema: JsonSchema): JsonSchema => ({ [JSON_LINES]: { schema } })

const requestBody = (schema: JsonSchema, type: string): JsonSchema => ({
  required: type !== 'optional',
  content: content(schema),
})

/** One response a status, naming the codes that have it. */
function problems(given: readonly ErrorCode[]): Record<string, JsonSchema> {
  const codes = [...new Set(given)]
  const byStatus = Object.groupBy(codes, (code) => String(PROBLEMS[code].status))
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}
