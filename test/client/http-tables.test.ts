import { expect, it } from 'vitest'
import { httpTables } from '../../src/client/http-tables.ts'
import { tablesContract } from '../contract/tables-contract.ts'
import { anApp } from '../support/an-app.ts'
import { expectRefusal } from '../support/refusal.ts'
import { TEST_KEY } from '../support/test-key.ts'

const app = anApp()
tablesContract('over HTTP', () => app.client())

it('[CLI1] an answer that is no problem document is an internal error with its status', async () => {
  const tables = httpTables({
    url: 'http://proxy.test',
    key: TEST_KEY,
    fetch: () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  })
  await expectRefusal(() => tables.run([{ table: 't', op: 'info', args: [] }]), 'internal', {
    message: 'the service answered with status 502',
  })
})

it('[CLI2] the key goes into the header and nowhere else', async () => {
  const seen: Request[] = []
  const tables = httpTables({
    url: 'http://ets.test',
    key: TEST_KEY,
    fetch: (request) => {
      seen.push(request)
      return Response.json({ values: [null] })
    },
  })
  await tables.run([{ table: 't', op: 'info', args: [] }])
  expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${TEST_KEY}`)
  expect(seen[0]?.url).toBe('http://ets.test/v1/processes/t/transactions')
})

it('[ROU2] a timeout travels in a header, and an answer that does not come in time is waited for no longer', async () => {
  const tables = httpTables({
    url: 'http://ets.test',
    key: TEST_KEY,
    timeoutMs: 20,
    fetch: (request) => {
      expect(request.headers.get('request-timeout-ms')).toBe('20')
      return new Promise(() => {})
    },
  })
  await expectRefusal(() => tables.run([{ table: 't', op: 'info', args: [] }]), 'deadline_exceeded', {
    timeoutMs: 20,
  })
})
