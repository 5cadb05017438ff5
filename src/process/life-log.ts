/** What happens in the life of a process, as lines of the log. */
import type { Log, ProcessLine } from '../observe/log.ts'
import { localName, tenantOf } from '../protocol/names.ts'
import type { Owner } from './owner.ts'

/** An alarm that rings later than this tells that the process, or the platform, is busy. */
const LATE_ALARM_MS = 1_000

type Event = ProcessLine extends infer Line
  ? Line extends ProcessLine
    ? Omit<Line, 'process' | 'tenant'>
    : never
  : never

export class LifeLog {
  readonly #log: Log
  readonly #name: string

  /** `name` is the one among those of all tenants. */
  constructor(log: Log, name: string) {
    this.#log = log
    this.#name = name
  }

  /** It has started and rebuilt its tables. */
  started({ incarnation, recovery: { rows, setAside }, recoveryMs }: Owner): void {
    const level = setAside.length === 0 ? 'info' : 'warn'
    this.#line(level, {
      event: 'start',
      incarnation,
      rows,
      durationMs: recoveryMs,
      setAside: setAside.length,
    })
  }

  /** Its journal cannot be read, so it has no tables. */
  unreadable(message: string): void {
    this.#line('error', { event: 'unreadable', message })
  }

  /** It is held back, as it started too often. */
  quarantined(untilMs: number): void {
    this.#line('warn', { event: 'quarantine', untilMs })
  }

  /** It ends itself. */
  crashed(message: string): void {
    this.#line('error', { event: 'crash', message })
  }

  /** One call of several failed for a reason that is a bug; the others went on. */
  failed(error: unknown): void {
    const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) }
    this.#line('error', { event: 'failed_call', name, message })
  }

  /** Its alarm rang, `lagMs` after the time that was set. */
  rang(lagMs: number): void {
    if (lagMs > LATE_ALARM_MS) this.#line('warn', { event: 'alarm_late', lagMs })
  }

  #line(level: 'info' | 'warn' | 'error', event: Event): void {
    const tenant = tenantOf(this.#name)
    const whose = { process: localName(this.#name), ...(tenant === '' ? {} : { tenant }) }
    this.#log.line(level, { ...event, ...whose } as ProcessLine)
  }
}
