/** The admin key of a local service: from the environment, else from `.dev.vars`, which is made on first use. */
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs'
import { generateApiKey, isApiKey } from '../security/api-key.ts'
import { CliError } from './error.ts'
import { inProject } from './project.ts'

const DEV_VARS = inProject('.dev.vars')

/** The key of the environment, else that of `.dev.vars`. Errors: one that is no key. */
export function adminKey(): string {
  const fromEnvironment = process.env.ADMIN_KEY
  return fromEnvironment === undefined ? devVarsKey() : checked(fromEnvironment, 'the environment')
}

/** The key of the environment, else that of `.dev.vars`; none is made. */
export const knownKey = (): string | undefined => process.env.ADMIN_KEY ?? keyInDevVars()

/** The key of `.dev.vars`, where `wrangler dev` reads it; made and written there when there is none. */
export function devVarsKey(): string {
  const existing = keyInDevVars()
  return existing === undefined ? newKeyInDevVars() : checked(existing, '.dev.vars')
}

function checked(key: string, where: string): string {
  if (isApiKey(key)) return key
  throw new CliError(`ADMIN_KEY in ${where} is not a key; make one with \`edge-ets key\``)
}

function keyInDevVars(): string | undefined {
  if (!existsSync(DEV_VARS)) return undefined
  return /^\s*ADMIN_KEY\s*=\s*["']?([^"'\s]*)/m.exec(readFileSync(DEV_VARS, 'utf8'))?.[1]
}

function newKeyInDevVars(): string {
  const key = generateApiKey()
  const separator = existsSync(DEV_VARS) && !readFileSync(DEV_VARS, 'utf8').endsWith('\n') ? '\n' : ''
  appendFileSync(DEV_VARS, `${separator}ADMIN_KEY="${key}"\n`, { mode: 0o600 })
  chmodSync(DEV_VARS, 0o600)
  return key
}
