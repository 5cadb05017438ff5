import { expect, it } from 'vitest'
import { faultLine, requestLine } from '../../src/http/request-log.ts'
import { Grants } from '../../src/security/grants.ts'

const answered = {
  requestId: 'id-1',
  method: 'POST',
  route: '/v1/tables/:table/ops',
  code: undefined,
  principal: { tenant: 'acme', key: 'abcdefgh', grants: new Grants(['read']) },
  table: '0123456789abcdef',
  durationMs: 3,
}

it('[LOG4] the line of a request has its incarnation and how many requests shared one call of the owner', () => {
  const headers = { 'ets-incarnation': '4', 'ets-together': '17', 'ets-seq': '9' }
  expect(requestLine({ ...answered, response: new Response('body', { headers }) })).toEqual({
    event: 'request',
    request: 'id-1',
    method: 'POST',
    route: '/v1/tables/:table/ops',
    status: 200,
    durationMs: 3,
    table: '0123456789abcdef',
    tenant: 'acme',
    key: 'abcdefgh',
    incarnation: 4,
    together: 17,
  })
})

it('[LOG4] what is not known is left out, and nothing of the answer is in it', () => {
  const nobody = {
    ...answered,
    route: undefined,
    principal: undefined,
    table: undefined,
    code: 'unauthorized',
  }
  expect(requestLine({ ...nobody, response: new Response('private', { status: 401 }) })).toEqual({
    event: 'request',
    request: 'id-1',
    method: 'POST',
    route: '(none)',
    status: 401,
    durationMs: 3,
    code: 'unauthorized',
  })
})

it('[LOG2] a failure has its name and message, whatever was thrown', () => {
  expect(faultLine(new TypeError('no'), 'id-1')).toEqual({
    event: 'fault',
    request: 'id-1',
    name: 'TypeError',
    message: 'no',
  })
  expect(faultLine('text', 'id-1')).toMatchObject({ name: 'unknown', message: 'text' })
})
