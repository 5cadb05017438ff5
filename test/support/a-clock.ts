/** A clock with timers that moves when a test says so. */
export class TestClock {
  nowMs = 0
  #timers: { readonly atMs: number; readonly work: () => void }[] = []

  readonly read = (): number => this.nowMs

  readonly later = (work: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, work }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** Timers that are set and neither done nor cancelled. */
  get pending(): number {
    return this.#timers.length
  }

  /** Lets time pass; what is due is done in its order. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    await settled()
    for (;;) {
      const [due] = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
      if (due === undefined) break
      this.#timers = this.#timers.filter((each) => each !== due)
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.work()
      await settled()
    }
    this.nowMs = untilMs
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
