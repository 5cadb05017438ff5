/** Sessions of the Worker that the application itself is: no other service, no key. */
import type { TableProcess } from '../process/table-process.ts'
import { readConfig } from '../protocol/config.ts'
import type { Sessions } from '../protocol/sessions.ts'
import { durableTables, lanesTo } from '../router/durable-tables.ts'
import { tableSessions } from '../sessions/table-sessions.ts'

/** The bindings and variables that it needs. */
export interface SessionBindings {
  readonly TABLE_PROCESS: DurableObjectNamespace<TableProcess>
  readonly SESSIONS: unknown
}

/** One for each realm of an isolate, so that its throttle remembers. `env` is the same object for every request. */
const known = new WeakMap<object, Map<string, Sessions>>()

/** Errors: `ConfigError`, `no_such_realm`; `TypeError` without the binding. */
export function sessionsOfEnv(env: SessionBindings, realm: string): Sessions {
  const ofEnv = known.get(env) ?? new Map<string, Sessions>()
  known.set(env, ofEnv)
  const existing = ofEnv.get(realm)
  if (existing !== undefined) return existing
  if (env.TABLE_PROCESS === undefined) {
    throw new TypeError('sessions need the binding TABLE_PROCESS, or `service` has to say where they are')
  }
  const { placementOf, realms } = readConfig(env)
  const tables = durableTables(lanesTo(env.TABLE_PROCESS), placementOf)
  const made = tableSessions({ tables, realms }, realm)
  ofEnv.set(realm, made)
  return made
}
