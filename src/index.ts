/** What the package publishes. For a Worker of your own: `export { TableProcess } from 'edge-ets/worker'`. */
export * from './client/index.ts'
export type { BadargWhy } from './engine/error.ts'
export type { Row } from './engine/row.ts'
export type { Term } from './engine/term.ts'
export type { RawOperation } from './protocol/operation.ts'
export type { Answer, Tables } from './protocol/tables.ts'
export { localTables } from './router/local-tables.ts'
