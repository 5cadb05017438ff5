/** What a process takes while something goes on, where the system tells: Linux does. */
import { readFileSync } from 'node:fs'

export interface Reading {
  /** The most at any time; 0 where nobody tells. */
  readonly memoryBytes: number
  /** Seconds of a processor that it had, in how many seconds. */
  readonly processorSeconds: number
  readonly seconds: number
}

const EVERY_MS = 50
/** Of the clock that Linux counts in, on every machine that it still runs on. */
const TICKS_A_SECOND = 100

export class Meter {
  readonly #pid: number
  readonly #beganMs = performance.now()
  readonly #ticksBefore: number
  readonly #timer: NodeJS.Timeout
  #memoryBytes = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#ticksBefore = this.#ticks()
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): Reading {
    clearInterval(this.#timer)
    this.#look()
    const seconds = (performance.now() - this.#beganMs) / 1000
    const processorSeconds = (this.#ticks() - this.#ticksBefore) / TICKS_A_SECOND
    return { memoryBytes: this.#memoryBytes, processorSeconds, seconds }
  }

  #look(): void {
    const kilobytes = Number(/VmRSS:\s*(\d+)/.exec(this.#read('status'))?.[1] ?? 0)
    this.#memoryBytes = Math.max(this.#memoryBytes, kilobytes * 1024)
  }

  #ticks(): number {
    // Behind the name, which is in brackets and may hold anything: user and system time are the 12th and 13th.
    const fields = this.#read('stat').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }

  #read(file: string): string {
    try {
      return readFileSync(`/proc/${this.#pid}/${file}`, 'utf8')
    } catch {
      return ''
    }
  }
}
