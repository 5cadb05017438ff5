/**
 * Configuration from `wrangler.toml`: `[vars.TABLES."cart-*"]` sections give options by table name,
 * `[vars.SESSIONS.web]` sections those of realms of sessions (`realms.ts`).
 *
 * A pattern is a table name in which `*` stands for any characters. Where several match a name, the one
 * with the most literal characters decides.
 */
import * as v from 'valibot'
import type { DefaultsFor } from '../engine/database.ts'
import type { TableOptions } from '../engine/options.ts'
import { describeIssue } from './check.ts'
import { matches, Pattern } from './pattern.ts'
import { type RealmFault, type Realms, readRealms } from './realms.ts'
import { TableOptionsSchema } from './table-options.ts'

/** The variables of the Worker that configure it. */
export interface Config {
  readonly TABLES?: unknown
  /** How many milliseconds after its deadline a row may hold memory. Default: {@link EXPIRY_RESOLUTION_MS}. */
  readonly EXPIRY_RESOLUTION_MS?: unknown
  /** `on` lets an admin set the clocks of processes, for tests. Never in production. */
  readonly TEST_CLOCK?: unknown
  readonly SESSIONS?: unknown
  /** `on` lets an admin make processes fail, for drills. Never in production. */
  readonly FAULTS?: unknown
}

export interface Configuration {
  readonly defaultsFor: DefaultsFor
  readonly realms: Realms
  readonly faults: boolean
  readonly testClock: boolean
  readonly expiryResolutionMs: number
}

/** How long after its deadline a row may hold memory, unless the configuration says otherwise. */
export const EXPIRY_RESOLUTION_MS = 1_000
/** The wheel is 64 ms coarse, and alarms cost a written row each; beyond an hour nobody means it. */
const Resolution = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(3_600_000))

const Sections = v.optional(v.record(Pattern, TableOptionsSchema), {})

/** What is wrong with a configuration, and in which section. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** The name in the section's head: a pattern of tables, or a realm. */
  readonly pattern: string | undefined
  readonly option: string | undefined
  constructor(message: string, pattern?: string, option?: string) {
    super(message)
    this.pattern = pattern
    this.option = option
  }
}

/** Reads the configuration. Errors: `ConfigError` naming the section and the option. */
export function readConfig(config: Config): Configuration {
  const result = v.safeParse(Sections, config.TABLES, { abortEarly: true })
  if (!result.success) throw faultOf(result.issues[0])
  const sections = Object.entries(result.output).map(([pattern, options]) => ({
    pattern,
    literals: pattern.replaceAll('*', '').length,
    options: options as Partial<TableOptions>,
  }))
  const realms = readRealms(config.SESSIONS)
  if (!(realms instanceof Map)) throw realmFault(realms as RealmFault)
  sections.sort((a, b) => b.literals - a.literals)
  return {
    defaultsFor: (table) => sections.find(({ pattern }) => matches(pattern, table))?.options ?? {},
    realms,
    faults: config.FAULTS === 'on',
    testClock: config.TEST_CLOCK === 'on',
    expiryResolutionMs: readResolution(config.EXPIRY_RESOLUTION_MS),
  }
}

/** A number, or the text of one: a variable set on the command line is text. */
function readResolution(value: unknown): number {
  if (value === undefined) return EXPIRY_RESOLUTION_MS
  const result = v.safeParse(Resolution, typeof value === 'string' ? Number(value) : value)
  if (!result.success) {
    throw new ConfigError('[vars] EXPIRY_RESOLUTION_MS: wants a whole number from 100 to 3600000')
  }
  return result.output
}

function faultOf(issue: v.BaseIssue<unknown>): ConfigError {
  const [pattern, option] = issue.path?.map(({ key }) => String(key)) ?? []
  const { message } = describeIssue({ ...issue, path: undefined })
  if (pattern === undefined) return new ConfigError(`[vars.TABLES] ${message}`)
  const where = option === undefined ? '' : ` ${option}:`
  return new ConfigError(`[vars.TABLES."${pattern}"]${where} ${message}`, pattern, option)
}

function realmFault({ realm, option, message }: RealmFault): ConfigError {
  const section = realm === undefined ? '[vars.SESSIONS]' : `[vars.SESSIONS.${realm}]`
  return new ConfigError(`${section} ${option === undefined ? '' : `${option}: `}${message}`, realm, option)
}
