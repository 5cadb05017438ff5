/** `/v1/processes`: what concerns all tables of a process together. */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import { OwnerName, ProcessName, processOf } from '../../protocol/names.ts'
import { FAULTS } from '../../protocol/processes.ts'
import { PROCESS_ENTRY, TRANSACTION_DOCUMENT, valueBody } from '../documents.ts'
import { OPERATION_REFUSALS, OperationBody } from '../operations.ts'
import { type Route, respond, route } from '../route.ts'

const ProcessPath = v.object({ process: ProcessName })
const OwnerPath = v.object({ process: OwnerName })
const TransactionBody = v.array(
  v.strictObject({ table: v.string(), ...OperationBody.entries }),
  'a list of operations is wanted',
)

const runTransaction = route({
  method: 'post',
  takesIdempotencyKey: true,
  path: '/v1/processes/:process/transactions',
  summary: 'Run verbs on several tables of a process, all or none',
  needs: 'read',
  params: ProcessPath,
  body: TransactionBody,
  bodyDocument: TRANSACTION_DOCUMENT,
  answer: {
    status: 200,
    description: 'What each verb answered, in order',
    body: { type: 'object', required: ['values'], properties: { values: { type: 'array' } } },
  },
  refusals: OPERATION_REFUSALS,
  async handle({ params: { process }, body, tables, call }) {
    const strays = [process, ...body.map(({ table }) => processOf(table))].filter((each) => each !== process)
    if (strays.length > 0) throw new EtsError('cross_shard', { processes: [process, ...new Set(strays)] })
    const answer = await tables.run(body, call)
    return respond({ values: answer.values }, answer)
  },
})

const listProcesses = route({
  method: 'get',
  path: '/v1/processes',
  summary: 'List the processes that ever started, by name',
  needs: 'admin',
  params: v.object({}),
  query: v.strictObject({ after: v.optional(OwnerName) }),
  answer: {
    status: 200,
    description: 'At most 100 processes; ask again with `after` the last of them',
    body: valueBody({ type: 'array', items: PROCESS_ENTRY }),
  },
  refusals: ['bad_request'],
  async handle({ query: { after }, processes }) {
    return Response.json({ value: await processes.list(after) })
  },
})

const describeProcess = route({
  method: 'get',
  path: '/v1/processes/:process',
  summary: 'Describe a process: its incarnation, its last start, whether it is held back',
  needs: 'admin',
  params: OwnerPath,
  answer: { status: 200, description: 'The process', body: valueBody(PROCESS_ENTRY) },
  refusals: ['bad_request', 'no_such_process'],
  async handle({ params: { process }, processes }) {
    return Response.json({ value: await processes.find(process) })
  },
})

const liftQuarantine = route({
  method: 'delete',
  path: '/v1/processes/:process/quarantine',
  summary: 'Let a process that is held back start again at once',
  needs: 'admin',
  params: OwnerPath,
  answer: { status: 200, description: 'It may start', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'no_such_process'],
  async handle({ params: { process }, processes }) {
    await processes.lift(process)
    return Response.json({ value: true })
  },
})

const injectFault = route({
  method: 'post',
  path: '/v1/processes/:process/faults',
  summary: 'Make a process fail once, for a drill; only where FAULTS is on',
  needs: 'admin',
  params: OwnerPath,
  body: v.strictObject({ fault: v.picklist(FAULTS) }),
  answer: { status: 202, description: 'It will happen', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'forbidden', 'no_such_process'],
  async handle({ params: { process }, body: { fault }, processes }) {
    await processes.inject(process, fault)
    return Response.json({ value: true }, { status: 202 })
  },
})

/** Some thousand years, so that no deadline computed from it leaves the safe integers. */
const Moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 45))

const setClock = route({
  method: 'put',
  path: '/v1/processes/:process/clock',
  summary: 'Set or advance the clock of a process, which then stands still; only where TEST_CLOCK is on',
  needs: 'admin',
  params: OwnerPath,
  body: v.union([v.strictObject({ nowMs: Moment }), v.strictObject({ advanceMs: Moment })]),
  answer: { status: 200, description: 'What the clock says', body: valueBody({ type: 'integer' }) },
  refusals: ['bad_request', 'forbidden', 'no_such_process'],
  async handle({ params: { process }, body, processes }) {
    return Response.json({ value: await processes.setClock(process, body) })
  },
})

const releaseClock = route({
  method: 'delete',
  path: '/v1/processes/:process/clock',
  summary: 'Give a process the clock of the machine again; only where TEST_CLOCK is on',
  needs: 'admin',
  params: OwnerPath,
  answer: { status: 200, description: 'What the clock says', body: valueBody({ type: 'integer' }) },
  refusals: ['bad_request', 'forbidden', 'no_such_process'],
  async handle({ params: { process }, processes }) {
    return Response.json({ value: await processes.setClock(process, null) })
  },
})

export const processRoutes: readonly Route[] = [
  runTransaction,
  listProcesses,
  describeProcess,
  liftQuarantine,
  injectFault,
  setClock,
  releaseClock,
]
