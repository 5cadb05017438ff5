/** What a process takes while something goes on, where the system tells: Linux does. */
import { processorSecondsOf, residentBytesOf } from '../process-usage.ts'

export interface Reading {
  /** The most at any time; 0 where nobody tells. */
  readonly memoryBytes: number
  /** Seconds of a processor that it had, in how many seconds. */
  readonly processorSeconds: number
  readonly seconds: number
}

const EVERY_MS = 50

export class Meter {
  readonly #pid: number
  readonly #beganMs = performance.now()
  readonly #before: number
  readonly #timer: NodeJS.Timeout
  #memoryBytes = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#before = processorSecondsOf(pid)
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): Reading {
    clearInterval(this.#timer)
    this.#look()
    const seconds = (performance.now() - this.#beganMs) / 1000
    const processorSeconds = processorSecondsOf(this.#pid) - this.#before
    return { memoryBytes: this.#memoryBytes, processorSeconds, seconds }
  }

  #look(): void {
    this.#memoryBytes = Math.max(this.#memoryBytes, residentBytesOf(this.#pid))
  }
}
