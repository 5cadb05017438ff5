/** `edge-ets/client`: tables of a service somewhere else. */
export { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
export { type HttpTablesOptions, httpTables } from './http-tables.ts'
