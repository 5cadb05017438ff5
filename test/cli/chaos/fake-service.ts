/**
 * A service in memory for drills without processes: real tables, replies that get lost, and crashes that keep
 * what the journals promise, or with a planted fault, less or more than that.
 */
import type { Answer, Exchange } from '../../../src/cli/chaos/exchange.ts'
import { Random } from '../../../src/cli/chaos/random.ts'
import type { Trouble } from '../../../src/cli/chaos/schedule.ts'
import type { Service } from '../../../src/cli/chaos/service.ts'
import { sleep } from '../../../src/cli/sleep.ts'
import { Database, type Operation } from '../../../src/engine/database.ts'
import { EtsError } from '../../../src/engine/error.ts'
import type { JournalMode } from '../../../src/engine/options.ts'
import type { EpochMs } from '../../../src/engine/time.ts'
import { operationOf } from './fake-tables.ts'

/** What the service does wrong. */
export interface Faults {
  /** A retry is taken for a new request. */
  readonly ignoresKeys?: true
  /** So is one after a crash. */
  readonly forgetsKeysInCrash?: true
  /** A crash takes this much of the `sync` tables. */
  readonly syncLossMs?: number
  /** A crash takes this much of the `async` tables; 300 is sound. */
  readonly asyncLossMs?: number
  /** A crash takes this share of the last writes of the `async` tables, here and there. */
  readonly asyncHoles?: number
  /** A crash leaves the `none` tables as they are. */
  readonly keepsNone?: true
  /** A crash takes the `none` tables with their rows. */
  readonly dropsNone?: true
  /** One in a hundred reads shows the table as it was before the last write. */
  readonly readsStale?: true
  /** A crash brings back what was deleted in the `sync` tables. */
  readonly forgetsDeletes?: true
}

interface Entry {
  readonly operation: Operation
  readonly atMs: number
  readonly key: string | undefined
  readonly answer: Answer
}

const NOW = 0 as EpochMs
const AWAY_MS = 250
const LOSSES = { reply: 0.02, request: 0.01 }

export class FakeService implements Service {
  readonly #faults: Faults
  readonly #random = new Random('fake service')
  readonly #journals = new Map<string, JournalMode>()
  #database = new Database()
  #log: Entry[] = []
  #replies = new Map<string, Answer>()
  #life = 1
  #isAway = false

  constructor(faults: Faults = {}) {
    this.#faults = faults
  }

  send = (exchange: Exchange): Promise<Answer> => {
    return new Promise((answer, fail) => {
      const timer = setTimeout(() => fail(new Error('timeout')), exchange.timeoutMs)
      const served = this.#serve(exchange, this.#life).then(answer, fail)
      void served.then(() => clearTimeout(timer))
    })
  }

  async #serve(exchange: Exchange, life: number): Promise<Answer> {
    const isCreation = exchange.path.split('/').length === 4
    if (exchange.path.endsWith('/quarantine')) return { status: 200, body: { value: true }, replayed: false }
    await this.#travel(life, isCreation ? 0 : LOSSES.request)
    const answer = this.#handle(exchange)
    await this.#travel(life, isCreation ? 0 : LOSSES.reply)
    return answer
  }

  async #travel(life: number, loss: number): Promise<void> {
    await sleep(this.#random.int(0, 3))
    if (this.#isAway || this.#life !== life || this.#random.chance(loss)) throw new Error('connection reset')
  }

  #handle({ method, path, body, idempotencyKey }: Exchange): Answer {
    const known = idempotencyKey === undefined ? undefined : this.#replies.get(idempotencyKey)
    if (known !== undefined && !this.#faults.ignoresKeys) return { ...known, replayed: true }
    const operation = operationOf({ method, path, body })
    const answer = this.#run(operation, operation.op === 'new' ? 201 : 200)
    this.#log.push({ operation, atMs: performance.now(), key: idempotencyKey, answer })
    if (idempotencyKey !== undefined) this.#replies.set(idempotencyKey, answer)
    return answer
  }

  #run(operation: Operation, status: number): Answer {
    try {
      if (operation.op === 'new') {
        this.#journals.set(operation.table, (operation.args[0] as { journal: JournalMode }).journal)
      }
      if (this.#faults.readsStale && operation.op === 'lookup' && this.#random.chance(0.01)) this.#rewind()
      return { status, body: { value: this.#database.run([operation], NOW)[0] }, replayed: false }
    } catch (error) {
      if (!(error instanceof EtsError)) throw error
      return { status: 404, body: { code: error.code }, replayed: false }
    }
  }

  /** Takes back the last write. */
  #rewind(): void {
    this.#rebuild(
      this.#log.slice(
        0,
        this.#log.findLastIndex(({ operation }) => operation.op !== 'lookup'),
      ),
    )
  }

  async suffer({ kind }: Trouble): ReturnType<Service['suffer']> {
    if (kind === 'fault') {
      this.#life += 1
      return undefined
    }
    const beganMs = performance.now()
    this.#isAway = true
    this.#life += 1
    this.#rebuild(this.#log.filter((entry) => this.#survives(entry, beganMs)))
    await sleep(AWAY_MS)
    this.#isAway = false
    return { kind: 'kill', beganMs, goneMs: beganMs, backMs: performance.now() }
  }

  #survives({ operation, atMs }: Entry, nowMs: number): boolean {
    const {
      keepsNone,
      dropsNone,
      forgetsDeletes,
      syncLossMs = 0,
      asyncLossMs = 300,
      asyncHoles,
    } = this.#faults
    const journal = this.#journals.get(operation.table)
    if (operation.op === 'new') return !(dropsNone && journal === 'none')
    if (journal === 'none') return keepsNone ?? false
    if (journal === 'sync') {
      return nowMs - atMs >= syncLossMs && !(forgetsDeletes && operation.op === 'delete_object')
    }
    if (asyncHoles === undefined) return nowMs - atMs >= asyncLossMs
    return nowMs - atMs >= 800 || !this.#random.chance(asyncHoles)
  }

  #rebuild(log: readonly Entry[]): void {
    this.#database = new Database()
    this.#log = [...log]
    this.#replies = new Map()
    for (const { operation, key, answer } of log) {
      this.#database.run([operation], NOW)
      if (key !== undefined && !this.#faults.forgetsKeysInCrash) this.#replies.set(key, answer)
    }
  }

  async stop(): Promise<void> {}
}
