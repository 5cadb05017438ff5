/** `/v1/caches`: caches as wholes, their verbs, and their keys by prefix. A cache is a table of the same name. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import type { Term } from '../../engine/term.ts'
import { CACHE_ARGUMENT_SCHEMAS } from '../../protocol/cache-arguments.ts'
import { type CacheSummary, MAX_PROCESSES_LISTED } from '../../protocol/caches.ts'
import { ProcessName, TableName } from '../../protocol/names.ts'
import { ARGUMENT_SCHEMAS } from '../../protocol/table-options.ts'
import {
  CACHE_EVENTS,
  CACHE_PAGE,
  OPERATIONS_ANSWER,
  OPERATIONS_DOCUMENT,
  TABLE_INFO,
  valueBody,
} from '../documents.ts'
import { OPERATION_REFUSALS, OperationsBody, runOperations } from '../operations.ts'
import { type Route, respond, route } from '../route.ts'

/** A number in a query, which is text. How large it may be is for the verb to say. */
const NumberQuery = v.pipe(v.string(), v.regex(/^\d{1,6}$/, 'a whole number'), v.transform(Number))

const CachePath = v.object({ cache: TableName })

const createCache = route({
  method: 'put',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache',
  summary: 'Create a cache with options of its own; the first put creates one with the usual ones',
  needs: 'write',
  params: CachePath,
  body: v.optional(CACHE_ARGUMENT_SCHEMAS.cache_options, {}),
  answer: { status: 201, description: 'Its name', body: valueBody({ type: 'string' }) },
  refusals: ['bad_request', 'badarg', 'table_exists', 'too_large'],
  async handle({ params: { cache: table }, body, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_new', args: [body] }], call)
    return respond({ value: answer.values[0] }, answer, 201)
  },
})

const describeCache = route({
  method: 'get',
  path: '/v1/caches/:cache',
  summary: 'Describe a cache',
  needs: 'read',
  params: CachePath,
  answer: { status: 200, description: 'Its options and its size', body: valueBody(TABLE_INFO) },
  refusals: ['bad_request', 'no_such_table'],
  async handle({ params: { cache: table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'info', args: [] }], call)
    if (answer.values[0] === null) throw new EtsError('no_such_table', { table })
    return respond({ value: answer.values[0] }, answer)
  },
})

const dropCache = route({
  method: 'delete',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache',
  summary: 'Drop a cache and its entries',
  needs: 'write',
  params: CachePath,
  answer: { status: 200, description: 'It is gone', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'no_such_table'],
  async handle({ params: { cache: table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'delete_table', args: [] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const runVerbs = route({
  method: 'post',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache/ops',
  summary: 'Run one verb of caches or tables, or a list of them as one atomic batch',
  needs: 'read',
  params: CachePath,
  body: OperationsBody,
  bodyDocument: OPERATIONS_DOCUMENT,
  answer: OPERATIONS_ANSWER,
  refusals: OPERATION_REFUSALS,
  handle: ({ params: { cache }, body, tables, call }) => runOperations(cache, body, tables, call),
})

const listCaches = route({
  method: 'get',
  path: '/v1/caches',
  summary:
    'List the caches that the key may read, with their size and hit ratio; processes that sleep are woken',
  needs: 'read',
  params: v.object({}),
  query: v.strictObject({ after: v.optional(ProcessName) }),
  answer: {
    status: 200,
    description: `The caches of at most ${MAX_PROCESSES_LISTED} processes; ask again with \`after\` until it is null`,
    body: valueBody(CACHE_PAGE),
  },
  refusals: ['bad_request'],
  async handle({ query: { after }, caches, principal: { grants } }) {
    const page = await caches.list(after)
    const mayRead = ({ cache }: CacheSummary): boolean => grants.allow('read', cache)
    return Response.json({ value: { ...page, caches: page.caches.filter(mayRead) } })
  },
})

/** A cursor is JSON; in a query it is its text. */
const CursorQuery = v.pipe(v.string(), v.transform(parseCursor))

const listKeys = route({
  method: 'get',
  path: '/v1/caches/:cache/keys',
  summary: 'List keys that are strings and begin with a prefix, a slice of them',
  needs: 'read',
  params: CachePath,
  query: v.strictObject({
    prefix: v.optional(v.string(), ''),
    limit: v.optional(NumberQuery),
    cursor: v.optional(CursorQuery),
  }),
  answer: {
    status: 200,
    description: 'Keys, and the cursor of the next slice: null after the last',
    body: valueBody({
      type: 'object',
      properties: { keys: { type: 'array' }, cursor: { type: ['object', 'null'] } },
    }),
  },
  refusals: ['bad_request', 'badarg', 'too_large'],
  async handle({ params: { cache: table }, query: { prefix, ...options }, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_keys', args: [prefix, options] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

/** Errors: `bad_request`. Whether it is a cursor of this cache is for its owner to say. */
function parseCursor(text: string): Term {
  try {
    return JSON.parse(text)
  } catch {
    throw new EtsError('bad_request', { message: 'the cursor is not JSON', path: 'cursor' })
  }
}

const invalidateTags = route({
  method: 'post',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache/invalidate',
  summary: 'Take away every entry that carries one of some tags, or with soft let it be stale, in one turn',
  needs: 'write',
  params: CachePath,
  body: v.strictObject({ tags: ARGUMENT_SCHEMAS.tags, ...ARGUMENT_SCHEMAS.invalidate_options.entries }),
  answer: {
    status: 200,
    description: 'Whether there was an entry that carries one',
    body: valueBody({ type: 'boolean' }),
  },
  refusals: ['bad_request', 'badarg', 'partial_failure'],
  async handle({ params: { cache: table }, body: { tags, soft = false }, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_invalidate', args: [tags, { soft }] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const readStats = route({
  method: 'get',
  path: '/v1/caches/:cache/stats',
  summary: 'How large a cache is, how many leases are out, and how its loads went',
  needs: 'read',
  params: CachePath,
  answer: { status: 200, description: 'Its statistics', body: valueBody({ type: 'object' }) },
  refusals: ['bad_request', 'badarg', 'no_such_table'],
  async handle({ params: { cache: table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_stats', args: [] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const readEvents = route({
  method: 'get',
  path: '/v1/caches/:cache/events',
  summary:
    'Entries that expired, were evicted or invalidated; waits for the first of them for as long as it may',
  needs: 'read',
  params: CachePath,
  query: v.strictObject({
    after: v.optional(v.string()),
    limit: v.optional(NumberQuery),
    waitMs: v.optional(NumberQuery),
  }),
  answer: {
    status: 200,
    description: 'Events in their order, the cursor for `after`, and whether some were missed',
    body: valueBody(CACHE_EVENTS),
  },
  refusals: ['bad_request', 'badarg', 'no_such_table'],
  async handle({ params: { cache: table }, query, tables, call }) {
    const answer = await tables.run([{ table, op: 'events', args: [query] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const resetStats = route({
  method: 'post',
  takesIdempotencyKey: true,
  path: '/v1/caches/:cache/stats/reset',
  summary: 'Count from zero again',
  needs: 'write',
  params: CachePath,
  answer: { status: 200, description: 'They are zero', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'badarg', 'no_such_table'],
  async handle({ params: { cache: table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'cache_reset_stats', args: [] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

export const cacheRoutes: readonly Route[] = [
  listCaches,
  createCache,
  describeCache,
  dropCache,
  runVerbs,
  listKeys,
  invalidateTags,
  readStats,
  resetStats,
  readEvents,
]
