/** `/v1/tables/:table/export` and `…/import`: whole tables as lines of JSON, for backups and moves. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import { TableName } from '../../protocol/names.ts'
import type { Answer } from '../../protocol/tables.ts'
import { ROW, valueBody } from '../documents.ts'
import { headersOf, JSON_LINES, type JsonSchema, type Route, respond, route } from '../route.ts'
import { exportStream, importStream } from '../table-stream.ts'

const TablePath = v.object({ table: TableName })

const LINE: JsonSchema = {
  description:
    'A line: the header first, then a row each, bare or in an object with its deadlines, now and then a cursor, ' +
    'last the end with the number of rows and a checksum. See docs/backup.md.',
  anyOf: [ROW, { type: 'object' }],
}

const exportTable = route({
  method: 'get',
  path: '/v1/tables/:table/export',
  summary: 'Export a table as it is now, while it goes on changing; with `cursor`, go on with an export',
  needs: 'read',
  params: TablePath,
  query: v.strictObject({ cursor: v.optional(v.pipe(v.string(), v.maxLength(128))) }),
  answer: { status: 200, description: 'The file of the table, line by line', body: LINE, isLines: true },
  refusals: ['bad_request', 'no_such_table', 'gone'],
  async handle({ params: { table }, query: { cursor }, isHead, tables, transfers }) {
    // An export that nobody reads would keep others from theirs for a while.
    if (isHead) return headOfExport(table, await tables.run([{ table, op: 'info', args: [] }]))
    const first = await transfers.exportPage(table, cursor)
    const headers = { ...headersOf(first), 'content-type': JSON_LINES }
    return new Response(exportStream(transfers, table, first), { headers })
  },
})

function headOfExport(table: string, described: Answer): Response {
  if (described.values[0] === null) throw new EtsError('no_such_table', { table })
  return new Response(null, { headers: { ...headersOf(described), 'content-type': JSON_LINES } })
}

const importTable = route({
  method: 'post',
  path: '/v1/tables/:table/import',
  summary: 'Make a table of an exported file, all or nothing',
  needs: 'write',
  params: TablePath,
  query: v.strictObject({
    replace: v.optional(v.picklist(['true', 'false'], 'replace is true or false'), 'false'),
  }),
  lineDocument: LINE,
  answer: {
    status: 201,
    description: 'How many rows are in the table, and how many of the file had ended',
    body: valueBody({
      type: 'object',
      properties: { rows: { type: 'integer' }, ended: { type: 'integer' } },
    }),
  },
  refusals: ['bad_request', 'table_exists', 'too_large', 'gone', 'partial_failure'],
  async handle({ params: { table }, query: { replace }, stream, transfers }) {
    const { rows, ended, ...state } = await importStream(transfers, table, stream(), replace === 'true')
    return respond({ value: { rows, ended } }, state, 201)
  },
})

export const transferRoutes: readonly Route[] = [exportTable, importTable]
