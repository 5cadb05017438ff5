/** A database with the verbs of caches, a clock that tests decide on, and the shortest way to run verbs on `c`. */
import { Database, type DatabaseSettings, type Operation } from '../../src/engine/database.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import { VERBS } from '../../src/protocol/verbs.ts'

export interface TestCache {
  readonly database: Database
  nowMs: number
  /** Runs one verb on the cache, checked as every call is. */
  run(op: Operation['op'], ...args: unknown[]): Term
  /** As `run`, of an answer that is an object. */
  ask(op: Operation['op'], ...args: unknown[]): { readonly [name: string]: Term }
}

export function aCache(settings: DatabaseSettings = {}): TestCache {
  let tokens = 0
  const database = new Database({ verbs: VERBS, newToken: () => `lease-${++tokens}`, ...settings })
  const cache: TestCache = {
    database,
    nowMs: 0,
    run: (op, ...args) =>
      database.run(checkOperations([{ table: 'c', op, args }]), cache.nowMs as EpochMs)[0] as Term,
    ask: (op, ...args) => cache.run(op, ...args) as ReturnType<TestCache['ask']>,
  }
  return cache
}
