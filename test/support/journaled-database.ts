/** A database whose turns are journaled at once, into memory, and that can be rebuilt from there. */
import type { Database, Operation } from '../../src/engine/database.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { Journal } from '../../src/journal/journal.ts'
import { MemoryStore } from '../../src/journal/memory-store.ts'
import { recover } from '../../src/journal/recover.ts'
import { journaledTables, Rebuilding } from '../../src/process/journaled-tables.ts'

export class JournaledDatabase {
  readonly #store = new MemoryStore()
  #journal: Journal | undefined
  database: Database

  constructor() {
    this.database = this.#open(0 as EpochMs)
  }

  /** Errors: the refusals of the operations; what was refused is not journaled. */
  run(operations: readonly Operation[], nowMs: EpochMs): readonly Term[] {
    const values = this.database.run(operations, nowMs)
    this.#append()
    return values
  }

  /** Writes the page that has been dirty for longest. */
  checkpoint(): void {
    this.#append()
    this.#journal?.checkpointOldest(journaledTables(this.database))
  }

  /** Goes on with what is journaled. */
  restart(nowMs: EpochMs): void {
    this.database = this.#open(nowMs)
  }

  #append(): void {
    const tables = journaledTables(this.database)
    this.#journal?.putCatalog(tables, this.database.seq)
    this.#journal?.append(tables, this.database.seq)
  }

  #open(nowMs: EpochMs): Database {
    let journal: Journal | undefined
    const rebuilding = new Rebuilding({ track: (options) => journal?.track(options) }, nowMs)
    const { recovery, state } = recover(this.#store, rebuilding)
    const database = rebuilding.finish(recovery)
    journal = new Journal(this.#store, state)
    this.#journal = journal
    return database
  }
}
