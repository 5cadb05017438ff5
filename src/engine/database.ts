/**
 * Database: the named tables of one process, and the turns that work on them.
 *
 * A turn is a list of operations that takes effect as a whole: when one of them is refused, what the ones
 * before it did is taken back, tables created and dropped included.
 *
 * Cost: what its operations cost; a turn of one operation that cannot fail half-way costs nothing more.
 */
import { EtsError } from './error.ts'
import { Ledger } from './ledger.ts'
import { DEFAULT_OPTIONS, type TableOptions } from './options.ts'
import { Table } from './table.ts'
import type { Term } from './term.ts'
import { type Arguments, VERBS, type VerbName } from './verbs/registry.ts'

/** One verb on one table, its name and the number of its arguments checked. */
export interface Operation {
  readonly table: string
  readonly op: VerbName
  readonly args: readonly Term[]
}

/** The definition of a table: what remains of it when its rows are gone. */
export interface TableDefinition {
  readonly name: string
  readonly options: TableOptions
}

export type DefaultsFor = (table: string) => Partial<TableOptions>

export interface DatabaseSettings {
  /** The options that a table of that name has unless told otherwise. Default: none. */
  readonly defaultsFor?: DefaultsFor
  /** Default: no limit. */
  readonly maxTables?: number
}

export class Database {
  readonly #ledger = new Ledger()
  readonly #tables = new Map<string, Table>()
  readonly #defaultsFor: DefaultsFor
  readonly #maxTables: number
  #definitionsVersion = 0

  constructor(definitions: Iterable<TableDefinition> = [], settings: DatabaseSettings = {}) {
    this.#defaultsFor = settings.defaultsFor ?? (() => ({}))
    this.#maxTables = settings.maxTables ?? Number.POSITIVE_INFINITY
    for (const { name, options } of definitions) this.#tables.set(name, new Table(options, this.#ledger))
  }

  /** The number of the last change. */
  get seq(): number {
    return this.#ledger.seq
  }

  /** Grows when a table is created or dropped: time to keep the {@link definitions}. */
  get definitionsVersion(): number {
    return this.#definitionsVersion
  }

  definitions(): TableDefinition[] {
    return Array.from(this.#tables, ([name, table]) => ({ name, options: table.options }))
  }

  find(name: string): Table | undefined {
    return this.#tables.get(name)
  }

  /** The table of that name. Errors: `no_such_table`. */
  table(name: string): Table {
    const table = this.#tables.get(name)
    if (table === undefined) throw new EtsError('no_such_table', { table: name })
    return table
  }

  /** Creates a table. `options` are those given, already checked. Errors: `table_exists`, `too_large`. */
  create(name: string, options: Term = {}): string {
    if (this.#tables.has(name)) throw new EtsError('table_exists', { table: name })
    if (this.#tables.size >= this.#maxTables) {
      throw new EtsError('too_large', { what: 'tables of one process', limit: this.#maxTables })
    }
    const complete = { ...DEFAULT_OPTIONS, ...this.#defaultsFor(name), ...(options as Partial<TableOptions>) }
    this.#define(name, new Table(complete, this.#ledger))
    this.#ledger.onRollBack(() => this.#define(name, undefined))
    return name
  }

  /** Drops a table and its rows. Errors: `no_such_table`. */
  drop(name: string): true {
    const table = this.table(name)
    this.#define(name, undefined)
    this.#ledger.onRollBack(() => this.#define(name, table))
    return true
  }

  /**
   * Runs operations in order, all or none, and returns what each answered.
   *
   * Errors: the refusal of the first operation that fails, with its `index` when there are several.
   */
  run(operations: readonly Operation[]): readonly Term[] {
    this.#ledger.begin()
    const values: Term[] = []
    try {
      for (const { table, op, args } of operations) {
        values.push(VERBS[op].run(this, table, args as unknown as Arguments))
      }
    } catch (error) {
      this.#ledger.rollBack()
      throw operations.length > 1 ? at(values.length, error) : error
    }
    this.#ledger.commit()
    return values
  }

  #define(name: string, table: Table | undefined): void {
    if (table === undefined) this.#tables.delete(name)
    else this.#tables.set(name, table)
    this.#definitionsVersion++
    this.#ledger.seq++
  }
}

/** The same refusal, telling which operation of a batch it was. */
function at(index: number, error: unknown): unknown {
  if (!(error instanceof EtsError)) return error
  return new EtsError(error.code, { ...error.details, index })
}
