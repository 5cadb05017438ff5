/** What the load is about: tables, rows, keys, and the requests as bytes. */
import { CliError } from '../error.ts'
import type { TemporaryService } from '../temporary-service.ts'
import type { Bystander } from './phase.ts'

/** A kind of load, and what limits it. */
export interface Mix {
  readonly name: string
  /** Said in the report. */
  readonly limit: string
  /** Whether it asks for nothing: what becomes of it is the runtime's own doing, and what the others are measured by. */
  readonly isFloor: boolean
  readonly requests: readonly string[]
  readonly bystanders: readonly Bystander[]
}

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: overload\r\n\r\n'
const KEYS = 1000
const FILLER = 'x'.repeat(90)

/** Makes the tables and gives the mixes. */
export async function furnish({ url, key }: Pick<TemporaryService, 'url' | 'key'>): Promise<readonly Mix[]> {
  const ask = async (method: string, path: string, body: unknown, as = key): Promise<unknown> => {
    const headers = { authorization: `Bearer ${as}` }
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new CliError(`${method} ${path}: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { readonly value: unknown }).value
  }
  const table = async (name: string, as = key): Promise<void> => {
    await ask('PUT', `/v1/tables/${name}`, { journal: 'sync' }, as)
    const rows = Array.from({ length: KEYS }, (_, i) => rowOf(i))
    await ask('POST', `/v1/tables/${name}/ops`, { op: 'insert_list', args: [rows] }, as)
  }
  const tenant = { name: 'another tenant', grants: ['write'], tenant: 'other' }
  const { key: stranger } = (await ask('POST', '/v1/keys', tenant)) as { readonly key: string }
  // What is in memory alone is gone when its turn comes: an object that idles is discarded.
  for (const name of ['hot.t', 'hot.calm', 'disk.t', 'disk.calm', 'calm.t']) await table(name)
  await table('calm.t', stranger)

  const get = (name: string, number: number, as = key): string => request('GET', name, number, as)
  const numbers = Array.from({ length: KEYS }, (_, i) => i)
  const others: readonly Bystander[] = [
    { name: 'another process', request: get('calm.t', 1) },
    { name: 'another tenant', request: get('calm.t', 1, stranger) },
    { name: '/healthz', request: HEALTH },
  ]
  return [
    {
      name: 'floor',
      limit: 'GET of /healthz, which asks for nothing: what the runtime does by itself',
      isFloor: true,
      requests: [HEALTH],
      bystanders: [],
    },
    {
      name: 'reads',
      isFloor: false,
      limit: 'GET of rows in memory: the processor is the limit',
      requests: numbers.map((each) => get('hot.t', each)),
      bystanders: [{ name: 'another table of the process', request: get('hot.calm', 1) }, ...others],
    },
    {
      name: 'writes',
      isFloor: false,
      limit: 'PUT of rows of a `sync` table: each is on disk before it is answered',
      requests: numbers.map((each) => request('PUT', 'disk.t', each, key, JSON.stringify(rowOf(each)))),
      bystanders: [{ name: 'another table of the process', request: get('disk.calm', 1) }, ...others],
    },
  ]
}

const rowOf = (number: number): readonly [string, string] => [`k${number}`, `${number}.${FILLER}`]

/** A request as bytes. */
function request(method: string, table: string, number: number, key: string, body = ''): string {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return (
    `${method} /v1/tables/${table}/rows/k${number % KEYS} HTTP/1.1\r\nHost: overload\r\n` +
    `Authorization: Bearer ${key}\r\n${length}\r\n${body}`
  )
}
