/** JSON Schemas for the OpenAPI document where a value is freer than a schema can check: rows and operations. */
import type * as v from 'valibot'
import type { CacheArgumentName } from '../cache/verbs.ts'
import type { ArgumentName, Verb } from '../engine/verbs/registry.ts'
import { CACHE_ARGUMENT_SCHEMAS } from '../protocol/cache-arguments.ts'
import { ARGUMENT_SCHEMAS } from '../protocol/table-options.ts'
import { OPEN_VERBS } from '../protocol/verbs.ts'
import { jsonSchemaOf } from './json-schema.ts'
import type { JsonSchema } from './route.ts'

export const TERM: JsonSchema = { description: 'A term: any JSON value.' }
export const ROW: JsonSchema = { type: 'array', minItems: 1, items: TERM, description: 'A row.' }
export const ROWS: JsonSchema = { type: 'array', items: ROW }

export const TABLE_INFO: JsonSchema = {
  type: 'object',
  required: ['name', 'type', 'keypos', 'size', 'journal'],
  properties: {
    name: { type: 'string' },
    type: { type: 'string' },
    keypos: { type: 'integer' },
    size: { type: 'integer', description: 'Number of rows.' },
    bytes: { type: 'integer', description: 'About how much memory the rows take.' },
    fixed: { type: 'boolean', description: 'Whether a walk may step on from a removed key.' },
    journal: { type: 'string' },
    access: { type: 'string' },
    incarnation: { type: 'integer', description: 'How many times its process has started.' },
    recovery: {
      type: ['object', 'null'],
      description: 'What the last start of its process found, and what of this table it may have lost.',
    },
  },
}

const PATTERN: JsonSchema = { description: 'A pattern: `_`, `$1` and so on are variables.' }
const SPEC: JsonSchema = {
  type: 'array',
  description: 'A match specification: a list of [head, guards, body].',
}

/** What is checked is described by its check. */
const documented = <Name extends string>(schemas: Record<Name, v.GenericSchema>): Record<Name, JsonSchema> =>
  Object.fromEntries(
    Object.entries<v.GenericSchema>(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
  ) as Record<Name, JsonSchema>

const ARGUMENTS = {
  row: ROW,
  rows: ROWS,
  key: { description: 'A key: any term.' },
  position: { type: 'integer', minimum: 1, description: 'A position in a row, from 1.' },
  update: {
    description:
      'A counter: an increment, `[position, increment]`, `[position, increment, threshold, set]`; ' +
      'an element: `[position, value]`; or a list of the array forms.',
  },
  default: { description: 'What stands in for a missing row (or, in lookup_element, for its element).' },
  index: { type: 'integer', minimum: 0, description: 'A position in the order of keys, from 0.' },
  on: { type: 'boolean', description: 'Whether to begin or end a fixation.' },
  pattern: PATTERN,
  spec: SPEC,
  query: { description: 'A pattern or a match specification, as the verb takes it.' },
  verb: { type: 'string', description: 'A verb of matching.' },
  limit: { type: 'integer', minimum: 1, description: 'Rows of a page at most.' },
  item: { type: 'string', description: 'One item of the description of a table.' },
  value: { description: 'A value: any term.' },
  ...documented(ARGUMENT_SCHEMAS),
  ...documented(CACHE_ARGUMENT_SCHEMAS),
} satisfies Record<ArgumentName | CacheArgumentName, JsonSchema>

const MOMENT: JsonSchema = { type: 'integer', description: 'Milliseconds since 1970.' }
const MAYBE_MOMENT: JsonSchema = {
  type: ['integer', 'null'],
  description: 'Milliseconds since 1970, or none.',
}

export const KEY_INFO: JsonSchema = {
  type: 'object',
  required: ['id', 'name', 'tenant', 'grants', 'createdAtMs', 'expiresAtMs', 'lastUsedAtMs', 'secrets'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    tenant: { type: 'string' },
    grants: { type: 'array', items: { type: 'string' } },
    createdAtMs: MOMENT,
    expiresAtMs: MAYBE_MOMENT,
    lastUsedAtMs: { ...MAYBE_MOMENT, description: 'Within an hour; null when it was never used.' },
    secrets: {
      type: 'array',
      description: 'The newest first; two while the key is rotated.',
      items: { type: 'object', properties: { createdAtMs: MOMENT, expiresAtMs: MAYBE_MOMENT } },
    },
  },
}

export const MADE_KEY: JsonSchema = {
  ...KEY_INFO,
  properties: { ...(KEY_INFO.properties as object), key: { type: 'string', description: 'The key itself.' } },
}

export const TOKEN: JsonSchema = {
  type: 'object',
  required: ['token', 'expiresAtMs'],
  properties: { token: { type: 'string' }, expiresAtMs: MOMENT },
}

const COUNT: JsonSchema = { type: 'integer' }

export const SCRAPE: JsonSchema = {
  type: 'object',
  required: ['asked', 'processes', 'isComplete'],
  properties: {
    asked: COUNT,
    isComplete: { type: 'boolean', description: 'Every process there is was asked and has answered.' },
    processes: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          process: { type: 'string' },
          tenant: { type: 'string' },
          incarnation: COUNT,
          startedAtMs: MOMENT,
          seq: COUNT,
          calls: COUNT,
          operations: COUNT,
          refused: { type: 'object', additionalProperties: COUNT, description: 'Refused calls by code.' },
          tables: COUNT,
          rows: COUNT,
          bytes: COUNT,
          largest: {
            type: 'array',
            description: 'The tables that take most memory.',
            items: {
              type: 'object',
              properties: { table: { type: 'string' }, rows: COUNT, bytes: COUNT },
            },
          },
        },
      },
    },
  },
}

export const CACHE_EVENTS: JsonSchema = {
  type: 'object',
  required: ['events', 'cursor', 'missed'],
  properties: {
    events: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'cause', 'atMs'],
        properties: {
          key: TERM,
          cause: { enum: ['expired', 'evicted', 'invalidated'] },
          atMs: MOMENT,
          deadlineMs: MOMENT,
          tag: { type: 'string' },
        },
      },
    },
    cursor: { type: 'string' },
    missed: { type: 'boolean', description: 'There were others that are not known any more.' },
  },
}

export const CACHE_PAGE: JsonSchema = {
  type: 'object',
  required: ['caches', 'after', 'unanswered'],
  properties: {
    caches: {
      type: 'array',
      items: {
        type: 'object',
        required: ['cache', 'size', 'bytes', 'hits', 'misses', 'hitRatio'],
        properties: {
          cache: { type: 'string' },
          size: COUNT,
          bytes: COUNT,
          hits: COUNT,
          misses: COUNT,
          hitRatio: { type: ['number', 'null'], description: 'null where nothing was asked for yet.' },
        },
      },
    },
    after: { type: ['string', 'null'], description: 'Where the next page begins; null when there is none.' },
    unanswered: { type: 'array', items: { type: 'string' }, description: 'Processes that did not answer.' },
  },
}

/** The body of an answer with one value. */
export const valueBody = (value: JsonSchema): JsonSchema => ({
  type: 'object',
  required: ['value'],
  properties: { value },
})

const operationDocument = ([op, { args, mode }]: [string, Verb]): JsonSchema => ({
  type: 'object',
  title: op,
  description: `${op}(${args.join(', ')}), a ${mode}.`,
  required: args.some((name) => !name.endsWith('?')) ? ['op', 'args'] : ['op'],
  additionalProperties: false,
  properties: {
    op: { const: op },
    args: {
      type: 'array',
      prefixItems: args.map((name) => ARGUMENTS[name.replace('?', '') as keyof typeof ARGUMENTS]),
      minItems: args.filter((name) => !name.endsWith('?')).length,
      maxItems: args.length,
    },
  },
})

const OPERATION: JsonSchema = { oneOf: Object.entries(OPEN_VERBS).map(operationDocument) }

export const OPERATIONS_DOCUMENT: JsonSchema = {
  oneOf: [OPERATION, { type: 'array', minItems: 1, items: OPERATION }],
}

/** What operations are answered with. */
export const OPERATIONS_ANSWER = {
  status: 200,
  description: '`value` for one verb, `values` for a list',
  body: { type: 'object', properties: { value: TERM, values: { type: 'array', items: TERM } } },
}

/** An operation of a transaction names its table too; its verb and arguments are those of any operation. */
export const TRANSACTION_DOCUMENT: JsonSchema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['table', 'op'],
    additionalProperties: false,
    properties: {
      table: { type: 'string' },
      op: { enum: Object.keys(OPEN_VERBS) },
      args: { type: 'array', items: TERM },
    },
  },
}

export const PROCESS_ENTRY: JsonSchema = {
  type: 'object',
  properties: {
    process: { type: 'string' },
    incarnation: { type: 'integer', description: 'How many times it has started; 0 while it is held back.' },
    startedAtMs: { type: 'integer' },
    recentStarts: { type: 'integer', description: 'Starts within the last minute.' },
    quarantinedUntilMs: { type: ['integer', 'null'] },
    recovery: {
      type: ['object', 'null'],
      properties: {
        rows: { type: 'integer' },
        changes: { type: 'integer' },
        durationMs: { type: 'integer' },
        setAside: { type: 'array', items: { type: 'string' } },
        mayHaveLost: { type: 'array', items: { type: 'object', properties: { table: { type: 'string' } } } },
      },
    },
    lastError: { type: ['string', 'null'] },
  },
}
