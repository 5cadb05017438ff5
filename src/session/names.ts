/**
 * Where the sessions of a realm are: in a process `sessions-<realm>`, or in several, `sessions-<realm>-<n>`.
 *
 * A realm's name has no `-`, so no two realms share a process. The tables of a process have names with a `$`,
 * which callers cannot write: sessions are reached by the verbs of sessions alone.
 */
import { EtsError } from '../engine/error.ts'

const OWNER = /^sessions-[A-Za-z0-9_]{1,64}(-\d{1,4})?$/

/** The process of a realm that goes over `owners` of them, and the table that an operation names. */
export const ownerName = (realm: string, owner: number, owners: number): string =>
  owners === 1 ? `sessions-${realm}` : `sessions-${realm}-${owner}`

/** Whether a process is one that sessions may be in. */
export const isOwner = (process: string): boolean => OWNER.test(process)

/** Errors: `bad_request` for an operation that names anything but an owner of sessions. */
export function checkOwner(table: string): void {
  if (isOwner(table)) return
  throw new EtsError('bad_request', { message: 'sessions are in processes named `sessions-<realm>`' })
}
