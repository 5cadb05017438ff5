/** Operations on sessions with readable hashes and ids, and a policy that tests bend. */

import type { RawOperation } from '../../src/protocol/operation.ts'
import { realmOf } from '../../src/protocol/realms.ts'
import { VERBS, type VerbName } from '../../src/protocol/verbs.ts'
import { DEFAULTS, type Policy } from '../../src/session/policy.ts'

/** Short deadlines, so that histories meet them. */
export const POLICY: Policy = {
  ...realmOf('web').policy,
  ...DEFAULTS,
  idleMs: 1_000,
  absoluteMs: 5_000,
  freshMs: 500,
  touchMs: 100,
  graceMs: 200,
  maxPerUser: 3,
  auditMs: 60_000,
}

export const OWNER = 'sessions-web'

/** A name stretched to the length of a hash. */
export const hash = (name: string): string => name.padEnd(43, '_')
export const id = (name: string): string => name.padEnd(22, '_')

export type SessionCall = (op: string, ...args: readonly unknown[]) => RawOperation

/** Operations under a policy, the last argument of every verb of sessions; one before it that is missing is an empty origin. */
export const callsUnder =
  (policy: Partial<Policy> = {}): SessionCall =>
  (op, ...args) => {
    const verb = `session_${op}`
    const isShort = args.length + 2 === VERBS[verb as VerbName].args.length
    return { table: OWNER, op: verb, args: [...args, ...(isShort ? [{}] : []), { ...POLICY, ...policy }] }
  }
