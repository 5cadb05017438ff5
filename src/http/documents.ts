/** JSON Schemas for the OpenAPI document where a value is freer than a schema can check: rows and operations. */
import { type ArgumentName, VERBS, type Verb } from '../engine/verbs/registry.ts'
import { InsertOptionsSchema, TableOptionsSchema } from '../protocol/table-options.ts'
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
    journal: { type: 'string' },
  },
}

const ARGUMENTS = {
  row: ROW,
  rows: ROWS,
  key: { description: 'A key: any term.' },
  update: {
    description:
      'An increment, `[position, increment]`, `[position, increment, threshold, set]`, or a list of these.',
  },
  default: { ...ROW, description: 'The row to start from when there is none under the key.' },
  item: { type: 'string', description: 'One item of the description of a table.' },
  options: jsonSchemaOf(TableOptionsSchema),
  insert_options: jsonSchemaOf(InsertOptionsSchema),
} satisfies Record<ArgumentName, JsonSchema>

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
      prefixItems: args.map((name) => ARGUMENTS[name.replace('?', '') as ArgumentName]),
      minItems: args.filter((name) => !name.endsWith('?')).length,
      maxItems: args.length,
    },
  },
})

const OPERATION: JsonSchema = { oneOf: Object.entries(VERBS).map(operationDocument) }

export const OPERATIONS_DOCUMENT: JsonSchema = {
  oneOf: [OPERATION, { type: 'array', minItems: 1, items: OPERATION }],
}
