/** `edge-ets/client`: tables of a service somewhere else, with types, and match specifications as TypeScript. */
export { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'
export * from '../engine/match/builder.ts'
export type { CachePage, CacheSummary, Caches } from '../protocol/caches.ts'
export type {
  AuditEntry,
  CallOrigin,
  Issued,
  Patch,
  Patched,
  SessionCall,
  SessionStart,
  SessionSummary,
  Sessions,
  SessionView,
} from '../protocol/sessions.ts'
export { type Cache, type CacheCalls, cacheOf, type GetOrLoadOptions } from './cache.ts'
export type { EntryInfo, EntryOptions, Found, Loaded, PutOptions } from './cache-shapes.ts'
export { type Call, runBatch } from './call.ts'
export { httpCaches } from './http-caches.ts'
export { type HttpSessionsOptions, httpSessions } from './http-sessions.ts'
export { type HttpTablesOptions, httpTables } from './http-tables.ts'
export { rpcTables, type TablesBinding } from './rpc-tables.ts'
export type { RemovalEvent, RemovalEvents } from './shapes.ts'
export { type Table, type TableCalls, tableOf } from './table.ts'
