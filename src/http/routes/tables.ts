/** `/v1/tables`: create, describe and drop tables, single rows by key, and every verb of ETS as an operation. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import type { Term } from '../../engine/term.ts'
import { TableName } from '../../protocol/names.ts'
import { TableOptionsSchema } from '../../protocol/table-options.ts'
import { OPERATIONS_ANSWER, OPERATIONS_DOCUMENT, ROW, ROWS, TABLE_INFO, valueBody } from '../documents.ts'
import { OPERATION_REFUSALS, OperationsBody, runOperations } from '../operations.ts'
import { type Route, respond, route } from '../route.ts'
import { parseRowKey } from '../row-key.ts'

const TablePath = v.object({ table: TableName })
const RowPath = v.object({ table: TableName, key: v.pipe(v.string(), v.transform(parseRowKey)) })

const createTable = route({
  method: 'put',
  takesIdempotencyKey: true,
  path: '/v1/tables/:table',
  summary: 'Create a table',
  needs: 'write',
  params: TablePath,
  body: v.optional(TableOptionsSchema, {}),
  answer: { status: 201, description: 'Its name', body: valueBody({ type: 'string' }) },
  refusals: ['bad_request', 'badarg', 'table_exists', 'too_large', 'partial_failure'],
  async handle({ params: { table }, body, tables, call }) {
    const answer = await tables.run([{ table, op: 'new', args: [body] }], call)
    return respond({ value: answer.values[0] }, answer, 201)
  },
})

const describeTable = route({
  method: 'get',
  path: '/v1/tables/:table',
  summary: 'Describe a table',
  needs: 'read',
  params: TablePath,
  answer: { status: 200, description: 'Its options and its size', body: valueBody(TABLE_INFO) },
  refusals: ['bad_request', 'no_such_table'],
  async handle({ params: { table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'info', args: [] }], call)
    if (answer.values[0] === null) throw new EtsError('no_such_table', { table })
    return respond({ value: answer.values[0] }, answer)
  },
})

const dropTable = route({
  method: 'delete',
  takesIdempotencyKey: true,
  path: '/v1/tables/:table',
  summary: 'Drop a table and its rows',
  needs: 'write',
  params: TablePath,
  answer: { status: 200, description: 'It is gone', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'no_such_table', 'partial_failure'],
  async handle({ params: { table }, tables, call }) {
    const answer = await tables.run([{ table, op: 'delete_table', args: [] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const putRow = route({
  method: 'put',
  takesIdempotencyKey: true,
  path: '/v1/tables/:table/rows/:key',
  summary: 'Store a row, replacing the row under its key',
  needs: 'write',
  params: RowPath,
  body: v.pipe(v.array(v.unknown(), 'a row is a JSON array'), v.minLength(1, 'a row is never empty')),
  bodyDocument: ROW,
  answer: { status: 200, description: 'It is stored', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'badarg', 'no_such_table', 'too_large'],
  async handle({ params: { table, key }, body, tables, call }) {
    const answer = await tables.run([{ table, op: 'insert', args: [body, { key }] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const getRow = route({
  method: 'get',
  path: '/v1/tables/:table/rows/:key',
  summary: 'Look up the rows under a key',
  needs: 'read',
  params: RowPath,
  answer: { status: 200, description: 'At least one row', body: valueBody(ROWS) },
  refusals: ['bad_request', 'no_such_table', 'no_such_key', 'too_large'],
  async handle({ params: { table, key }, tables, call }) {
    const answer = await tables.run([{ table, op: 'lookup', args: [key] }], call)
    const rows = answer.values[0] as readonly Term[]
    if (rows.length === 0) throw new EtsError('no_such_key', { table })
    return respond({ value: rows }, answer)
  },
})

const deleteRow = route({
  method: 'delete',
  takesIdempotencyKey: true,
  path: '/v1/tables/:table/rows/:key',
  summary: 'Remove the rows under a key',
  needs: 'write',
  params: RowPath,
  answer: {
    status: 200,
    description: 'There are none now, whether or not there were',
    body: valueBody({ const: true }),
  },
  refusals: ['bad_request', 'no_such_table', 'too_large'],
  async handle({ params: { table, key }, tables, call }) {
    const answer = await tables.run([{ table, op: 'delete', args: [key] }], call)
    return respond({ value: answer.values[0] }, answer)
  },
})

const runVerbs = route({
  method: 'post',
  takesIdempotencyKey: true,
  path: '/v1/tables/:table/ops',
  summary: 'Run one verb, or a list of them as one atomic batch',
  needs: 'read',
  params: TablePath,
  body: OperationsBody,
  bodyDocument: OPERATIONS_DOCUMENT,
  answer: OPERATIONS_ANSWER,
  refusals: OPERATION_REFUSALS,
  handle: ({ params: { table }, body, tables, call }) => runOperations(table, body, tables, call),
})

export const tableRoutes: readonly Route[] = [
  createTable,
  describeTable,
  dropTable,
  putRow,
  getRow,
  deleteRow,
  runVerbs,
]
