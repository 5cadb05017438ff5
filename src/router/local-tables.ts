/** Tables in this very process: for tests, tools and programs that need no network. Nothing is kept. */
import { Database, type DatabaseSettings } from '../engine/database.ts'
import type { EpochMs } from '../engine/time.ts'
import { checkAccess, ownedBy } from '../protocol/access.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { checkCallOptions, checkOperations, type RawOperation } from '../protocol/operation.ts'
import type { Tables } from '../protocol/tables.ts'
import { copyTerm, ownTerm } from '../protocol/term-check.ts'
import { VERBS } from '../protocol/verbs.ts'

/** Here caller and engine share memory, so this is the boundary that copies, on the way in and out. */
export function localTables(settings?: DatabaseSettings, clock: () => number = Date.now): Tables {
  const databases = new Map<string, Database>()
  const databaseOf = (process: string): Database => {
    const database = databases.get(process) ?? new Database({ verbs: VERBS, incarnation: 1, ...settings })
    databases.set(process, database)
    return database
  }
  return {
    // A turn begins at once here, so there is nothing that a deadline could end.
    async run(raw, options) {
      const { caller } = checkCallOptions(options)
      const asked = checkOperations(raw.map(ownOperation))
      const database = databaseOf(globalName(caller?.tenant ?? '', processOf(asked[0]?.table ?? '')))
      checkAccess(database, asked, caller)
      const operations = ownedBy(asked, caller)
      const values = database.run(operations, clock() as EpochMs).map(copyTerm)
      return { values, seq: database.seq, incarnation: 1 }
    },
  }
}

const ownOperation = ({ table, op, args }: RawOperation): RawOperation => ({
  table,
  op,
  args: args.map(ownTerm),
})
