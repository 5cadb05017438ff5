/** The Worker that is deployed: wires the bindings to the app and exports the Durable Object. */
import { type Access, createApp } from './http/app.ts'
import type { ProcessEnv, TableProcess } from './process/table-process.ts'
import { ConfigError, type Configuration, readConfig } from './protocol/config.ts'
import { durableProcesses } from './router/durable-processes.ts'
import { durableTables } from './router/durable-tables.ts'
import { durableTransfers } from './router/durable-transfers.ts'
import { isApiKey } from './security/api-key.ts'
import { adminOnly } from './security/authenticate.ts'

export { Supervisor } from './process/supervisor.ts'
export { TableProcess } from './process/table-process.ts'

export interface Env extends ProcessEnv {
  readonly TABLE_PROCESS: DurableObjectNamespace<TableProcess>
  /** The admin key, a secret. Without one every call but `/healthz` is refused. */
  readonly ADMIN_KEY?: string
}

type App = ReturnType<typeof createApp>

/** One app an isolate: `env` is the same object for every request of an isolate. */
const apps = new WeakMap<Env, App>()

function appOf(env: Env): App {
  const existing = apps.get(env)
  if (existing !== undefined) return existing
  const { access, placementOf } = configured(env)
  const tables = durableTables(env.TABLE_PROCESS, placementOf)
  const app = createApp({
    services: (caller) => ({
      tables,
      processes: durableProcesses(env.SUPERVISOR, env.TABLE_PROCESS, caller.tenant, placementOf),
      transfers: durableTransfers(env.TABLE_PROCESS, caller, placementOf),
    }),
    access,
    onFault: logFault,
  })
  apps.set(env, app)
  return app
}

/** What the variables say; with a mistake in them the service is closed. */
function configured(env: Env): Pick<Configuration, 'placementOf'> & { readonly access: Access } {
  try {
    return { ...readConfig(env), access: accessOf(env) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { ...readConfig({}), access: { closedBecause: `wrangler.toml: ${error.message}` } }
  }
}

function accessOf(env: Env): Access {
  if (env.ADMIN_KEY === undefined || env.ADMIN_KEY === '') {
    return { closedBecause: 'set the secret ADMIN_KEY: `edge-ets key | wrangler secret put ADMIN_KEY`' }
  }
  if (!isApiKey(env.ADMIN_KEY)) return { closedBecause: 'ADMIN_KEY is not a key made by `edge-ets key`' }
  return { authenticate: adminOnly(env.ADMIN_KEY) }
}

function logFault(error: unknown, requestId: string): void {
  const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) }
  console.error(JSON.stringify({ level: 'error', requestId, name, message }))
}

export default {
  fetch: (request, env, ctx) => appOf(env).fetch(request, env, ctx),
} satisfies ExportedHandler<Env>
