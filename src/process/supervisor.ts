/**
 * Supervisor: the directory of processes. One object, told by each process of its starts, and asked by it before
 * its first table; no other call goes through it, so it can be away without anybody noticing.
 *
 * Cost:   one row written a start of a process that has had a table, two for the first.
 * Limits: a listing is a page of at most {@link MAX_LISTED}.
 */
import { DurableObject } from 'cloudflare:workers'
import { MAX_LISTED, MAX_PROCESSES_PER_TENANT } from '../protocol/limits.ts'
import { localName, tenantOf } from '../protocol/names.ts'
import type { ProcessEntry } from '../protocol/processes.ts'

/** The name of the one supervisor. */
export const SUPERVISOR = 'supervisor'

const countKeyOf = (tenant: string): string => `count:${tenant}`
/** The entries of a tenant are next to each other, so that a listing meets those of no other. */
const prefixOf = (tenant: string): string => (tenant === '' ? 'process:' : `tenant:${tenant}:`)
const keyOf = (name: string): string => prefixOf(tenantOf(name)) + localName(name)

export class Supervisor extends DurableObject {
  /** Takes what a process says of itself, in the place of what it said before. */
  report(name: string, entry: ProcessEntry): void {
    this.ctx.storage.kv.put(keyOf(name), entry)
  }

  /** Takes a process up that is not in it yet; says whether its tenant may have one more. */
  enlist(name: string, entry: ProcessEntry, limit: number): boolean {
    if (this.find(name) !== null) return true
    const tenant = tenantOf(name)
    const count = this.#countOf(tenant)
    if (count >= limit) return false
    this.ctx.storage.kv.put(countKeyOf(tenant), count + 1)
    this.report(name, entry)
    return true
  }

  #countOf(tenant: string): number {
    const { kv } = this.ctx.storage
    return kv.get<number>(countKeyOf(tenant)) ?? Array.from(kv.list({ prefix: prefixOf(tenant) })).length
  }

  /** What is known of the process of that global name, or `null`. */
  find(name: string): ProcessEntry | null {
    return this.ctx.storage.kv.get<ProcessEntry>(keyOf(name)) ?? null
  }

  /** The global names of the processes of a tenant or, without one, of all. */
  names(tenant: string | null): string[] {
    const prefixes = tenant === null ? ['process:', 'tenant:'] : [prefixOf(tenant)]
    return prefixes.flatMap((prefix) =>
      Array.from(this.ctx.storage.kv.list({ prefix, limit: MAX_PROCESSES_PER_TENANT }), ([key]) =>
        key.slice(key.indexOf(':') + 1),
      ),
    )
  }

  /** The processes of a tenant by name, those after `after` where it is given. */
  list(tenant: string, after: string | null): ProcessEntry[] {
    const prefix = prefixOf(tenant)
    const start = after === null ? {} : { startAfter: prefix + after }
    return Array.from(
      this.ctx.storage.kv.list<ProcessEntry>({ prefix, limit: MAX_LISTED, ...start }),
      ([, entry]) => entry,
    )
  }
}
