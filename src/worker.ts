/** The Worker that is deployed: wires the bindings to the app and exports the Durable Object. */
import { WorkerEntrypoint, waitUntil } from 'cloudflare:workers'
import { createApp } from './http/app.ts'
import { Log } from './observe/log.ts'
import { Redacted } from './observe/redacted.ts'
import type { KeyRing } from './process/key-ring.ts'
import type { ProcessEnv, TableProcess } from './process/table-process.ts'
import { ConfigError, type Configuration, readConfig } from './protocol/config.ts'
import type { RawOperation } from './protocol/operation.ts'
import { type Reply, replyOf } from './protocol/reply.ts'
import type { Answer, CallOptions, Tables } from './protocol/tables.ts'
import { durableCaches } from './router/durable-caches.ts'
import { durableKeyStore } from './router/durable-keys.ts'
import { durableMetrics } from './router/durable-metrics.ts'
import { durableProcesses } from './router/durable-processes.ts'
import { durableTables, lanesTo } from './router/durable-tables.ts'
import { durableTransfers } from './router/durable-transfers.ts'
import type { Lanes } from './router/lanes.ts'
import { isApiKey } from './security/api-key.ts'
import { hashOf } from './security/key-record.ts'
import { managedKeys } from './security/managed-keys.ts'
import { closed, openSecurity, type Security } from './security/security.ts'
import { DeadTokens } from './sessions/dead-tokens.ts'
import { tableSessions } from './sessions/table-sessions.ts'
import { Throttle } from './sessions/throttle.ts'

export { KeyRing } from './process/key-ring.ts'
export { Supervisor } from './process/supervisor.ts'
export { TableProcess } from './process/table-process.ts'

export interface Env extends ProcessEnv {
  readonly TABLE_PROCESS: DurableObjectNamespace<TableProcess>
  /** The platform's limiter of rates, if there is to be one: requests of a key in a period, at each place. */
  readonly RATE_LIMITER?: RateLimit
  /** The admin key, a secret. Without one every call but `/healthz` is refused. */
  readonly ADMIN_KEY?: string
  /** What tokens are signed with, a secret. Default: derived from the admin key. */
  readonly TOKEN_SECRET?: string
  readonly KEY_RING: DurableObjectNamespace<KeyRing>
}

/** 256 bits as hexadecimal digits are twice as many; a word is fewer. */
const MIN_TOKEN_SECRET_LENGTH = 32

type App = ReturnType<typeof createApp>

/** One app an isolate: `env` is the same object for every request of an isolate. */
const apps = new WeakMap<Env, App>()

function appOf(env: Env): App {
  const existing = apps.get(env)
  if (existing !== undefined) return existing
  const { security, ...configuration } = configured(env)
  const { placementOf, realms } = configuration
  const { RATE_LIMITER } = env
  const remembered = { throttle: new Throttle(), dead: new DeadTokens() }
  const { lanes, tables } = reachOf(env, configuration)
  const app = createApp({
    services: (caller) => ({
      tables,
      processes: durableProcesses(env.SUPERVISOR, env.TABLE_PROCESS, caller.tenant, placementOf, lanes),
      caches: durableCaches(env.SUPERVISOR, env.TABLE_PROCESS, caller, placementOf),
      transfers: durableTransfers(env.TABLE_PROCESS, caller, placementOf),
      keys: managedKeys(durableKeyStore(env.KEY_RING), caller.tenant, security.changed),
      mint: security.mint,
      metrics: durableMetrics(env.SUPERVISOR, env.TABLE_PROCESS, caller.tenant, placementOf),
      sessions: (theirs, realm) =>
        tableSessions({ tables: theirs, realms, tenant: caller.tenant, ...remembered }, realm),
    }),
    access: security.access,
    corsOrigins: configuration.corsOrigins,
    ...(RATE_LIMITER === undefined
      ? {}
      : { mayGoOn: async (key) => (await RATE_LIMITER.limit({ key })).success }),
    log: new Log(configuration.logLevel),
    tableLabel: tableLabelOf(env, configuration),
  })
  apps.set(env, app)
  return app
}

interface Reach {
  readonly lanes: Lanes
  readonly tables: Tables
}

/** The ways to the owners, the same for all requests of an isolate, however they come in. */
const reaches = new WeakMap<DurableObjectNamespace<TableProcess>, Reach>()

function reachOf({ TABLE_PROCESS }: Env, { coalescing, placementOf }: Configuration): Reach {
  const existing = reaches.get(TABLE_PROCESS)
  if (existing !== undefined) return existing
  const lanes = lanesTo(TABLE_PROCESS, coalescing && mayWakeOthers() ? waitUntil : undefined)
  const reach = { lanes, tables: durableTables(lanes, placementOf) }
  reaches.set(TABLE_PROCESS, reach)
  return reach
}

/** Tables for a Worker of one's own that exports `TableProcess` and `Supervisor`. Errors: `ConfigError`. */
export const tablesOf = (env: Env): Tables => reachOf(env, readConfig(env)).tables

/**
 * Tables for other Workers of the account, by a service binding; `rpcTables` makes `Tables` of it.
 *
 * Whoever has the binding may do everything within the tenant that the service has without any other: give it only
 * to Workers that may.
 */
export class TablesEntrypoint extends WorkerEntrypoint<Env> {
  run(operations: readonly RawOperation[], options: CallOptions = {}): Promise<Reply<Answer>> {
    // Who calls is nobody's to say here.
    const { caller: _, ...own } = options
    return replyOf(() => tablesOf(this.env).run(operations, own))
  }
}

/** Whether a request may settle what another one of its isolate waits for: a flag of the runtime, on unless switched off. */
const mayWakeOthers = (): boolean =>
  Cloudflare.compatibilityFlags.handle_cross_request_promise_resolution === true

/** What the variables say, and who may call: nobody until an admin key is set and nothing in them is wrong. */
function configured(env: Env): Configuration & { readonly security: Security } {
  let configuration: Configuration
  try {
    configuration = readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { ...readConfig({}), security: closed(`wrangler.toml: ${error.message}`) }
  }
  const missing = missingSecret(env)
  const security = missing === undefined ? openSecurityOf(env, configuration) : closed(missing)
  return { ...configuration, security }
}

const openSecurityOf = (
  { ADMIN_KEY = '', TOKEN_SECRET, KEY_RING }: Env,
  { tokenAudience, jwks }: Configuration,
) =>
  openSecurity({
    adminKey: new Redacted(ADMIN_KEY),
    tokenSecret: new Redacted(TOKEN_SECRET ?? ADMIN_KEY),
    audience: tokenAudience,
    jwks,
    directory: durableKeyStore(KEY_RING),
    clock: Date.now,
  })

/** What is wrong with the secrets, if anything is. */
function missingSecret({ ADMIN_KEY = '', TOKEN_SECRET }: Env): string | undefined {
  if (ADMIN_KEY === '') return 'set the secret ADMIN_KEY: `edge-ets key | wrangler secret put ADMIN_KEY`'
  if (!isApiKey(ADMIN_KEY)) return 'ADMIN_KEY is not a key made by `edge-ets key`'
  if (TOKEN_SECRET !== undefined && TOKEN_SECRET.length < MIN_TOKEN_SECRET_LENGTH) {
    return `TOKEN_SECRET is shorter than ${MIN_TOKEN_SECRET_LENGTH} characters`
  }
  return undefined
}

/**
 * What the log calls a table. A hash is keyed with a secret of the service, so that nobody who has the log alone can try
 * names, and the same table has the same everywhere.
 */
const tableLabelOf =
  ({ ADMIN_KEY = '' }: Env, { logTables }: Configuration) =>
  async (table: string): Promise<string | undefined> => {
    if (logTables === 'name') return table
    return logTables === 'none' ? undefined : (await hashOf(`${ADMIN_KEY}\n${table}`)).slice(0, 16)
  }

export default {
  fetch: (request, env, _context) => appOf(env).fetch(request),
} satisfies ExportedHandler<Env>
