/** What is asked of the service and of the floors. */
import type { Service } from '../journal/service.ts'

export const KEYS = 1000
const FILLER = 'x'.repeat(90)
export const rowOf = (number: number): readonly [string, string] => [`k${number}`, `${number}.${FILLER}`]

/** One request. */
export interface Ask {
  readonly method: 'GET' | 'PUT'
  readonly path: string
  /** Header lines, each with its end. */
  readonly headers: string
  readonly body: string
}

export interface Contender {
  readonly name: string
  /** The request of that number; after {@link KEYS} they come again. */
  readonly ask: (service: Service, number: number) => Ask
}

export const CALL = 'no-op call of an object'
export const GET = 'GET of a row'

const floor = (path: string) => (): Ask => ({ method: 'GET', path, headers: '', body: '' })
const get =
  (table: string) =>
  (service: Service, number: number): Ask => ({
    method: 'GET',
    path: `/v1/tables/${table}/rows/k${number}`,
    headers: service.authorization,
    body: '',
  })
const put =
  (table: string) =>
  (service: Service, number: number): Ask => ({
    ...get(table)(service, number),
    method: 'PUT',
    body: JSON.stringify(rowOf(number)),
  })

/** Reads of rows of a table, by number of the key. */
export const readsOf = (name: string, table: string): Contender => ({ name, ask: get(table) })

export const CONTENDERS: readonly Contender[] = [
  { name: 'Worker that answers at once', ask: floor('/floor/answer') },
  { name: CALL, ask: floor('/floor/call') },
  readsOf(GET, 'bench.t'),
  { name: 'PUT of a row', ask: put('bench.t') },
  {
    name: 'four GETs, one PUT',
    ask: (service, number) => (number % 5 === 4 ? put : get)('bench.t')(service, number),
  },
]
