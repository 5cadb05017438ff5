/** `edge-ets key create|list|rotate|revoke`: the keys of a running service. What is printed is a line of JSON each. */
import { answered, refusalOf, type ServiceFlags, serviceOf } from '../transfer/service.ts'

const KEYS = '/v1/keys'

export interface NewKeyFlags extends ServiceFlags {
  readonly grant: readonly string[]
  readonly tenant?: string
  readonly expires?: string
}

export async function createKey(name: string, flags: NewKeyFlags): Promise<void> {
  const { grant: grants, tenant, expires } = flags
  // What is no moment becomes null in JSON, which would be no end at all: it is sent as it was written.
  const expiresAtMs = expires === undefined ? undefined : Date.parse(expires) || expires
  print(await asked(flags, 'POST', KEYS, { name, grants, tenant, expiresAtMs }))
}

export async function listKeys(flags: ServiceFlags): Promise<void> {
  let after: string | undefined
  for (;;) {
    const path = after === undefined ? KEYS : `${KEYS}?after=${after}`
    const page = (await asked(flags, 'GET', path)) as { readonly id: string }[]
    for (const each of page) print(each)
    after = page.at(-1)?.id
    if (after === undefined) return
  }
}

export interface RotateFlags extends ServiceFlags {
  readonly overlap?: string
}

export async function rotateKey(id: string, flags: RotateFlags): Promise<void> {
  const overlapMs = flags.overlap === undefined ? undefined : Number(flags.overlap) * 1000
  print(await asked(flags, 'POST', `${KEYS}/${encodeURIComponent(id)}/rotate`, { overlapMs }))
}

export async function revokeKey(id: string, flags: ServiceFlags): Promise<void> {
  await asked(flags, 'DELETE', `${KEYS}/${encodeURIComponent(id)}`)
}

/** The value that the service answers with. Errors: `CliError` with what it refuses. */
async function asked(flags: ServiceFlags, method: string, path: string, body?: unknown): Promise<unknown> {
  const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const answer = await answered(serviceOf(flags)(path, init), flags.url)
  if (!answer.ok) throw await refusalOf(answer)
  return ((await answer.json()) as { value: unknown }).value
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
