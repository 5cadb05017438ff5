/** An owner of sessions over records in memory: the turn and its journal, without a disk or a platform. */
import type { EpochMs } from '../../src/engine/time.ts'
import { MemoryStore } from '../../src/journal/memory-store.ts'
import { Owner } from '../../src/process/owner.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import { type RealmOptions, realmOf } from '../../src/protocol/realms.ts'
import { VERBS, type VerbName } from '../../src/protocol/verbs.ts'

export class BenchOwner {
  /** Rows written to the log. */
  written = 0
  nowMs = 1_800_000_000_000
  readonly #owner: Owner
  readonly #policy: object

  constructor(options: RealmOptions) {
    this.#policy = realmOf('web', options).policy
    const store = new MemoryStore()
    const putLog = store.putLog.bind(store)
    store.putLog = (entry) => {
      this.written++
      putLog(entry)
    }
    this.#owner = new Owner({
      store,
      clock: () => this.nowMs as EpochMs,
      durable: () => Promise.resolve(),
      moment: () => Promise.resolve(),
      later: () => () => {},
      setAlarm: () => {},
      expiryResolutionMs: 1_000,
      fail: (cause) => {
        throw cause
      },
      settings: {},
    })
  }

  /** One call as it comes from the router: checked, a turn, its journal. */
  async run<T>(verb: string, ...args: unknown[]): Promise<T> {
    const table = 'sessions-web'
    const op = `session_${verb}`
    // From where it comes is before the policy; nothing is told where the caller leaves it out.
    const origin = args.length + 2 === VERBS[op as VerbName].args.length ? [{}] : []
    const operations = checkOperations([{ table, op, args: [...args, ...origin, this.#policy] }])
    return (await this.#owner.run(operations)).values[0] as T
  }

  /** What a call costs that finds nothing in an empty table: no verb can cost less. */
  async runNothing(): Promise<void> {
    await this.#owner.run(checkOperations([{ table: 'nothing', op: 'info', args: ['size'] }]))
  }
}

export const hash = (n: number): string => String(n).padStart(43, '0')
export const id = (n: number): string => String(n).padStart(22, '0')
