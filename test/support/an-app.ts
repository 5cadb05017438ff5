/** The HTTP app over tables in this process, and a client that speaks to it without a server. */
import { httpTables } from '../../src/client/http-tables.ts'
import { EtsError } from '../../src/engine/error.ts'
import { type AppOptions, createApp } from '../../src/http/app.ts'
import type { Services } from '../../src/http/route.ts'
import { Redacted } from '../../src/observe/redacted.ts'
import type { Processes } from '../../src/protocol/processes.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import type { Transfers } from '../../src/protocol/transfers.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { managedKeys } from '../../src/security/managed-keys.ts'
import { openSecurity, type SecurityParts } from '../../src/security/security.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { Throttle } from '../../src/sessions/throttle.ts'
import { aKeyRing, type TestKeyRing } from './a-key-ring.ts'
import { TEST_KEY } from './test-key.ts'

/** No process has ever started. */
const nobody = (process: string): Promise<never> =>
  Promise.reject(new EtsError('no_such_process', { process }))
const noProcesses: Processes = {
  list: () => Promise.resolve([]),
  find: nobody,
  lift: nobody,
  setClock: nobody,
  inject: nobody,
}

const nothing = (table: string): Promise<never> => Promise.reject(new EtsError('no_such_table', { table }))
const noTransfers: Transfers = {
  exportPage: nothing,
  beginImport: nothing,
  importRows: nothing,
  finishImport: nothing,
  dropImport: nothing,
}

const ORIGIN = 'http://ets.test'

export interface TestApp {
  /** A request with the key unless `headers` say otherwise. */
  request(
    method: string,
    path: string,
    body?: string | Uint8Array | ReadableStream,
    headers?: Record<string, string>,
  ): Promise<Response>
  client(): Tables
  /** For clients of other kinds. */
  send(request: Request): Response | Promise<Response>
}

export interface TestOptions extends Partial<AppOptions & Services & SecurityParts> {
  readonly ring?: TestKeyRing
}

export function anApp(options: TestOptions = {}): TestApp {
  const { ring = aKeyRing(options.clock) } = options
  const security = openSecurity({
    adminKey: new Redacted(TEST_KEY),
    tokenSecret: new Redacted(TEST_KEY),
    audience: 'edge-ets',
    directory: ring.store,
    clock: Date.now,
    ...options,
  })
  const tables = localTables()
  const realms = new Map(['web', 'other'].map((name) => [name, realmOf(name)]))
  const throttle = new Throttle()
  const app = createApp({
    services: ({ tenant }) => ({
      tables,
      processes: noProcesses,
      caches: { list: () => Promise.resolve({ caches: [], after: null, unanswered: [] }) },
      transfers: noTransfers,
      keys: managedKeys(ring.store, tenant, security.changed),
      mint: security.mint,
      metrics: { scrape: () => Promise.resolve({ asked: 0, processes: [], isComplete: true }) },
      sessions: (theirs, realm) => tableSessions({ tables: theirs, realms, throttle }, realm),
      ...options,
    }),
    access: security.access,
    ...options,
  })
  return {
    request: async (method, path, body, headers = { authorization: `Bearer ${TEST_KEY}` }) =>
      app.fetch(
        new Request(ORIGIN + path, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          duplex: 'half',
        } as RequestInit),
      ),
    send: (request) => app.fetch(request),
    client: () => httpTables({ url: ORIGIN, key: TEST_KEY, fetch: (request) => app.fetch(request) }),
  }
}
