/** `/metrics` and `/v1/stats`: the numbers of processes, for Prometheus and for everybody else. */
import * as v from 'valibot'
import { EXPOSITION_TYPE, exposition } from '../../observe/exposition.ts'
import { Pattern } from '../../protocol/pattern.ts'
import { SCRAPE, valueBody } from '../documents.ts'
import { type Route, route } from '../route.ts'

const Which = v.strictObject({ process: v.optional(Pattern, '*') })

const getMetrics = route({
  method: 'get',
  path: '/metrics',
  summary: 'The metrics of processes as Prometheus reads them; each process that is asked is woken',
  needs: 'admin',
  params: v.object({}),
  query: Which,
  answer: {
    status: 200,
    description: 'Text in the exposition format of Prometheus',
    body: { type: 'string' },
    type: EXPOSITION_TYPE,
  },
  refusals: ['bad_request'],
  async handle({ query: { process = '*' }, metrics }) {
    return new Response(exposition(await metrics.scrape(process)), {
      headers: { 'content-type': EXPOSITION_TYPE },
    })
  },
})

const getStats = route({
  method: 'get',
  path: '/v1/stats',
  summary: 'The numbers of processes as JSON; each process that is asked is woken',
  needs: 'admin',
  params: v.object({}),
  query: Which,
  answer: {
    status: 200,
    description: 'The processes that have answered, and whether these are all',
    body: valueBody(SCRAPE),
  },
  refusals: ['bad_request'],
  async handle({ query: { process = '*' }, metrics }) {
    return Response.json({ value: await metrics.scrape(process) })
  },
})

export const metricRoutes: readonly Route[] = [getMetrics, getStats]
