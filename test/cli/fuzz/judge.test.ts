import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../../../src/cli/fuzz/conforms.ts'
import { type OpenApi, operationsOf } from '../../../src/cli/fuzz/document.ts'
import { faultOfAnswer } from '../../../src/cli/fuzz/judge.ts'
import { type FuzzRequest, requestsOf } from '../../../src/cli/fuzz/requests.ts'
import { anApp } from '../../support/an-app.ts'

const document = (await (await anApp().request('GET', '/openapi.json')).json()) as OpenApi
const operations = operationsOf(document)

const request = (method: string, path: string): FuzzRequest => ({
  described: operations.find((each) => each.path === path && each.method === method.toLowerCase()) as never,
  method,
  path,
  headers: {},
  body: undefined,
  credential: 'admin',
})
const getRow = request('GET', '/v1/tables/{table}/rows/{key}')

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers({
    'x-content-type-options': 'nosniff',
    'x-request-id': 'r',
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  }),
  text: typeof body === 'string' ? body : JSON.stringify(body),
})
const problem = (status: number, code: string, more = {}) =>
  answer(status, { type: 'urn:x', title: 'x', status, code, instance: 'urn:y', ...more })

describe('judging answers', () => {
  it('[FUZ2] takes what is documented', () => {
    expect(faultOfAnswer(getRow, answer(200, { value: [['a', 1]] }), document)).toBe(undefined)
    expect(faultOfAnswer(getRow, problem(404, 'no_such_key'), document)).toBe(undefined)
    expect(faultOfAnswer(getRow, problem(503, 'restarting'), document)).toBe(undefined)
    expect(faultOfAnswer({ ...getRow, method: 'HEAD' }, answer(200, ''), document)).toBe(undefined)
  })

  it.each([
    ['a failure', problem(500, 'internal'), 'it is 500'],
    ['another status', answer(201, { value: [] }), '201 is not documented'],
    ['another shape', answer(200, { value: 1 }), '$.value is not array'],
    ['a member that is missing', answer(200, {}), '$.value is missing'],
    ['another type', answer(200, { value: [] }, { 'content-type': 'text/html' }), 'its type is text/html'],
    ['a refusal that is no problem', answer(404, {}, { 'content-type': 'text/plain' }), 'no problem'],
    ['a code that there is not', problem(404, 'nowhere'), '$.code is none of the enum'],
    ['a code of another route', problem(404, 'no_such_realm'), 'no_such_realm is not documented'],
    [
      'a status that is not the problem’s',
      problem(404, 'no_such_key', { status: 400 }),
      'not that of the problem',
    ],
    ['a stack', problem(404, 'no_such_key', { detail: 'at run (worker.js:1:2)' }), 'a stack'],
    ['no security headers', answer(200, {}, { 'x-content-type-options': '' }), 'no security headers'],
  ])('[FUZ2] finds %s', (_, given, fault) => {
    expect(faultOfAnswer(getRow, given, document)).toContain(fault)
  })

  it('[FUZ2] finds what does not conform, however deep', () => {
    const schema = {
      type: 'object',
      required: ['list'],
      properties: { list: { type: 'array', items: { anyOf: [{ type: 'integer' }, { const: 'x' }] } } },
    } as const
    expect(faultOf(schema, { list: [1, 'x'] }, document)).toBe(undefined)
    expect(faultOf(schema, { list: [1, 'y'] }, document)).toBe('$.list[1] is none of the choices')
    expect(faultOf(schema, { list: null }, document)).toBe('$.list is not array')
  })
})

describe('requests', () => {
  it('[FUZ1] are the same from the same seed, and others from another', () => {
    const from = (seed: number) => JSON.stringify(fc.sample(requestsOf(operations), { seed, numRuns: 50 }))
    expect(from(7)).toBe(from(7))
    expect(from(7)).not.toBe(from(8))
  })

  it('[FUZ1] are of every operation, and can be sent', () => {
    const sample = fc.sample(requestsOf(operations), { seed: 1, numRuns: 4_000 })
    const met = new Set(sample.map(({ described: { method, path } }) => `${method} ${path}`))
    expect(met.size).toBe(operations.length)
    for (const { method, path, headers, body } of sample) {
      const init = { method, headers, ...(body === undefined ? {} : { body }) }
      expect(() => new Request(`http://ets.test${path}`, init)).not.toThrow()
    }
  })
})
