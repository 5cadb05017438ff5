/** Every verb that an operation may name: those of tables, and the rules over tables beside them. */
import { fenced } from '../cache/fence.ts'
import { CACHE_VERBS, INNER_CACHE_VERBS } from '../cache/verbs.ts'
import { VERBS as TABLE_VERBS, type Verb } from '../engine/verbs/registry.ts'
import { SESSION_VERBS } from '../session/verbs.ts'

/**
 * The verbs that a request may name itself. Those of sessions are not among them: they believe what they are told of
 * the realm's options, which is for the Worker to say. Nor are those that the router alone has a use for.
 */
export const OPEN_VERBS = { ...fenced(TABLE_VERBS), ...CACHE_VERBS } satisfies Record<string, Verb>

export const VERBS = { ...OPEN_VERBS, ...INNER_CACHE_VERBS, ...SESSION_VERBS } satisfies Record<string, Verb>

export type VerbName = keyof typeof VERBS

export const isVerbName = (name: string): name is VerbName => Object.hasOwn(VERBS, name)

/** Whether a request may name a verb, or there is none of that name, which is refused elsewhere. */
export const isOpen = (name: string): boolean => Object.hasOwn(OPEN_VERBS, name) || !isVerbName(name)

/** The verb of an operation that was checked. */
export const verbOf = ({ op }: { readonly op: string }): Verb => VERBS[op as VerbName]

/** The tables that an operation works on; not all of them need to be there. */
export function tablesOf({ table, op }: { readonly table: string; readonly op: string }): readonly string[] {
  const { others } = verbOf({ op })
  return others === undefined ? [table] : [table, ...others(table)]
}
