/**
 * Configuration from `wrangler.toml`: `[vars.TABLES."cart-*"]` sections give options by table name,
 * `[vars.PROCESSES."events"]` sections by the name of the process, `[vars.SESSIONS.web]` sections those of realms of
 * sessions (`realms.ts`).
 *
 * A pattern is a name in which `*` stands for any characters. Where several match a name, the one with the most
 * literal characters decides.
 */
import * as v from 'valibot'
import type { DefaultsFor } from '../engine/database.ts'
import type { TableOptions } from '../engine/options.ts'
import { isOwner } from '../session/names.ts'
import { describeIssue } from './check.ts'
import { type Jwks, JwksSchema } from './jwks.ts'
import { MAX_PROCESSES_PER_TENANT } from './limits.ts'
import { DEFAULT_LEVEL, LEVELS, type Level } from './log-level.ts'
import { matches, Pattern } from './pattern.ts'
import { ANYWHERE, type Placement, PlacementSchema } from './placement.ts'
import { isFault, type RealmFault, type Realms, readRealms } from './realms.ts'
import { SINGLE } from './shard-map.ts'
import { TableOptionsSchema } from './table-options.ts'

/** The variables of the Worker that configure it. */
export interface Config {
  readonly TABLES?: unknown
  readonly PROCESSES?: unknown
  /** `off` sends each call of a Worker by itself; see `router/coalescer`. */
  readonly COALESCING?: unknown
  /** How many milliseconds after its deadline a row may hold memory. Default: {@link EXPIRY_RESOLUTION_MS}. */
  readonly EXPIRY_RESOLUTION_MS?: unknown
  /** `on` lets an admin set the clocks of processes, for tests. Never in production. */
  readonly TEST_CLOCK?: unknown
  readonly SESSIONS?: unknown
  /** `on` lets an admin make processes fail, for drills. Never in production. */
  readonly FAULTS?: unknown
  /** The origins whose pages may call, exactly; a list, or one text with spaces between. Default: none. */
  readonly CORS_ORIGINS?: unknown
  /** The least level that the log shows: debug, info (with a line a request), warn, error, off. Default: warn. */
  readonly LOG_LEVEL?: unknown
  /** What the log calls a table: hash, name, or none. Default: hash. */
  readonly LOG_TABLES?: unknown
  /** How many processes a tenant may have. Default: 10,000. */
  readonly PROCESSES_PER_TENANT?: unknown
  /** An issuer whose tokens are taken, too; see `jwks`. Default: none. */
  readonly JWKS?: unknown
  /** For whom tokens are; services that share a secret tell their tokens apart by it. Default: edge-ets. */
  readonly TOKEN_AUDIENCE?: unknown
}

export interface Configuration {
  readonly defaultsFor: DefaultsFor
  readonly realms: Realms
  /** Over how many shards a process goes, and where they are. */
  readonly placementOf: (process: string) => Placement
  readonly coalescing: boolean
  readonly faults: boolean
  readonly testClock: boolean
  readonly expiryResolutionMs: number
  readonly tokenAudience: string
  readonly jwks: Jwks | undefined
  readonly processesPerTenant: number
  readonly corsOrigins: readonly string[]
  readonly logLevel: Level
  readonly logTables: (typeof TABLE_LABELS)[number]
}

/** How long after its deadline a row may hold memory, unless the configuration says otherwise. */
export const EXPIRY_RESOLUTION_MS = 1_000
/** The wheel is 64 ms coarse, and alarms cost a written row each; beyond an hour nobody means it. */
const Resolution = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => (typeof value === 'string' ? Number(value) : value) as number),
    v.check(
      (ms) => Number.isInteger(ms) && ms >= 100 && ms <= 3_600_000,
      'wants a whole number from 100 to 3600000',
    ),
  ),
  EXPIRY_RESOLUTION_MS,
)

/** Scheme and host, as a browser sends them: no path, no `*`. */
const Origin = v.pipe(
  v.string(),
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'an origin is a scheme and a host, such as https://app.example, and nothing else',
  ),
)
const Origins = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value)),
    v.array(Origin),
    v.maxLength(32, 'there are at most 32 origins'),
  ),
  [],
)
const Count = v.optional(
  v.pipe(v.unknown(), v.transform(Number), v.integer('wants a whole number'), v.minValue(1)),
  MAX_PROCESSES_PER_TENANT,
)
const TABLE_LABELS = ['hash', 'name', 'none'] as const
const Audience = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
/** The names of processes have no dots. */
const ProcessPattern = v.pipe(
  Pattern,
  v.check((text) => !text.includes('.'), 'a pattern is the name of a process, which has no dots'),
)
const Tables = v.optional(v.record(Pattern, TableOptionsSchema), {})
/**
 * Sessions of a user change in one turn, so a process that may have sessions is one shard, whatever a pattern such as `*`
 * says of it. A pattern that means such processes and wants more is a mistake.
 */
const Processes = v.pipe(
  v.optional(v.record(ProcessPattern, PlacementSchema), {}),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const [pattern, value] of Object.entries(dataset.value)) {
      if (value.map.shards === 1 || !isOwner(pattern.replaceAll('*', '0'))) continue
      addIssue({
        message: 'sessions are in one shard; `owners` of their realm spreads its users over processes',
        path: [
          { type: 'object', origin: 'value', input: dataset.value, key: pattern, value },
          { type: 'object', origin: 'value', input: { ...value }, key: 'shards', value: value.map.shards },
        ],
      })
    }
  }),
)

/** What is wrong with a configuration, and in which section. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly variable: string
  /** The name in the section's head: a pattern of tables, or a realm. */
  readonly pattern: string | undefined
  readonly option: string | undefined
  constructor(message: string, variable: string, pattern?: string, option?: string) {
    super(message)
    this.variable = variable
    this.pattern = pattern
    this.option = option
  }
}

/** Reads the configuration. Errors: `ConfigError` naming the section and the option. */
export function readConfig(config: Config): Configuration {
  const { COALESCING = 'on' } = config
  const optionsOf = sections('TABLES', Tables, config.TABLES)
  const placed = sections('PROCESSES', Processes, config.PROCESSES)
  const realms = readRealms(config.SESSIONS)
  if (isFault(realms)) throw realmFault(realms)
  if (COALESCING !== 'on' && COALESCING !== 'off')
    throw new ConfigError('[vars] COALESCING: is on or off', 'COALESCING')
  return {
    defaultsFor: (table) => (optionsOf(table) ?? {}) as Partial<TableOptions>,
    placementOf(process) {
      const placement = placed(process) ?? ANYWHERE
      return isOwner(process) ? { ...placement, map: SINGLE } : placement
    },
    coalescing: COALESCING === 'on',
    realms,
    faults: config.FAULTS === 'on',
    jwks: variable('JWKS', v.optional(JwksSchema), config.JWKS),
    tokenAudience: variable('TOKEN_AUDIENCE', v.optional(Audience, 'edge-ets'), config.TOKEN_AUDIENCE),
    processesPerTenant: variable('PROCESSES_PER_TENANT', Count, config.PROCESSES_PER_TENANT),
    corsOrigins: variable('CORS_ORIGINS', Origins, config.CORS_ORIGINS),
    logLevel: variable('LOG_LEVEL', v.optional(v.picklist(LEVELS), DEFAULT_LEVEL), config.LOG_LEVEL),
    logTables: variable('LOG_TABLES', v.optional(v.picklist(TABLE_LABELS), 'hash'), config.LOG_TABLES),
    testClock: config.TEST_CLOCK === 'on',
    expiryResolutionMs: variable('EXPIRY_RESOLUTION_MS', Resolution, config.EXPIRY_RESOLUTION_MS),
  }
}

/** A variable as its schema describes it. Errors: `ConfigError` that names it. */
function variable<T>(name: string, schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  throw new ConfigError(`[vars] ${name}: ${describeIssue(result.issues[0]).message}`, name)
}

/** The options of the most specific section whose pattern matches a name. */
function sections<T>(
  variable: string,
  schema: v.GenericSchema<unknown, Record<string, T>>,
  value: unknown,
): (name: string) => T | undefined {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (!result.success) throw faultOf(variable, result.issues[0])
  const all = Object.entries(result.output).map(([pattern, options]) => ({
    pattern,
    literals: pattern.replaceAll('*', '').length,
    options,
  }))
  all.sort((a, b) => b.literals - a.literals)
  return (name) => all.find(({ pattern }) => matches(pattern, name))?.options
}

function faultOf(variable: string, issue: v.BaseIssue<unknown>): ConfigError {
  const [pattern, option] = issue.path?.map(({ key }) => String(key)) ?? []
  const { message } = describeIssue({ ...issue, path: undefined })
  if (pattern === undefined) return new ConfigError(`[vars.${variable}] ${message}`, variable)
  const where = option === undefined ? '' : ` ${option}:`
  return new ConfigError(`[vars.${variable}."${pattern}"]${where} ${message}`, variable, pattern, option)
}

function realmFault({ realm, option, message }: RealmFault): ConfigError {
  const section = realm === undefined ? '[vars.SESSIONS]' : `[vars.SESSIONS.${realm}]`
  return new ConfigError(
    `${section} ${option === undefined ? '' : `${option}: `}${message}`,
    'SESSIONS',
    realm,
    option,
  )
}
