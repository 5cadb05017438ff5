/** Reads `wrangler.toml`, checks what edge-ets reads from it, and says which line is to be mended. */
import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import { ConfigError, readConfig } from '../protocol/config.ts'
import { CliError } from './error.ts'
import { inProject } from './project.ts'

/** The parts of `wrangler.toml` that a local service needs. */
export interface WorkerConfig {
  readonly main: string
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  readonly vars: Readonly<Record<string, unknown>>
  readonly durableObjects: readonly { readonly binding: string; readonly className: string }[]
}

interface WranglerToml {
  main: string
  compatibility_date: string
  compatibility_flags?: string[]
  vars?: Record<string, unknown>
  durable_objects?: { bindings?: { name: string; class_name: string }[] }
}

/** Errors: `CliError` with the line, for bad TOML and for options of tables that do not exist. */
export function readWorkerConfig(path = inProject('wrangler.toml')): WorkerConfig {
  const text = readFileSync(path, 'utf8')
  const toml = parseToml(text)
  try {
    readConfig(toml.vars ?? {})
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new CliError(`wrangler.toml:${lineOf(text, error)}: ${error.message}`)
  }
  return {
    main: toml.main,
    compatibilityDate: toml.compatibility_date,
    compatibilityFlags: toml.compatibility_flags ?? [],
    vars: toml.vars ?? {},
    durableObjects: (toml.durable_objects?.bindings ?? []).map((each) => ({
      binding: each.name,
      className: each.class_name,
    })),
  }
}

function parseToml(text: string): WranglerToml {
  try {
    // What wrangler itself needs it checks itself; here the shape is taken as it was deployed.
    return parse(text) as unknown as WranglerToml
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason] = error.message.split('\n')
    throw new CliError(`wrangler.toml:${error.line}: ${reason?.replace('Invalid TOML document: ', '')}`)
  }
}

/** The line of the option, or of its section, or of the first line about the variable. */
function lineOf(text: string, { variable, pattern, option }: ConfigError): number {
  const lines = text.split('\n')
  const section = lines.findIndex((line) =>
    pattern === undefined
      ? line.includes(variable) && !line.trim().startsWith('#')
      : line.trim().startsWith(`[vars.${variable}`) && line.includes(pattern),
  )
  if (option === undefined) return section + 1
  const below = lines.slice(section + 1).findIndex((line) => line.trim().startsWith(option))
  return section + 1 + (below === -1 ? 0 : below + 1)
}
