/** The Worker of the bench on workerd, in a folder of its own, that can be killed and started again on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWorkerConfig } from '../../src/cli/worker-config.ts'
import { startWorkerd } from '../../src/cli/workerd.ts'
import type { ProcessEntry } from '../../src/protocol/processes.ts'
import { generateApiKey } from '../../src/security/api-key.ts'
import { type Answer, Connection } from './connection.ts'

/** What `worker/metered` reads; the floors have the first two. */
export interface MeterReading {
  readonly written: number
  readonly changed: number
  readonly pagesWritten: number
  readonly alarmsSet: number
  readonly longestTurnMs: number
  readonly longestTimerMs: number
}

/** The Worker that is measured, and the objects that it has besides those of the service. */
export interface BenchWorker {
  readonly main: string
  readonly objects: readonly { readonly binding: string; readonly className: string }[]
  readonly vars?: Readonly<Record<string, unknown>>
}

export class Service {
  readonly #measured: BenchWorker
  readonly #persistDir = mkdtempSync(join(tmpdir(), 'edge-ets-bench-'))
  readonly #adminKey = generateApiKey()
  #worker: Awaited<ReturnType<typeof startWorkerd>> | undefined
  #own: Connection | undefined

  private constructor(measured: BenchWorker) {
    this.#measured = measured
  }

  static async start(measured: BenchWorker): Promise<Service> {
    const service = new Service(measured)
    await service.#start()
    return service
  }

  /** The header that the HTTP interface wants. */
  get authorization(): string {
    return `Authorization: Bearer ${this.#adminKey}\r\n`
  }

  connect(): Promise<Connection> {
    return Connection.open(this.url)
  }

  /** One request; anything but success is an error. */
  async ask(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    if (this.#own === undefined || this.#own.isClosed) this.#own = await this.connect()
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = await this.#own.send(method, path, this.authorization, text)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return answer
  }

  async askJson<T>(path: string): Promise<T> {
    return JSON.parse((await this.ask(path)).body) as T
  }

  /** What a verb of a table answers, over HTTP. */
  async call<T>(table: string, op: string, ...args: unknown[]): Promise<T> {
    const { body } = await this.ask(`/v1/tables/${table}/ops`, 'POST', { op, args })
    return (JSON.parse(body) as { value: T }).value
  }

  async create(table: string, journal: string): Promise<void> {
    await this.ask(`/v1/tables/${table}`, 'PUT', { journal })
  }

  meter(name: string): Promise<MeterReading> {
    return this.askJson(`/meter/${name}`)
  }

  async describe(process: string): Promise<ProcessEntry> {
    return (await this.askJson<{ value: ProcessEntry }>(`/v1/processes/${process}`)).value
  }

  /** Kills workerd without a warning, and starts it on what is on disk. */
  async crash(): Promise<void> {
    this.#own?.close()
    this.#own = undefined
    if (this.#worker !== undefined) process.kill(this.#worker.pid, 'SIGKILL')
    await this.#worker?.ended
    await this.#start()
  }

  async stop(): Promise<void> {
    this.#own?.close()
    await this.#worker?.stop()
    rmSync(this.#persistDir, { recursive: true, force: true })
  }

  /** The process id of workerd. */
  get pid(): number {
    return this.#worker?.pid ?? 0
  }

  get url(): string {
    return this.#worker?.url ?? ''
  }

  async #start(): Promise<void> {
    const configured = readWorkerConfig()
    const { main, objects, vars } = this.#measured
    const config = {
      ...configured,
      main,
      vars: { ...configured.vars, ...vars },
      durableObjects: [...configured.durableObjects, ...objects],
    }
    const persistDir = this.#persistDir
    this.#worker = await startWorkerd({
      config,
      adminKey: this.#adminKey,
      host: '127.0.0.1',
      port: 0,
      persistDir,
    })
  }
}
