/**
 * The fence: a write ends the leases on what it writes, by whichever verb it comes.
 *
 * A lease says that nothing was written under its key since it was granted. So every verb that writes is followed
 * here, those of tables too: one that names its keys ends the leases on them, any other those on the whole table. A
 * removal counts whether or not there was anything to remove, as what is being loaded may be what it was meant for.
 *
 * Cost: a look-up of one name a write, and nothing more while no lease is out in the process.
 */
import type { Database } from '../engine/database.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import type { Verb } from '../engine/verbs/registry.ts'
import { LEASES, voidLease, voidLeases } from './leases.ts'
import { countLoads } from './load-counts.ts'

/** Which keys an operation may write under: some, or those that pass a test. */
export type Reach = readonly Term[] | ((key: Term) => boolean)

/** The verbs, each write followed by the end of the leases that it voids, but for those in `except`. */
export function fenced<Verbs extends Readonly<Record<string, Verb>>>(
  verbs: Verbs,
  except: readonly string[] = [],
): Verbs {
  const all = Object.entries<Verb>(verbs).map(([op, verb]) =>
    verb.mode === 'read' || except.includes(op) ? [op, verb] : [op, { ...verb, run: followed(op, verb) }],
  )
  return Object.fromEntries(all) as Verbs
}

function followed(op: string, verb: Verb): Verb['run'] {
  const removes = /delete|take|invalidate/.test(op)
  return (database, table, args, nowMs) => {
    const leases = database.find(LEASES)
    if (leases === undefined || leases.held === 0) return verb.run(database, table, args, nowMs)
    const { seq } = database
    const value = verb.run(database, table, args, nowMs)
    if (removes || database.seq !== seq) voidWithin(database, table, reachOf(verb, args), nowMs)
    return value
  }
}

function voidWithin(database: Database, table: string, reach: Reach, nowMs: EpochMs): void {
  const voided =
    typeof reach === 'function'
      ? voidLeases(database, table, reach, nowMs)
      : reach.filter((key) => voidLease(database, table, key, nowMs)).length
  // A table that was dropped or renamed just now has nothing to count for.
  if (voided > 0 && database.find(table) !== undefined) countLoads(database, table, 'voided', nowMs, voided)
}

const EVERYTHING = (): boolean => true

/** Which keys a call of a verb may write under. */
export function reachOf({ args: names }: Pick<Verb, 'args'>, args: readonly Term[]): Reach {
  const [first] = args
  switch (names[0]) {
    case 'key':
      return [first as Term]
    case 'keys':
      return first as readonly Term[]
    case 'row':
      return [keyOfPair(first as Term)]
    case 'rows':
    case 'entries':
      return (first as readonly Term[]).map(keyOfPair)
    case 'prefix':
      return (key) => typeof key === 'string' && key.startsWith(first as string)
    default:
      return EVERYTHING
  }
}

/** The rows of caches, and only theirs matter, have their key first. */
const keyOfPair = (row: Term): Term => (row as readonly Term[])[0] as Term
