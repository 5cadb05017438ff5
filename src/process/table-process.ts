/**
 * TableProcess: the single owner of the tables whose names begin with its own, as one Durable Object.
 *
 * Everything happens in turns: synchronous, so atomic and isolated. Rows are in memory; the tables
 * themselves (names and options) and the incarnation are in the object's storage and come back with it.
 */
import { DurableObject } from 'cloudflare:workers'
import { Database } from '../engine/database.ts'
import type { EpochMs } from '../engine/time.ts'
import { type Config, readConfig } from '../protocol/config.ts'
import { MAX_ROWS_VISITED, MAX_TABLES_PER_PROCESS } from '../protocol/limits.ts'
import type { Operation } from '../protocol/operation.ts'
import { type Reply, replyOf } from '../protocol/reply.ts'
import type { Answer } from '../protocol/tables.ts'
import { ProcessStore } from './process-store.ts'

export class TableProcess extends DurableObject<Config> {
  readonly #store: ProcessStore
  readonly #database: Database
  readonly #incarnation: number
  #savedDefinitionsVersion: number

  constructor(ctx: DurableObjectState, env: Config) {
    super(ctx, env)
    this.#store = new ProcessStore(ctx.storage)
    this.#incarnation = this.#store.nextIncarnation()
    this.#database = new Database(this.#store.definitions(), {
      defaultsFor: readConfig(env).defaultsFor,
      maxTables: MAX_TABLES_PER_PROCESS,
      maxVisited: MAX_ROWS_VISITED,
      incarnation: this.#incarnation,
    })
    this.#savedDefinitionsVersion = this.#database.definitionsVersion
  }

  /** Runs operations of this process in one turn. They were checked by `checkOperations`. */
  run(operations: readonly Operation[]): Reply<Answer> {
    return replyOf(() => {
      const values = this.#database.run(operations, Date.now() as EpochMs)
      this.#saveDefinitions()
      return { values, seq: this.#database.seq, incarnation: this.#incarnation }
    })
  }

  #saveDefinitions(): void {
    if (this.#database.definitionsVersion === this.#savedDefinitionsVersion) return
    this.#store.saveDefinitions(this.#database.definitions())
    this.#savedDefinitionsVersion = this.#database.definitionsVersion
  }
}
