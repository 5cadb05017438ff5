/**
 * TableProcess: the single owner of the tables whose names begin with its own, as one Durable Object.
 *
 * The work is the `Owner`'s; here is what the platform has to do with it: storage, clock, timers, and the end of
 * the process when memory may no longer be trusted.
 */
import { DurableObject } from 'cloudflare:workers'
import type { EpochMs } from '../engine/time.ts'
import { SqliteStore } from '../journal/sqlite-store.ts'
import { type Config, readConfig } from '../protocol/config.ts'
import { MAX_ROWS_VISITED, MAX_TABLES_PER_PROCESS } from '../protocol/limits.ts'
import type { Operation } from '../protocol/operation.ts'
import { type Reply, replyOf } from '../protocol/reply.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import { Owner } from './owner.ts'

export class TableProcess extends DurableObject<Config> {
  readonly #owner: Owner

  constructor(ctx: DurableObjectState, env: Config) {
    super(ctx, env)
    this.#owner = new Owner({
      store: new SqliteStore(ctx.storage.sql),
      clock: () => Date.now() as EpochMs,
      durable: () => ctx.storage.sync(),
      later: (work, delayMs) => setTimeout(work, delayMs),
      fail: (cause) => ctx.abort(`the journal refused: ${cause}`),
      settings: {
        defaultsFor: readConfig(env).defaultsFor,
        maxTables: MAX_TABLES_PER_PROCESS,
        maxVisited: MAX_ROWS_VISITED,
      },
    })
  }

  /** Runs operations of this process in one turn. They were checked by `checkOperations`. */
  async run(operations: readonly Operation[], options?: CallOptions): Promise<Reply<Answer>> {
    return replyOf(() => this.#owner.run(operations, options))
  }
}
