/**
 * Database: the named tables of one process, and the turns that work on them.
 *
 * A turn is a list of operations that takes effect as a whole: when one of them is refused, what the ones
 * before it did is taken back, tables created and dropped included.
 *
 * Cost: what its operations cost, and some hundred nanoseconds for a way back.
 */
import { Allowance, type Bounds, UNBOUNDED } from './allowance.ts'
import { badarg, EtsError } from './error.ts'
import { Ledger } from './ledger.ts'
import { checkOptions, DEFAULT_OPTIONS, type TableOptions } from './options.ts'
import { type Random, seededRandom } from './random.ts'
import type { SlotTracker } from './slot-tracker.ts'
import { DEFAULT_HASH_SEED } from './store/set-index.ts'
import { Table } from './table.ts'
import type { RemovalListener } from './table-settings.ts'
import type { Term } from './term.ts'
import type { EpochMs } from './time.ts'
import { type Arguments, VERBS, type Verb } from './verbs/registry.ts'

/** One verb on one table, its name and the number of its arguments checked. */
export interface Operation {
  readonly table: string
  readonly op: string
  readonly args: readonly Term[]
}

/** What a turn does last, told what its operations answered. */
export type Seal = (values: readonly Term[]) => readonly Operation[]

export type DefaultsFor = (table: string) => Partial<TableOptions>

/** Bounds of a turn are without limit unless given. */
export interface DatabaseSettings extends Partial<Bounds> {
  /** The options that a table of that name has unless told otherwise. Default: none. */
  readonly defaultsFor?: DefaultsFor
  /** The verbs that turns may run. Default: those of tables. */
  readonly verbs?: Readonly<Record<string, Verb>>
  /** Default: no limit. */
  readonly maxTables?: number
  /** Makes trackers for the contents of tables of such options. Default: none. */
  readonly track?: (options: TableOptions) => SlotTracker | undefined
  /** Decides what should not be foreseen: jitter, and now and then an eviction. Default: always the same numbers. */
  readonly random?: Random
  /** Told of rows of tables with `events` that expired, were evicted or taken away. Default: nobody. */
  readonly removed?: RemovalListener | undefined
  /** A random number that nobody else knows; see `store/key-hash`. Default: a constant, for trusted keys. */
  readonly hashSeed?: number
  /** Makes a text that nobody can guess. Default: one that anybody can, for trusted callers. */
  readonly newToken?: () => string
  /** Which life of the process this is: cursors of an earlier one are known by it. Default: 0. */
  readonly incarnation?: number
}

const DEFAULT_SETTINGS: Required<DatabaseSettings> = {
  defaultsFor: () => ({}),
  verbs: VERBS,
  maxTables: Number.POSITIVE_INFINITY,
  ...UNBOUNDED,
  track: () => undefined,
  newToken: () => 'token',
  incarnation: 0,
  random: seededRandom(1),
  removed: undefined,
  hashSeed: DEFAULT_HASH_SEED,
}

/** Rows that are due and given back before each operation; `sweep` gives back what a large insert leaves. */
const SWEPT_PER_OPERATION = 16

export class Database {
  readonly #ledger = new Ledger()
  readonly #tables = new Map<string, Table>()
  readonly #settings: Required<DatabaseSettings>
  readonly #allowance: Allowance
  #definitionsVersion = 0
  /** What the start of the process found of a table, where a process has rebuilt it: `info` tells it. */
  recoveryOf: (table: Table) => Term = () => null
  #tablesMade = 0

  constructor(settings: DatabaseSettings = {}) {
    this.#settings = { ...DEFAULT_SETTINGS, ...settings }
    this.#allowance = new Allowance(this.#settings)
  }

  /** Which life of the process this is. */
  get incarnation(): number {
    return this.#settings.incarnation
  }

  /** The number of the last change. */
  get seq(): number {
    return this.#ledger.seq
  }

  /** Grows when a table is created, renamed or dropped: time to keep the list of {@link tables}. */
  get definitionsVersion(): number {
    return this.#definitionsVersion
  }

  /** The tables by name, in the order of their creation. */
  get tables(): ReadonlyMap<string, Table> {
    return this.#tables
  }

  /** A text that nobody can guess. */
  newToken(): string {
    return this.#settings.newToken()
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

  /**
   * Creates a table. `options` are those given, each already checked; `usual` are those of its kind, for what is neither
   * given nor configured.
   *
   * Errors: `table_exists`, `too_large`; `badarg`/`options` where they contradict each other.
   */
  create(name: string, options: Term = {}, usual: Partial<TableOptions> = {}): string {
    if (this.#tables.has(name)) throw new EtsError('table_exists', { table: name })
    const { maxTables, defaultsFor } = this.#settings
    if (this.#tables.size >= maxTables) {
      throw new EtsError('too_large', { what: 'tables of one process', limit: maxTables })
    }
    const given = options as Partial<TableOptions>
    const asked = { ...defaultsFor(name), ...given }
    const complete = checkOptions({ ...DEFAULT_OPTIONS, ...usual, ...asked }, asked)
    this.#define(name, this.#make(complete))
    this.#ledger.onRollBack(() => this.#define(name, undefined))
    return name
  }

  /** Gives a table another name. Errors: `no_such_table`, `table_exists`, `badarg`/`item` for what is no name. */
  rename(name: string, newName: Term): string {
    const table = this.table(name)
    if (typeof newName !== 'string') throw badarg('item')
    if (this.#tables.has(newName)) throw new EtsError('table_exists', { table: newName })
    this.#define(name, undefined)
    this.#define(newName, table)
    this.#ledger.onRollBack(() => {
      this.#define(newName, undefined)
      this.#define(name, table)
    })
    return newName
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
   * Shape:  `seal` is given what they answered and may add operations to the same turn.
   * Units:  `nowMs` is the one moment that the whole turn sees.
   * Errors: the refusal of the first operation that fails, with its `index` when there are several; `too_large` for
   *         what is beyond the bounds of a turn.
   */
  run(operations: readonly Operation[], nowMs: EpochMs, seal?: Seal): readonly Term[] {
    for (const operation of operations) this.#prepare(operation, nowMs)
    return this.turn(() => {
      const values: Term[] = []
      try {
        for (const operation of operations) {
          const value = this.#runOne(operation, nowMs)
          this.#allowance.answer(value)
          values.push(value)
        }
        for (const operation of seal?.(values) ?? []) this.#runOne(operation, nowMs)
      } catch (error) {
        throw operations.length > 1 ? at(values.length, error) : error
      }
      return values
    })
  }

  /** Runs `work` as one turn: when it throws, what it changed is taken back. Not within another turn. */
  turn<T>(work: () => T): T {
    this.#ledger.begin()
    this.#allowance.begin()
    try {
      const value = work()
      this.#ledger.commit()
      return value
    } catch (error) {
      this.#ledger.rollBack()
      throw error
    }
  }

  /**
   * Gives the memory of rows that are due back, looking at no more than about `limit`; says whether more may be due.
   *
   * Between turns only; see `Table.sweep`.
   */
  sweep(nowMs: EpochMs, limit: number): boolean {
    let isMoreDue = false
    for (const table of this.#tables.values()) {
      if (isMoreDue) break
      isMoreDue = table.sweep(nowMs, limit)
    }
    return isMoreDue
  }

  /** Gives the memory of a few rows that are due back, in the tables that an operation works on; counts it there. */
  #prepare({ table, op }: Operation, nowMs: EpochMs): void {
    const found = this.#tables.get(table)
    found?.sweep(nowMs, SWEPT_PER_OPERATION)
    found?.countOperation(op)
    const { others } = this.#settings.verbs[op] as Verb
    if (others === undefined) return
    for (const name of others(table)) this.#tables.get(name)?.sweep(nowMs, SWEPT_PER_OPERATION)
  }

  #runOne({ table, op, args }: Operation, nowMs: EpochMs): Term {
    const verb = this.#settings.verbs[op] as Verb
    return verb.run(this, table, args as unknown as Arguments, nowMs)
  }

  /** Takes over a table of an earlier incarnation, without its rows. For rebuilding, before the first turn. */
  adopt(name: string, options: TableOptions, tracker: SlotTracker | undefined): Table {
    // What was written before an option was known has the default of it.
    const table = this.#make({ ...DEFAULT_OPTIONS, ...options }, tracker)
    this.#tables.set(name, table)
    return table
  }

  /** Goes on from the number of the last change. For rebuilding, before the first turn. */
  resume(seq: number): void {
    this.#ledger.seq = seq
  }

  #make(options: TableOptions, tracker = this.#settings.track(options)): Table {
    const { track, incarnation, hashSeed, random, removed } = this.#settings
    // Journaled rows keep their slots across a restart, so a cursor of one life is good in the next.
    const identity =
      tracker === undefined ? `${incarnation}.${++this.#tablesMade}` : `contents ${tracker.contents}`
    return new Table(options, this.#ledger, {
      hashSeed,
      random,
      removed,
      ...(options.events ? { life: this.newToken() } : {}),
      identity,
      allowance: this.#allowance,
      tracker,
      track: () => track(options),
    })
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
