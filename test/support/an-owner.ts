/** An owner over records in memory, with a clock, a disk and an end of the process that tests decide on. */
import type { TableOptions } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { MemoryStore } from '../../src/journal/memory-store.ts'
import type { RecordStore } from '../../src/journal/record-store.ts'
import { Owner, type OwnerParts } from '../../src/process/owner.ts'
import { EXPIRY_RESOLUTION_MS } from '../../src/protocol/config.ts'
import { checkOperations, type RawOperation } from '../../src/protocol/operation.ts'
import type { Answer, CallOptions } from '../../src/protocol/tables.ts'

export class TestOwner {
  readonly store: MemoryStore
  owner: Owner
  nowMs = 1_000_000
  /** Why the process was ended, if it was. */
  failure: unknown
  #later: { readonly atMs: number; readonly work: () => void }[] = []
  #life = 0
  /** The alarm that the platform keeps, and how often one was set. */
  alarmMs: number | null = null
  alarmsSet = 0

  readonly #parts: Partial<OwnerParts>

  /** `parts` take the place of those that are made here. */
  constructor(store = new MemoryStore(), parts: Partial<OwnerParts> = {}) {
    this.store = store
    this.#parts = parts
    this.owner = this.#open(store)
  }

  /** Ends the process as `kill -9` does, and starts the next incarnation. */
  restart(): void {
    this.#later = []
    this.owner = this.#open(this.store)
    this.owner.adoptAlarm(this.alarmMs as EpochMs | null)
  }

  call(operations: readonly RawOperation[], options?: CallOptions): Promise<Answer> {
    return Promise.resolve(this.owner.run(checkOperations(operations), options))
  }

  async run(table: string, op: string, ...args: unknown[]): Promise<Term> {
    return (await this.call([{ table, op, args }])).values[0] as Term
  }

  /** A table of that journal mode. */
  async create(table: string, options: Partial<TableOptions>): Promise<void> {
    await this.run(table, 'new', options)
  }

  /** How much is planned for later. */
  get pending(): number {
    return this.#later.length
  }

  /** Lets time pass; what was planned happens. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    for (;;) {
      const due = this.#later.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (this.alarmMs !== null && this.alarmMs <= Math.min(untilMs, due?.atMs ?? untilMs)) {
        this.nowMs = Math.max(this.nowMs, this.alarmMs)
        this.alarmMs = null
        await this.owner.wake()
        continue
      }
      if (due === undefined) break
      this.#later.splice(this.#later.indexOf(due), 1)
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.work()
      await Promise.resolve()
    }
    this.nowMs = untilMs
  }

  #open(store: RecordStore): Owner {
    const life = ++this.#life
    return new Owner({
      store: writableWhile(store, () => life === this.#life),
      clock: () => this.nowMs as EpochMs,
      durable: () => Promise.resolve(),
      moment: () => Promise.resolve(),
      later: (work, delayMs) => {
        const planned = { atMs: this.nowMs + delayMs, work }
        if (life === this.#life) this.#later.push(planned)
        return () => {
          this.#later = this.#later.filter((each) => each !== planned)
        }
      },
      setAlarm: (atMs) => {
        this.alarmMs = atMs
        this.alarmsSet++
      },
      expiryResolutionMs: EXPIRY_RESOLUTION_MS,
      fail: (cause) => {
        this.failure = cause
      },
      settings: {},
      ...this.#parts,
    })
  }
}

/** The store of one life: what a process that was ended would still write is lost, as it is with its memory. */
function writableWhile(store: RecordStore, isAlive: () => boolean): RecordStore {
  return new Proxy(store, {
    get: (target, name: keyof RecordStore) =>
      name.startsWith('read') || isAlive() ? target[name].bind(target) : () => {},
  })
}
