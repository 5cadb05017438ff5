/**
 * Faults that are planned for a process, each to happen once. For drills; without any it does nothing.
 *
 * A plan is in memory and ends with the process it ends, but for a fault of the next start.
 */
import { DELAY_OF_APPEND_MS, type Fault } from '../protocol/processes.ts'

const NEXT_START = 'fault of the next start'

export class FaultPlan {
  readonly #ctx: DurableObjectState
  readonly #planned = new Set<Fault>()
  /** The disk is slow until then. */
  #slow: Promise<void> = Promise.resolve()

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
  }

  plan(fault: Fault): void {
    if (fault === 'damage') this.#damage()
    else if (fault === 'rebuild') this.#ctx.storage.kv.put(NEXT_START, true)
    else this.#planned.add(fault)
  }

  isPlanned(fault: Fault): boolean {
    return this.#planned.has(fault)
  }

  /** Whether a fault was planned that the caller brings about itself. */
  take(fault: 'repeat_alarm'): boolean {
    return this.#planned.delete(fault)
  }

  /** Resolves at once, or when the disk is no longer slow. */
  get slow(): Promise<void> {
    return this.#slow
  }

  /** Where `at` is planned: slows the disk, ends the process, or throws as a storage does that refuses. */
  happen(at: Fault): void {
    if (!this.#planned.delete(at)) return
    if (at === 'delay_append') {
      this.#slow = new Promise((passed) => setTimeout(passed, DELAY_OF_APPEND_MS))
      return
    }
    if (at === 'refuse_append') throw new Error('a fault of a drill: the storage refuses')
    this.#end(at)
  }

  /** Ends a start for which that was planned; says whether it does. */
  failStart(): boolean {
    const { storage } = this.#ctx
    if (storage.kv.get(NEXT_START) === undefined) return false
    storage.kv.delete(NEXT_START)
    void this.#ctx.blockConcurrencyWhile(async () => {
      // What an aborted start has written is taken back: first it must last that the fault has happened.
      await storage.sync()
      throw new Error('a fault of a drill: rebuild')
    })
    return true
  }

  /** Breaks the newest record of the log, as a fault of the disk would. */
  #damage(): void {
    this.#ctx.storage.sql.exec(
      `UPDATE records SET text = 'damaged' WHERE kind = 'log' AND number = (SELECT max(number) FROM records WHERE kind = 'log')`,
    )
    void this.#ctx.storage.sync().then(() => this.#end('damage'))
  }

  #end(fault: Fault): void {
    this.#ctx.abort(`a fault of a drill: ${fault}`)
    throw new Error(`a fault of a drill: ${fault}`)
  }
}
