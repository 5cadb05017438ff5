/** Tables in this very process: for tests, tools and programs that need no network. Nothing is kept. */
import { mayWait, Waiters } from '../cache/waiters.ts'
import { Database, type DatabaseSettings, type Operation } from '../engine/database.ts'
import type { EpochMs } from '../engine/time.ts'
import { checkAccess, ownedBy } from '../protocol/access.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { checkCallOptions, checkOperations, type RawOperation } from '../protocol/operation.ts'
import type { Answer, Tables } from '../protocol/tables.ts'
import { copyTerm, ownTerm } from '../protocol/term-check.ts'
import { VERBS, verbOf } from '../protocol/verbs.ts'

/** There is no alarm here: rows that ended are given back when somebody calls, and who waits for events does. */
const LOOK_EVERY_MS = 100

/** Here caller and engine share memory, so this is the boundary that copies, on the way in and out. */
export function localTables(settings?: DatabaseSettings, clock: () => number = Date.now): Tables {
  const now = clock as () => EpochMs
  const databases = new Map<string, Database>()
  const databaseOf = (process: string): Database => {
    const database =
      databases.get(process) ??
      new Database({ verbs: VERBS, newToken: () => crypto.randomUUID(), incarnation: 1, ...settings })
    databases.set(process, database)
    return database
  }
  const waiters = new Waiters({ clock: now, later, verbOf, lookEveryMs: LOOK_EVERY_MS })
  return {
    // A turn begins at once here, so there is nothing that a deadline could end.
    async run(raw, options) {
      const { caller, timeoutMs } = checkCallOptions(options)
      const asked = checkOperations(raw.map(ownOperation))
      const database = databaseOf(globalName(caller?.tenant ?? '', processOf(asked[0]?.table ?? '')))
      const turn = (): Answer => {
        checkAccess(database, asked, caller)
        const operations = ownedBy(asked, caller)
        const values = database.run(operations, now()).map(copyTerm)
        waiters.wake(operations)
        return { values, seq: database.seq, incarnation: 1 }
      }
      return mayWait(asked) ? waiters.run(asked[0] as Operation, timeoutMs, turn) : turn()
    },
  }
}

function later(work: () => void, delayMs: number): () => void {
  const timer = setTimeout(work, delayMs)
  return () => clearTimeout(timer)
}

const ownOperation = ({ table, op, args }: RawOperation): RawOperation => ({
  table,
  op,
  args: args.map(ownTerm),
})
