/** A database with one table `t` for tests of verbs, and the shortest way to run a verb on it. */
import { Database, type Operation } from '../../src/engine/database.ts'
import type { TableOptions } from '../../src/engine/options.ts'
import type { Row } from '../../src/engine/row.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'

export const at = (ms: number): EpochMs => ms as EpochMs

export interface TestDatabase {
  readonly database: Database
  /** Runs one verb on the table and returns its value. */
  run(op: Operation['op'], ...args: Term[]): Term
  /** All rows, in a stable order. */
  rows(): readonly Row[]
  /** Sets the moment that the verbs see; it begins at 0. */
  now(ms: number): void
}

export function aDatabase(options: Partial<TableOptions> = {}, rows: readonly Row[] = []): TestDatabase {
  const database = new Database()
  let nowMs = at(0)
  const run: TestDatabase['run'] = (op, ...args) => database.run([{ table: 't', op, args }], nowMs)[0] as Term
  run('new', { ...options } as Term)
  run('insert_list', rows)
  return {
    database,
    run,
    rows: () => run('tab2list') as readonly Row[],
    now: (ms) => {
      nowMs = at(ms)
    },
  }
}
