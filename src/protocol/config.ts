/**
 * Configuration from `wrangler.toml`: `[vars.TABLES."sessions-*"]` sections give options by table name.
 *
 * A pattern is a table name in which `*` stands for any characters. Where several match a name, the one
 * with the most literal characters decides.
 */
import * as v from 'valibot'
import type { DefaultsFor } from '../engine/database.ts'
import type { TableOptions } from '../engine/options.ts'
import { describeIssue } from './check.ts'
import { matches, Pattern } from './pattern.ts'
import { TableOptionsSchema } from './table-options.ts'

/** The variables of the Worker that configure it. */
export interface Config {
  readonly TABLES?: unknown
  /** `on` lets an admin make processes fail, for drills. Never in production. */
  readonly FAULTS?: unknown
}

export interface Configuration {
  readonly defaultsFor: DefaultsFor
  readonly faults: boolean
}

const Sections = v.optional(v.record(Pattern, TableOptionsSchema), {})

/** What is wrong with a configuration, and in which section. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
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
  sections.sort((a, b) => b.literals - a.literals)
  return {
    defaultsFor: (table) => sections.find(({ pattern }) => matches(pattern, table))?.options ?? {},
    faults: config.FAULTS === 'on',
  }
}

function faultOf(issue: v.BaseIssue<unknown>): ConfigError {
  const [pattern, option] = issue.path?.map(({ key }) => String(key)) ?? []
  const { message } = describeIssue({ ...issue, path: undefined })
  if (pattern === undefined) return new ConfigError(`[vars.TABLES] ${message}`)
  const where = option === undefined ? '' : ` ${option}:`
  return new ConfigError(`[vars.TABLES."${pattern}"]${where} ${message}`, pattern, option)
}
