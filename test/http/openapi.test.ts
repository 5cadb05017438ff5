import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { isOpen, VERBS } from '../../src/protocol/verbs.ts'
import { anApp } from '../support/an-app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is checked by a validator of its own
const document = async (): Promise<any> => (await anApp().request('GET', '/openapi.json')).json()

describe('the OpenAPI document', () => {
  it('[API1] is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(await document())
    expect(result).toMatchObject({ valid: true })
  })

  it('[API2] describes every verb that a request may name with its arguments', async () => {
    const body = (await document()).paths['/v1/tables/{table}/ops'].post.requestBody.content[
      'application/json'
    ].schema
    const verbs = body.oneOf[0].oneOf.map((verb: { title: string }) => verb.title)
    expect(verbs).toEqual(Object.keys(VERBS).filter(isOpen))
  })

  it('[API3] describes every route, its path parameters and its refusals', async () => {
    const { paths } = await document()
    expect(Object.keys(paths)).toEqual([
      '/v1/tables/{table}',
      '/v1/tables/{table}/rows/{key}',
      '/v1/tables/{table}/ops',
      '/v1/tables/{table}/export',
      '/v1/tables/{table}/import',
      '/v1/caches',
      '/v1/caches/{cache}',
      '/v1/caches/{cache}/ops',
      '/v1/caches/{cache}/keys',
      '/v1/caches/{cache}/invalidate',
      '/v1/caches/{cache}/stats',
      '/v1/caches/{cache}/stats/reset',
      '/v1/caches/{cache}/events',
      '/v1/caches/{cache}/entries/{key}',
      '/v1/caches/{cache}/entries/{key}/lease',
      '/v1/processes/{process}/transactions',
      '/v1/processes',
      '/v1/processes/{process}',
      '/v1/processes/{process}/quarantine',
      '/v1/processes/{process}/faults',
      '/v1/processes/{process}/clock',
      '/v1/sessions/{realm}',
      '/v1/sessions/{realm}/current',
      '/v1/sessions/{realm}/current/touch',
      '/v1/sessions/{realm}/current/rotate',
      '/v1/sessions/{realm}/current/authenticate',
      '/v1/sessions/{realm}/current/take',
      '/v1/sessions/{realm}/current/flash',
      '/v1/sessions/{realm}/current/state',
      '/v1/sessions/{realm}/users/{user}',
      '/v1/sessions/{realm}/users/{user}/revoke',
      '/v1/sessions/{realm}/users/{user}/sessions/{id}',
      '/v1/sessions/{realm}/users/{user}/epoch',
      '/v1/sessions/{realm}/users/{user}/audit',
      '/v1/keys',
      '/v1/keys/{id}',
      '/v1/keys/{id}/rotate',
      '/v1/tokens',
      '/metrics',
      '/v1/stats',
    ])
    const { parameters, responses } = paths['/v1/tables/{table}/rows/{key}'].get
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      'table',
      'key',
      'Request-Timeout-Ms',
    ])
    expect(parameters[0].schema).toMatchObject({ type: 'string', maxLength: 128 })
    const writes = [
      paths['/v1/tables/{table}'].put,
      paths['/v1/tables/{table}'].delete,
      paths['/v1/tables/{table}/rows/{key}'].put,
      paths['/v1/tables/{table}/rows/{key}'].delete,
      paths['/v1/tables/{table}/ops'].post,
      paths['/v1/processes/{process}/transactions'].post,
    ]
    for (const write of writes) {
      expect(write.parameters).toContainEqual(
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false }),
      )
      expect(write.responses[422].description).toContain('idempotency_mismatch')
      expect(write.responses[400].description).toContain('bad_request')
    }
    for (const withBody of [writes[0], writes[2], writes[4], writes[5]]) {
      expect(withBody.responses[413].description).toContain('too_large')
    }
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', '404', '500', '503']))
  })
})
