/**
 * Offering a load: the requests of a phase are sent as its load says, and every answer is counted.
 *
 * An open load keeps to its schedule: an arrival that is due is sent when a connection is free or may still be
 * opened, and is counted as not sent when there is none, so what is under way is bounded. Nobody waits in the
 * generator, and what was served is timed from the moment it was due.
 */
import { Connection } from './connection.ts'
import type { Bystander, Phase, PhaseFigures } from './phase.ts'
import { Counts } from './tally.ts'

/** workerd closes a connection that is idle for five seconds; a request on its way just then would be lost. */
const MAX_IDLE_MS = 3_000
/** Longer than any call may take, whatever its deadline: what is not answered by then hangs. */
const HANG_MS = 15_000
/** Nobody in a hurry: they are there to see whether they are served, and to be no load. */
const BYSTANDER_PAUSE_MS = 10

export async function offer(phase: Phase): Promise<PhaseFigures> {
  const { load, durationMs, settleMs } = phase
  const offering = new Offering(phase)
  const beganMs = performance.now()
  let [servedBefore, settledMs] = [0, beganMs]
  setTimeout(() => {
    servedBefore = offering.counts.served
    settledMs = performance.now()
  }, settleMs)
  const bystanders = phase.bystanders.map((each) => attend(phase, each, beganMs + durationMs))
  if (load.kind === 'closed') await offering.closed(load.callers)
  else await offering.open(load.perSecond, load.inFlight)
  const endedMs = performance.now()
  const goodput = (1000 * (offering.counts.served - servedBefore)) / (endedMs - settledMs)
  await offering.drain()
  return {
    ...offering.counts.tally,
    durationMs: endedMs - beganMs,
    offered: offering.offered,
    unsent: offering.unsent,
    goodput,
    bystanders: await Promise.all(bystanders),
    lagMs: offering.lagMs,
  }
}

class Offering {
  readonly counts = new Counts()
  offered = 0
  unsent = 0
  lagMs = 0
  readonly #phase: Phase
  readonly #endMs: number
  /** The one used last comes first, so that those too many go idle and are closed. */
  readonly #idle: Connection[] = []
  readonly #busy = new Set<Connection>()

  constructor(phase: Phase) {
    this.#phase = phase
    this.#endMs = performance.now() + phase.durationMs
  }

  /** Each of so many callers asks again when it has been answered, until the time is over. */
  async closed(callers: number): Promise<void> {
    const again = (): void => {
      const nowMs = performance.now()
      if (nowMs >= this.#endMs) return
      this.#send(this.offered++, nowMs, nowMs, again)
    }
    for (let i = 0; i < callers; i++) again()
    await pause(this.#phase.durationMs)
  }

  /** So many arrivals a second. */
  async open(perSecond: number, inFlight: number): Promise<void> {
    const beganMs = performance.now()
    let plannedMs = beganMs
    for (let nowMs = beganMs; nowMs < this.#endMs; nowMs = performance.now()) {
      this.lagMs = Math.max(this.lagMs, nowMs - plannedMs)
      const due = Math.floor(((nowMs - beganMs) * perSecond) / 1000) + 1 - this.offered
      const room = inFlight - this.#busy.size
      const sent = Math.max(0, Math.min(due, room))
      for (let i = 0; i < sent; i++) {
        const number = this.offered + i
        this.#send(number, nowMs, beganMs + (1000 * number) / perSecond, () => {})
      }
      this.offered += due
      this.unsent += due - sent
      plannedMs = performance.now() + 1
      await pause(1)
    }
  }

  /** Waits for what is under way; what hangs is counted as such. */
  async drain(): Promise<void> {
    const untilMs = performance.now() + HANG_MS
    while (this.#busy.size > 0 && performance.now() < untilMs) await pause(5)
    for (const connection of this.#busy) {
      this.counts.broke('no answer')
      connection.close()
    }
    for (const connection of this.#idle) connection.close()
  }

  #take(nowMs: number): Connection {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (!last.isClosed && nowMs - last.usedMs < MAX_IDLE_MS) return last
      last.close()
    }
    return new Connection(this.#phase.url)
  }

  #send(number: number, nowMs: number, dueMs: number, then: () => void): void {
    const { requests } = this.#phase
    const request = requests[number % requests.length] as string
    const connection = this.#take(nowMs)
    this.#busy.add(connection)
    const done = (): void => {
      this.#busy.delete(connection)
      connection.usedMs = performance.now()
    }
    connection.send(
      request,
      (answer) => {
        done()
        this.counts.answered(answer, connection.usedMs - dueMs)
        this.#idle.push(connection)
        then()
      },
      (reason) => {
        done()
        this.counts.broke(reason)
        then()
      },
    )
  }
}

/** One who asks, is answered, and pauses. */
async function attend(
  { url }: Phase,
  { name, request }: Bystander,
  endMs: number,
): Promise<PhaseFigures['bystanders'][number]> {
  const counts = new Counts()
  let connection = new Connection(url)
  while (performance.now() < endMs) {
    const sentMs = performance.now()
    await new Promise<void>((next) => {
      const broke = (reason: string): void => {
        counts.broke(reason)
        connection.close()
        connection = new Connection(url)
        next()
      }
      const hangs = setTimeout(() => broke('no answer'), HANG_MS)
      connection.send(
        request,
        (answer) => {
          clearTimeout(hangs)
          counts.answered(answer, performance.now() - sentMs)
          next()
        },
        (reason) => {
          clearTimeout(hangs)
          broke(reason)
        },
      )
    })
    await pause(BYSTANDER_PAUSE_MS)
  }
  connection.close()
  return { name, ...counts.tally }
}

const pause = (delayMs: number): Promise<void> => new Promise((resume) => setTimeout(resume, delayMs))
