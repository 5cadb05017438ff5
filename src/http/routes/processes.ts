/** `/v1/processes`: what concerns all tables of a process together. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import { ProcessName, processOf } from '../../protocol/names.ts'
import { TRANSACTION_DOCUMENT } from '../documents.ts'
import { type Route, respond, route } from '../route.ts'

const ProcessPath = v.object({ process: ProcessName })
const TransactionBody = v.array(
  v.strictObject({ table: v.string(), op: v.string(), args: v.optional(v.array(v.unknown()), []) }),
  'a list of operations is wanted',
)

const runTransaction = route({
  method: 'post',
  path: '/v1/processes/:process/transactions',
  summary: 'Run verbs on several tables of a process, all or none',
  params: ProcessPath,
  body: TransactionBody,
  bodyDocument: TRANSACTION_DOCUMENT,
  answer: {
    status: 200,
    description: 'What each verb answered, in order',
    body: { type: 'object', required: ['values'], properties: { values: { type: 'array' } } },
  },
  refusals: ['bad_request', 'badarg', 'cross_shard', 'no_such_table', 'table_exists', 'too_large'],
  async handle({ params: { process }, body, tables, call }) {
    const strays = [process, ...body.map(({ table }) => processOf(table))].filter((each) => each !== process)
    if (strays.length > 0) throw new EtsError('cross_shard', { processes: [process, ...new Set(strays)] })
    const answer = await tables.run(body, call)
    return respond({ values: answer.values }, answer)
  },
})

export const processRoutes: readonly Route[] = [runTransaction]
