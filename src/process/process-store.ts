/**
 * What a process keeps in its own storage besides rows: how often it started and which tables it has.
 *
 * Cost:   one row written a start, one whenever a table is created or dropped.
 * Limits: the definitions are one record; `MAX_TABLES_PER_PROCESS` keeps it far below the 2 MB of a value.
 */
import type { TableDefinition } from '../engine/database.ts'

const INCARNATION = 'incarnation'
const DEFINITIONS = 'definitions'

export class ProcessStore {
  readonly #kv: DurableObjectStorage['kv']

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv
  }

  /** Counts a start and returns which one it is, from 1. */
  nextIncarnation(): number {
    const incarnation = (this.#kv.get<number>(INCARNATION) ?? 0) + 1
    this.#kv.put(INCARNATION, incarnation)
    return incarnation
  }

  definitions(): readonly TableDefinition[] {
    return this.#kv.get<TableDefinition[]>(DEFINITIONS) ?? []
  }

  saveDefinitions(definitions: readonly TableDefinition[]): void {
    this.#kv.put(DEFINITIONS, definitions)
  }
}
