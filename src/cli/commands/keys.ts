/** `edge-ets key create|list|rotate|revoke`: the keys of a running service. What is printed is a line of JSON each. */
import { askService, printJson, type ServiceFlags } from '../transfer/service.ts'

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
  printJson(await askService(flags, 'POST', KEYS, { name, grants, tenant, expiresAtMs }))
}

export async function listKeys(flags: ServiceFlags): Promise<void> {
  let after: string | undefined
  for (;;) {
    const path = after === undefined ? KEYS : `${KEYS}?after=${after}`
    const page = (await askService(flags, 'GET', path)) as { readonly id: string }[]
    for (const each of page) printJson(each)
    after = page.at(-1)?.id
    if (after === undefined) return
  }
}

export interface RotateFlags extends ServiceFlags {
  readonly overlap?: string
}

export async function rotateKey(id: string, flags: RotateFlags): Promise<void> {
  const overlapMs = flags.overlap === undefined ? undefined : Number(flags.overlap) * 1000
  printJson(await askService(flags, 'POST', `${KEYS}/${encodeURIComponent(id)}/rotate`, { overlapMs }))
}

export async function revokeKey(id: string, flags: ServiceFlags): Promise<void> {
  await askService(flags, 'DELETE', `${KEYS}/${encodeURIComponent(id)}`)
}
