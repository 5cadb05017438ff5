/** What is asked of the service and of the floors. */
import type { Connection } from '../journal/connection.ts'
import type { Service } from '../journal/service.ts'

export const KEYS = 1000
const FILLER = 'x'.repeat(90)
export const rowOf = (number: number): readonly [string, string] => [`k${number}`, `${number}.${FILLER}`]

export interface Contender {
  readonly name: string
  send(connection: Connection, service: Service, number: number): ReturnType<Connection['send']>
}

export const CALL = 'no-op call of an object'
export const GET = 'GET of a row'

const get = (table: string) => (connection: Connection, service: Service, number: number) =>
  connection.send('GET', `/v1/tables/${table}/rows/k${number % KEYS}`, service.authorization)
const put = (table: string) => (connection: Connection, service: Service, number: number) =>
  connection.send(
    'PUT',
    `/v1/tables/${table}/rows/k${number % KEYS}`,
    service.authorization,
    JSON.stringify(rowOf(number % KEYS)),
  )

/** Reads of rows of a table, by number of the key. */
export const readsOf = (name: string, table: string): Contender => ({ name, send: get(table) })

export const CONTENDERS: readonly Contender[] = [
  { name: 'Worker that answers at once', send: (connection) => connection.send('GET', '/floor/answer') },
  { name: CALL, send: (connection) => connection.send('GET', '/floor/call') },
  readsOf(GET, 'bench.t'),
  { name: 'PUT of a row', send: put('bench.t') },
  {
    name: 'four GETs, one PUT',
    send: (connection, service, number) =>
      (number % 5 === 4 ? put : get)('bench.t')(connection, service, number),
  },
]
