/**
 * Owner: the tables of one process, their journal and what was answered, without the platform.
 *
 * A turn is synchronous: one reading of the clock, the operations, and for a `sync` table the appending of what
 * changed. `async` tables are appended within {@link ASYNC_WINDOW_MS}, `none` never. Nothing that a caller may
 * see runs ahead of the disk but for what those two modes say may be lost.
 *
 * Cost: that of the operations; a turn on tables without a journal touches nothing of it.
 */
import { leaseGranted } from '../cache/loading.ts'
import { mayWait, Waiters } from '../cache/waiters.ts'
import type { Database, DatabaseSettings, Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Table } from '../engine/table.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { Journal, type JournaledTable } from '../journal/journal.ts'
import type { RecordStore } from '../journal/record-store.ts'
import { type Recovery, recover } from '../journal/recover.ts'
import { checkAccess, ownedBy } from '../protocol/access.ts'
import type { CacheSummary } from '../protocol/caches.ts'
import type { Caller } from '../protocol/caller.ts'
import type { Fault, PossibleLoss } from '../protocol/processes.ts'
import { type Refusal, type Reply, refusalOf } from '../protocol/reply.ts'
import type { FileOptions, FileRow } from '../protocol/table-file.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import type { FilePart, Imported, OwnerTransfers, PartPage } from '../protocol/transfers.ts'
import { tablesOf, VERBS, verbOf } from '../protocol/verbs.ts'
import { Bell } from './bell.ts'
import { Committer } from './committer.ts'
import { Expiry, type ExpiryParts } from './expiry.ts'
import { Exports } from './exports.ts'
import { Imports } from './imports.ts'
import { journaledTables, Rebuilding } from './journaled-tables.ts'
import { Mailbox } from './mailbox.ts'
import { cachesOf, type Sizes, sizesOf } from './measure.ts'
import { isOfReplies, Replies } from './replies.ts'

/** How long an acknowledged write of an `async` table may be in memory only. */
export const ASYNC_WINDOW_MS = 200

/** Characters of a checkpoint step: a few milliseconds of writing JSON, so that turns wait no longer than that. */
const CHECKPOINT_STEP_LENGTH = 200_000

export interface OwnerParts extends ExpiryParts {
  readonly store: RecordStore
  /** Resolves when everything written so far is on disk. */
  readonly durable: () => Promise<void>
  /** Does something later, unless the process ends before, or the function that it gives is called. */
  readonly later: (work: () => void, delayMs: number) => () => void
  /** Ends the process: memory is ahead of the disk. */
  readonly fail: (cause: unknown) => void
  readonly settings: DatabaseSettings
  /** Told of a bug in one call of several. */
  readonly onFault?: (error: unknown) => void
  /** Called where a fault may be made to happen: it ends the process then, or throws. */
  readonly probe?: (at: Fault) => void
}

/** One of several calls that came together. */
export interface OwnerCall {
  readonly operations: readonly Operation[]
  readonly options: CallOptions
  /** Refuses what is not this owner's, by throwing. */
  readonly check?: (operations: readonly Operation[]) => void
}

export class Owner implements Omit<OwnerTransfers, 'exportPage'> {
  readonly recovery: Recovery
  /** How long the rebuilding took, by a clock that stands still on the platform unless storage is waited for. */
  readonly recoveryMs: number
  readonly #parts: OwnerParts
  readonly #database: Database
  readonly #journal: Journal
  readonly #committer: Committer
  readonly #mailbox = new Mailbox()
  readonly #replies: Replies
  readonly #exports: Exports
  readonly #imports: Imports
  readonly #expiry: Expiry
  readonly #waiters: Waiters
  #catalogVersion: number
  /** The tables as they are at that version. */
  #tables: readonly JournaledTable[]
  #isFlushPlanned = false
  #isCheckpointPlanned = false

  /** Rebuilds the tables. Errors: `RecordError` for a journal that cannot be read; nothing was written then. */
  constructor(parts: OwnerParts) {
    this.#parts = parts
    const { store, settings, clock } = parts
    let journal: Journal | undefined
    const nowMs = clock()
    const track: DatabaseSettings['track'] = (options) => journal?.track(options)
    const events = new Bell<Table>(parts.later, (tables) =>
      this.#waiters.wakeReaders((name) => tables.has(this.#database.find(name) as Table)),
    )
    const removed = (table: Table): void => events.about(table)
    const rebuilding = new Rebuilding({ verbs: VERBS, ...settings, track, removed }, nowMs)
    const { recovery, state } = recover(store, rebuilding)
    const database = rebuilding.finish(recovery)
    journal = new Journal(store, state)
    this.recovery = recovery
    this.recoveryMs = clock() - nowMs
    database.recoveryOf = (table) => this.#recoveryOf(table)
    this.#database = database
    this.#journal = journal
    this.#replies = new Replies(database, nowMs)
    this.#catalogVersion = this.#currentCatalogVersion()
    this.#tables = journaledTables(database)
    this.#committer = new Committer({
      append: () => this.#append(),
      durable: parts.durable,
      moment: parts.moment,
      fail: parts.fail,
    })
    this.#expiry = new Expiry(database, parts)
    this.#waiters = new Waiters({ clock, later: parts.later, verbOf })
    const underWay = { incarnation: recovery.incarnation, clock, later: parts.later }
    this.#exports = new Exports(database, underWay)
    this.#imports = new Imports(database, underWay)
  }

  get incarnation(): number {
    return this.recovery.incarnation
  }

  /** The number of the last change; 0 for an owner in which nothing ever changed. */
  get seq(): number {
    return this.#database.seq
  }

  /** How large the tables are, the largest of them one by one. */
  measure(limit: number): Sizes {
    return sizesOf(this.#database, limit, this.#parts.clock())
  }

  /** The caches that a caller may read. */
  caches(caller: Caller | undefined): readonly CacheSummary[] {
    return cachesOf(this.#database, caller, this.#parts.clock())
  }

  /** Where the key is in the rows of a table, or `undefined` when there is no such table. */
  keyposOf(table: string): number | undefined {
    return this.#database.find(table)?.keypos
  }

  /** What an end of the process just now would take, and its last one may have taken. At most `limit` tables. */
  possibleLosses(limit: number): PossibleLoss[] {
    const losses: PossibleLoss[] = []
    for (const [table, { options }] of this.#database.tables) {
      if (losses.length === limit) break
      if (isOfReplies(table)) continue
      const lost = lossOf(options)
      if (lost !== null) losses.push({ table, lost })
    }
    return losses
  }

  /** What the start of this life found, and what of a table may be missing from it. */
  #recoveryOf({ options }: Table): Term {
    const { rows, changes, incarnation } = this.recovery
    const mayHaveLost = incarnation === 1 ? null : lossOf(options)
    return { rows, changes, durationMs: this.recoveryMs, mayHaveLost }
  }

  /**
   * Runs operations in one turn and answers when what it has to write is written.
   *
   * Shape:  the answer itself where there is nothing to wait for. A call that waits for somebody else's load is run
   *         in a turn as often as it has to look; it takes no idempotency key, as it may be made twice.
   * Units:  `timeoutMs` is what was left of the caller's time when the call arrived, at `arrivedMs` on this clock.
   * Errors: the refusals of the operations, thrown; `deadline_exceeded` where that time has passed; `overloaded`
   *         where too many answers wait for the disk already.
   */
  run(asked: readonly Operation[], options: CallOptions = {}, arrivedMs?: EpochMs): Answer | Promise<Answer> {
    this.#mailbox.admit()
    if (!mayWait(asked)) return this.#run(asked, options, arrivedMs)
    const { idempotencyKey: _, timeoutMs, ...rest } = options
    return this.#waiters.run(asked[0] as Operation, timeoutMs, () => this.#run(asked, rest))
  }

  #run(asked: readonly Operation[], options: CallOptions, arrivedMs?: EpochMs): Answer | Promise<Answer> {
    const { answer, touched } = this.#turnOf(asked, options, arrivedMs)
    const written = this.#write(touched)
    return written === undefined ? answer : this.#mailbox.hold([answer], written).then(() => answer)
  }

  /**
   * Runs calls that came together, each in a turn of its own, and has what they changed written once. None of them
   * is one that may wait for another.
   *
   * Shape:  a reply for each call; what one is refused concerns no other.
   * Errors: `overloaded` for all of them.
   */
  runMany(
    calls: readonly OwnerCall[],
    arrivedMs?: EpochMs,
  ): readonly Reply<Answer>[] | Promise<readonly Reply<Answer>[]> {
    this.#mailbox.admit()
    const answers: Answer[] = []
    const changed = new Set<string>()
    const replies = calls.map(({ operations, options, check }): Reply<Answer> => {
      try {
        check?.(operations)
        const { answer, touched } = this.#turnOf(operations, options, arrivedMs)
        answers.push(answer)
        for (const table of touched) changed.add(table)
        return { ok: true, value: answer }
      } catch (error) {
        return { ok: false, error: this.#refusalOf(error) }
      }
    })
    const written = this.#write([...changed])
    return written === undefined ? replies : this.#mailbox.hold(answers, written).then(() => replies)
  }

  /** A bug in one call is told and logged; the others of its group have no part in it. */
  #refusalOf(error: unknown): Refusal {
    if (error instanceof EtsError) return refusalOf(error)
    this.#parts.onFault?.(error)
    return { code: 'internal', details: { message: 'the failure was logged' } }
  }

  /** The turn of a call, and the tables that it was about; nothing of it is written yet. */
  #turnOf(
    asked: readonly Operation[],
    { idempotencyKey, caller, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions,
    arrivedMs: EpochMs | undefined,
  ): { readonly answer: Answer; readonly touched: readonly string[] } {
    const nowMs = this.#parts.clock()
    if (nowMs - (arrivedMs ?? nowMs) >= timeoutMs) throw new EtsError('deadline_exceeded', { timeoutMs })
    checkAccess(this.#database, asked, caller)
    const operations = ownedBy(asked, caller)
    const key = operations.some(isWrite) ? idempotencyKey : undefined
    const known = key === undefined ? undefined : this.#replies.find(key, operations, nowMs)
    const values = known ?? this.#turn(operations, key, nowMs)
    const answer: Answer = {
      values,
      seq: this.#database.seq,
      incarnation: this.incarnation,
      ...(known === undefined ? {} : { replayed: true }),
    }
    const touched = touchedBy(operations)
    for (const table of touched) this.#expiry.watch(table, nowMs)
    this.#waiters.wake(operations)
    this.#stayForLeases(operations, values, nowMs)
    return { answer, touched }
  }

  /** What the alarm is for; see `Expiry`. */
  wake(): Promise<void> {
    return this.#expiry.run()
  }

  /** Takes over the alarm that an earlier life of the process has set, or `null`; once, at the start. */
  adoptAlarm(alarmMs: EpochMs | null): void {
    this.#expiry.adopt(alarmMs)
  }

  /** A page of an export, when what it shows is written; see `Transfers`. */
  async exportPage(table: string, cursor?: string, caller?: Caller, part?: FilePart): Promise<PartPage> {
    const nowMs = this.#parts.clock()
    if (cursor !== undefined) return this.#exports.goOn(table, cursor, nowMs, caller, part)
    const page = this.#exports.begin(table, nowMs, caller, part)
    await this.#write([table])
    return page
  }

  /** Steps of an import; see `Transfers`. Each answers when what it did is written as the table wants it. */
  async beginImport(
    table: string,
    options: FileOptions,
    replaces: boolean,
    caller?: Caller,
  ): Promise<string> {
    const id = this.#imports.begin(table, options, replaces, this.#parts.clock(), caller)
    await this.#write([])
    return id
  }

  async importRows(table: string, id: string, rows: readonly FileRow[]): Promise<void> {
    const staging = this.#imports.add(table, id, rows, this.#parts.clock())
    await this.#write([staging])
  }

  async finishImport(table: string, id: string, replaces: boolean, caller?: Caller): Promise<Imported> {
    const imported = this.#imports.finish(table, id, replaces, this.#parts.clock(), caller)
    const { seq } = this.#database
    await this.#write([table])
    return { ...imported, seq, incarnation: this.incarnation }
  }

  async dropImport(table: string, id: string): Promise<void> {
    this.#imports.drop(table, id)
    await this.#write([])
  }

  #turn(
    operations: readonly Operation[],
    idempotencyKey: string | undefined,
    nowMs: EpochMs,
  ): readonly Term[] {
    if (idempotencyKey === undefined) return this.#database.run(operations, nowMs)
    return this.#database.run(operations, nowMs, (values) =>
      this.#replies.remembering(idempotencyKey, operations, values),
    )
  }

  /** Idle processes are discarded, and their leases with them: while one is out, something is still to be done. */
  #stayForLeases(operations: readonly Operation[], values: readonly Term[], nowMs: EpochMs): void {
    for (let i = 0; i < operations.length; i++) {
      const untilMs = leaseGranted(operations[i] as Operation, values[i])
      if (untilMs !== undefined) this.#parts.later(() => {}, untilMs - nowMs)
    }
  }

  /** Has what a turn changed written as its tables want it; resolves when the turn may be answered. */
  #write(touched: readonly string[]): Promise<void> | undefined {
    if (this.#currentCatalogVersion() !== this.#catalogVersion) return this.#committer.commit()
    let readsSync = false
    let isLate = false
    for (const table of touched) {
      const found = this.#database.find(table)
      if (found?.tracker === undefined) continue
      const { hasChanges } = found.tracker
      if (found.options.journal === 'async') isLate ||= hasChanges
      else if (hasChanges) return this.#committer.commit()
      else readsSync = true
    }
    if (isLate) this.#planFlush()
    return readsSync ? this.#committer.pending : undefined
  }

  #planFlush(): void {
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    this.#parts.later(() => {
      this.#isFlushPlanned = false
      this.#guarded(() => this.#append())
    }, ASYNC_WINDOW_MS)
  }

  #append(): void {
    this.#parts.probe?.('before_append')
    this.#parts.probe?.('delay_append')
    this.#parts.probe?.('refuse_append')
    const catalogVersion = this.#currentCatalogVersion()
    if (catalogVersion !== this.#catalogVersion) {
      this.#tables = journaledTables(this.#database)
      this.#journal.putCatalog(this.#tables, this.#database.seq)
      this.#catalogVersion = catalogVersion
    }
    this.#journal.append(this.#tables, this.#database.seq)
    if (this.#journal.wantsCheckpoint) this.#planCheckpoint()
  }

  #planCheckpoint(): void {
    if (this.#isCheckpointPlanned) return
    this.#isCheckpointPlanned = true
    this.#parts.later(() => {
      this.#isCheckpointPlanned = false
      this.#guarded(() => {
        this.#append()
        this.#parts.probe?.('checkpoint')
        this.#journal.checkpoint(this.#tables, CHECKPOINT_STEP_LENGTH)
      })
      if (this.#journal.wantsCheckpoint) this.#planCheckpoint()
    }, 0)
  }

  /** Grows when a table is created, renamed, dropped or cleared. */
  #currentCatalogVersion(): number {
    return this.#database.definitionsVersion + this.#journal.nextContents
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (cause) {
      this.#parts.fail(cause)
    }
  }
}

/** What the end of a process takes of a table of such options; `null` for nothing. */
function lossOf({ journal }: TableOptions): 'everything' | { lastMs: number } | null {
  if (journal === 'none') return 'everything'
  return journal === 'async' ? { lastMs: ASYNC_WINDOW_MS } : null
}

const isWrite = (operation: Operation): boolean => verbOf(operation).mode === 'write'

/** The tables that operations work on. */
const touchedBy = (operations: readonly Operation[]): readonly string[] => operations.flatMap(tablesOf)
