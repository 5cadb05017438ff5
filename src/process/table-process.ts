/**
 * TableProcess: the single owner of the tables whose names begin with its own, as one Durable Object.
 *
 * The work is the `Owner`'s; here is what the platform has to do with it: storage, clock, timers, the end of the
 * process when memory may no longer be trusted, and holding back a process that starts too often.
 */
import { DurableObject } from 'cloudflare:workers'
import { EtsError } from '../engine/error.ts'
import type { EpochMs } from '../engine/time.ts'
import { VERBS as TABLE_VERBS } from '../engine/verbs/registry.ts'
import { RecordError } from '../journal/record.ts'
import { hasRecords, SqliteStore } from '../journal/sqlite-store.ts'
import { Log } from '../observe/log.ts'
import type { CacheSummary } from '../protocol/caches.ts'
import type { Caller } from '../protocol/caller.ts'
import { type Config, readConfig } from '../protocol/config.ts'
import {
  MAX_ANSWER_LENGTH,
  MAX_ROWS_VISITED,
  MAX_TABLES_PER_PROCESS,
  MAX_WRITTEN_BYTES,
} from '../protocol/limits.ts'
import { DEFAULT_LEVEL, type Level } from '../protocol/log-level.ts'
import { MAX_TABLES_MEASURED, type ProcessMetrics } from '../protocol/metrics.ts'
import { localName, tenantOf } from '../protocol/names.ts'
import type { Operation } from '../protocol/operation.ts'
import { objectNamed } from '../protocol/placement.ts'
import type { ClockChange, Fault, ProcessEntry, RecoverySummary } from '../protocol/processes.ts'
import { type Reply, replyOf, unwrap } from '../protocol/reply.ts'
import { type ShardMap, shardOfName } from '../protocol/shard-map.ts'
import type { FileOptions, FileRow } from '../protocol/table-file.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import type { Imported, PageArguments, PartPage } from '../protocol/transfers.ts'
import { verbOf } from '../protocol/verbs.ts'
import { Clock } from './clock.ts'
import { FaultPlan } from './fault-plan.ts'
import { afterStart, NO_STARTS, recentStarts, type StartHistory } from './intensity.ts'
import { LifeLog } from './life-log.ts'
import { Owner, type OwnerCall } from './owner.ts'
import { Ownership } from './ownership.ts'
import { SUPERVISOR, type Supervisor } from './supervisor.ts'
import { Tally } from './tally.ts'

export interface ProcessEnv extends Config {
  readonly TABLE_PROCESS: DurableObjectNamespace<TableProcess>
  readonly SUPERVISOR: DurableObjectNamespace<Supervisor>
}

/** What another shard asks of the first one of its process. */
interface FirstShard {
  join(map: ShardMap): Promise<Reply<null>>
}

const STARTS = 'starts'
/** What a process has whose journal cannot be read. */
const NOTHING = { tables: 0, rows: 0, bytes: 0, largest: [] }
const SHARD_MAP = 'shard map'
/** Tables of which a possible loss is told: enough to see that there is one. */
const MAX_LOSSES_TOLD = 100
/** How long a caller should wait before it asks a process again whose journal cannot be read. */
const UNREADABLE_RETRY_AFTER_MS = 60_000

export class TableProcess extends DurableObject<ProcessEnv> {
  /** Its name among those of all tenants. Kept: the platform makes an object of its id each time it is asked. */
  readonly #name: string
  readonly #faults: FaultPlan
  readonly #clock: Clock
  readonly #startedAtMs = Date.now()
  readonly #ownership: Ownership
  readonly #life: LifeLog
  readonly #tally = new Tally()
  /** Whether the directory has it: it has written something. */
  #isKnown: boolean
  #starts: StartHistory
  #owner: Owner | undefined
  #lastError: string | null = null

  constructor(ctx: DurableObjectState, env: ProcessEnv) {
    super(ctx, env)
    this.#name = ctx.id.name ?? ''
    this.#life = new LifeLog(new Log(logLevelOf(env)), this.#name)
    this.#faults = new FaultPlan(ctx)
    this.#clock = new Clock(ctx.storage.kv)
    this.#starts = afterStart(ctx.storage.kv.get<StartHistory>(STARTS) ?? NO_STARTS, this.#startedAtMs)
    this.#ownership = new Ownership({
      name: this.#name,
      kept: ctx.storage.kv.get<ShardMap>(SHARD_MAP),
      keep: (map) => ctx.storage.kv.put(SHARD_MAP, map),
      join: (map) => this.#join(map),
      hasChanged: () => (this.#owner?.seq ?? 0) > 0,
    })
    this.#isKnown = hasRecords(ctx.storage.sql)
    if (this.#isKnown) this.#keepStarts()
    if (this.#faults.failStart()) return
    if (this.#isHeldBack()) this.#life.quarantined(this.#starts.quarantinedUntilMs)
    else this.#rebuild()
    this.ctx.waitUntil(this.#adoptAlarm())
  }

  /** Runs operations of this process in one turn. They were checked by `checkOperations`. */
  async run(operations: readonly Operation[], options?: CallOptions, map?: ShardMap): Promise<Reply<Answer>> {
    const arrivedMs = this.#clock.nowMs()
    const reply = await replyOf(async () => {
      const owner = this.#ready()
      // Awaited only where there is something to wait for: a turn begins when its call arrives.
      const joining = this.#ownership.admit(map)
      if (joining !== undefined) await joining
      if (!this.#isKnown && operations.some(mayMakeTable)) await this.#enlist()
      this.#ownership.check(operations, (table) => owner.keyposOf(table))
      const answer = await owner.run(operations, options, arrivedMs)
      await this.#beforeReply()
      return answer
    })
    return this.#tally.count(operations.length, reply)
  }

  /** Runs calls that came together, each in a turn of its own with a reply of its own. */
  async runMany(calls: readonly OwnerCall[], map?: ShardMap): Promise<Reply<readonly Reply<Answer>[]>> {
    const arrivedMs = this.#clock.nowMs()
    return await replyOf(async () => {
      const owner = await this.#admitted(map)
      const mayMakeTables = ({ operations }: OwnerCall): boolean => operations.some(mayMakeTable)
      if (!this.#isKnown && calls.some(mayMakeTables)) await this.#enlist()
      const check: OwnerCall['check'] = (operations) =>
        this.#ownership.check(operations, (table) => owner.keyposOf(table))
      const replies = await owner.runMany(
        calls.map(({ operations, options }) => ({ operations, options, check })),
        arrivedMs,
      )
      await this.#beforeReply()
      return replies.map((reply, i) => this.#tally.count(calls[i]?.operations.length ?? 0, reply))
    })
  }

  /** Begins, as the first shard of its process, with a map that another shard was called with. Errors: `moved`. */
  join(map: ShardMap): Promise<Reply<null>> {
    return replyOf(() => this.#admitted(map).then(() => null))
  }

  /** A page of an export; this and the steps of an import are those of `Transfers`. */
  exportPage(...[table, cursor, caller, map, part]: PageArguments): Promise<Reply<PartPage>> {
    return replyOf(async () => (await this.#admitted(map)).exportPage(table, cursor, caller, part))
  }

  beginImport(
    table: string,
    options: FileOptions,
    replaces: boolean,
    caller?: Caller,
    map?: ShardMap,
  ): Promise<Reply<string>> {
    return replyOf(async () => {
      const owner = await this.#admitted(map)
      if (!this.#isKnown) await this.#enlist()
      return owner.beginImport(table, options, replaces, caller)
    })
  }

  importRows(table: string, id: string, rows: readonly FileRow[]): Promise<Reply<void>> {
    return replyOf(() => this.#ready().importRows(table, id, rows))
  }

  finishImport(table: string, id: string, replaces: boolean, caller?: Caller): Promise<Reply<Imported>> {
    return replyOf(() => this.#ready().finishImport(table, id, replaces, caller))
  }

  dropImport(table: string, id: string): Promise<Reply<void>> {
    return replyOf(() => this.#ready().dropImport(table, id))
  }

  /** Called by the platform when the alarm rings: at least once, and possibly again. */
  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    if (info !== undefined) this.#life.rang(Date.now() - info.scheduledTime)
    if (this.#isHeldBack()) return this.#setAlarm(this.#starts.quarantinedUntilMs as EpochMs)
    if (this.#owner === undefined) this.#rebuild()
    this.#faults.happen('alarm')
    await this.#owner?.wake()
    if (this.#faults.take('repeat_alarm')) await this.#owner?.wake()
  }

  /** What this process is and how its last start went. */
  describe(): ProcessEntry {
    return {
      process: localName(this.#name),
      incarnation: this.#owner?.incarnation ?? 0,
      startedAtMs: this.#startedAtMs,
      recentStarts: recentStarts(this.#starts, Date.now()),
      quarantinedUntilMs: this.#isHeldBack() ? this.#starts.quarantinedUntilMs : null,
      recovery: this.#owner === undefined ? null : this.#summaryOf(this.#owner),
      lastError: this.#lastError,
    }
  }

  /** What this process says of itself in numbers. */
  measure(): ProcessMetrics {
    return {
      process: localName(this.#name),
      tenant: tenantOf(this.#name),
      incarnation: this.#owner?.incarnation ?? 0,
      startedAtMs: this.#startedAtMs,
      seq: this.#owner?.seq ?? 0,
      calls: this.#tally.calls,
      operations: this.#tally.operations,
      refused: this.#tally.refused,
      ...(this.#owner?.measure(MAX_TABLES_MEASURED) ?? NOTHING),
    }
  }

  /** Its caches, those that a caller may read. */
  caches(caller?: Caller): Promise<Reply<readonly CacheSummary[]>> {
    return replyOf(() => this.#ready().caches(caller))
  }

  /** Forgets the starts, so that a process that is held back goes on at once. */
  lift(): void {
    this.#starts = NO_STARTS
    this.#keepStarts()
  }

  /** Sets the clock of this process, or releases it; answers the present. Errors: `forbidden` unless switched on. */
  setClock(change: ClockChange | null): Promise<Reply<number>> {
    return replyOf(async () => {
      if (!readConfig(this.env).testClock)
        throw new EtsError('forbidden', { message: 'TEST_CLOCK is not switched on' })
      const owner = this.#ready()
      if (change === null) this.#clock.release()
      else if ('nowMs' in change) this.#clock.set(change.nowMs)
      else this.#clock.set(this.#clock.nowMs() + change.advanceMs)
      await owner.wake()
      return this.#clock.nowMs()
    })
  }

  /** Plans a fault for a drill. Errors: `forbidden` unless faults are switched on. */
  inject(fault: Fault): Promise<Reply<null>> {
    return replyOf(() => {
      if (!readConfig(this.env).faults)
        throw new EtsError('forbidden', { message: 'faults are not switched on' })
      this.#faults.plan(fault)
      return null
    })
  }

  async #join(map: ShardMap): Promise<void> {
    const { process } = shardOfName(this.#name)
    const placement = readConfig(this.env).placementOf(localName(process))
    const first = objectNamed<FirstShard>(this.env.TABLE_PROCESS, placement, process)
    unwrap(await first.join(map))
  }

  /** Where a drill makes replies late, or ends the process before them. */
  async #beforeReply(): Promise<void> {
    await this.#faults.slow
    if (!this.#faults.isPlanned('before_reply')) return
    await this.ctx.storage.sync()
    this.#faults.happen('before_reply')
  }

  async #adoptAlarm(): Promise<void> {
    const atMs = await this.ctx.storage.getAlarm()
    this.#owner?.adoptAlarm(atMs as EpochMs | null)
  }

  /** An alarm that is not on disk yet keeps no reply waiting: if it is lost, the next start sets it. */
  #setAlarm(atMs: EpochMs): void {
    // A clock that stands still reaches no alarm: whoever sets it sees to what is due.
    if (this.#clock.isSet) return
    this.ctx.storage
      .setAlarm(atMs, { allowUnconfirmed: true })
      .catch((cause) => this.ctx.abort(String(cause)))
  }

  #summaryOf(owner: Owner): RecoverySummary {
    const { incarnation, rows, changes, setAside } = owner.recovery
    const mayHaveLost = incarnation === 1 ? [] : owner.possibleLosses(MAX_LOSSES_TOLD)
    return { rows, changes, durationMs: owner.recoveryMs, setAside, mayHaveLost }
  }

  #isHeldBack(): boolean {
    return Date.now() < this.#starts.quarantinedUntilMs
  }

  /** The owner, for a call by that map. Errors: `moved`, `quarantined`. */
  async #admitted(map?: ShardMap): Promise<Owner> {
    const owner = this.#ready()
    await this.#ownership.admit(map)
    return owner
  }

  /** The owner, rebuilt now if it was held back before. Errors: `quarantined`. */
  #ready(): Owner {
    if (this.#isHeldBack()) {
      const retryAfterMs = this.#starts.quarantinedUntilMs - Date.now()
      throw new EtsError('quarantined', {
        process: localName(this.#name),
        retryAfterMs,
        message: 'it started too often within a minute',
      })
    }
    if (this.#owner === undefined) this.#rebuild()
    if (this.#owner !== undefined) return this.#owner
    const message = `its journal cannot be read: ${this.#lastError}`
    throw new EtsError('quarantined', {
      process: localName(this.#name),
      retryAfterMs: UNREADABLE_RETRY_AFTER_MS,
      message,
    })
  }

  #rebuild(): void {
    try {
      this.#owner = this.#open()
      this.#lastError = null
      this.#life.started(this.#owner)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      this.#lastError = error.message
      this.#life.unreadable(error.message)
    }
  }

  #open(): Owner {
    const { storage } = this.ctx
    const { defaultsFor, expiryResolutionMs } = readConfig(this.env)
    return new Owner({
      store: new SqliteStore(storage.sql, () => this.#keepStarts()),
      clock: () => this.#clock.nowMs(),
      durable: () => Promise.all([storage.sync(), this.#faults.slow]).then(() => {}),
      moment: () => new Promise((passed) => setTimeout(passed, 0)),
      later: (work, delayMs) => {
        const timer = setTimeout(work, delayMs)
        return () => clearTimeout(timer)
      },
      setAlarm: (atMs) => this.#setAlarm(atMs),
      expiryResolutionMs,
      fail: (cause) => {
        this.#life.crashed(`the journal refused: ${cause}`)
        this.ctx.abort(`the journal refused: ${cause}`)
      },
      settings: {
        defaultsFor,
        maxTables: MAX_TABLES_PER_PROCESS,
        maxVisited: MAX_ROWS_VISITED,
        maxAnswerLength: MAX_ANSWER_LENGTH,
        maxWrittenBytes: MAX_WRITTEN_BYTES,
        newToken: () => crypto.randomUUID(),
        random: Math.random,
        hashSeed: crypto.getRandomValues(new Uint32Array(1))[0] as number,
      },
      onFault: (error) => this.#life.failed(error),
      probe: (at) => this.#faults.happen(at),
    })
  }

  /**
   * Keeps the starts and tells the supervisor. Not before there is anything to keep: whoever asks for tables that
   * are not there fills neither storage nor directory.
   */
  #keepStarts(): void {
    this.ctx.storage.kv.put(STARTS, this.#starts)
    // When the start, or the turn that writes for the first time, is over.
    queueMicrotask(() => this.#report())
  }

  /** Enters the directory, before the first table is made. Errors: `too_large` for one process too many. */
  async #enlist(): Promise<void> {
    const { processesPerTenant } = readConfig(this.env)
    const supervisor = this.env.SUPERVISOR.getByName(SUPERVISOR)
    if (!(await supervisor.enlist(this.#name, this.describe(), processesPerTenant))) {
      throw new EtsError('too_large', { what: 'processes of one tenant', limit: processesPerTenant })
    }
    this.#isKnown = true
  }

  /** Tells the supervisor. If that fails nobody suffers: the entry is the one of the start before. */
  #report(): void {
    const supervisor = this.env.SUPERVISOR.getByName(SUPERVISOR)
    this.ctx.waitUntil(supervisor.report(this.#name, this.describe()).catch(() => {}))
  }
}

/** Verbs of tables but for `new` work on a table that there is; the rules beside them may make their own to write. */
const mayMakeTable = (operation: Operation): boolean =>
  operation.op === 'new' || (!Object.hasOwn(TABLE_VERBS, operation.op) && verbOf(operation).mode === 'write')

/** A broken configuration closes the service; a process that is awake then logs as it would without one. */
function logLevelOf(env: ProcessEnv): Level {
  try {
    return readConfig(env).logLevel
  } catch {
    return DEFAULT_LEVEL
  }
}
