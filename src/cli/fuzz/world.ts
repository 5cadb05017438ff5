/** The world that requests are made in: tables with rows, a cache, keys of several people; and what can be seen of it. */
import type { FuzzAnswer } from './judge.ts'
import { type Credential, type FuzzRequest, SESSION } from './requests.ts'
import { KEYS } from './values.ts'

/** The service under test: where it is, its admin key, and its process. */
export interface FuzzedService {
  readonly url: string
  readonly key: string
  readonly pid: number
}

/** What can be seen of the world between two requests. */
export interface Sight {
  /** What a refused request must not change: how many changes each process has made, and the keys. */
  readonly state: string
  /** Starts of processes after their first. Nothing makes them fail here. */
  readonly restarts: number
  /** When it was seen, on `performance`. */
  readonly atMs: number
}

interface Measured {
  readonly tenant: string
  readonly process: string
  readonly seq: number
  readonly incarnation: number
  readonly largest: readonly { readonly table: string }[]
}

interface Listed {
  readonly id: string
  readonly secrets: readonly object[]
}

/** Longer than any call may take. */
const HANG_MS = 15_000

const TABLES: Readonly<Record<string, object>> = {
  'fuzz.set': {},
  'fuzz.ordered': { type: 'ordered_set' },
  'fuzz.bag': { type: 'bag' },
  'fuzz.sync': { journal: 'sync' },
  'other.t': { access: 'private' },
}

/** What the table API can write beside the value of an entry, where an entry has none of it. */
const ODD_ABOUTS: readonly unknown[] = [
  { encoding: 'json' },
  { encoding: 'base64', type: 'image/png' },
  { type: 'a\nb: c' },
  { type: 5, storedAtMs: null },
  { storedAtMs: 'x', negative: 'no' },
  { freshUntilMs: -1, staleIfErrorMs: 'x' },
  { encoding: null, staleWhileRevalidateMs: 1e300 },
  'no object',
  [],
]

export class World {
  readonly #service: FuzzedService
  #session = ''
  /** The ids of the keys above. */
  #own: readonly string[] = []
  readonly #credentials = new Map<Credential, string>()

  constructor(service: FuzzedService) {
    this.#service = service
  }

  /** Makes the keys. */
  async people(): Promise<void> {
    const make = async (grants: string[], more = {}): Promise<string> =>
      ((await this.#value('POST', '/v1/keys', { name: 'fuzz', grants, ...more })) as { key: string }).key
    this.#credentials.set('admin', this.#service.key)
    this.#credentials.set('writer', await make(['write:fuzz.*']))
    this.#credentials.set('reader', await make(['read']))
    this.#credentials.set('stranger', await make(['write'], { tenant: 'acme' }))
    const { token } = (await this.#value('POST', '/v1/tokens', { grants: ['write'], ttlMs: 3_600_000 })) as {
      token: string
    }
    this.#credentials.set('token', token)
    this.#own = (await this.#keys()).map(({ id }) => id)
    this.#credentials.set('wrong', 'etsk_00000000_000000000000000000000000000000000pmog7')
  }

  /** Takes away what requests have made, so that what there is does not grow with the run, and makes what they have dropped. */
  async furnish(): Promise<void> {
    await this.#sweep()
    for (const [table, options] of Object.entries(TABLES)) {
      await this.#ask('PUT', `/v1/tables/${table}`, options)
      const rows = KEYS.map((key, i) => [key, i, { n: i }])
      await this.#ask('POST', `/v1/tables/${table}/ops`, { op: 'insert_list', args: [rows] })
    }
    await this.#ask('PUT', '/v1/caches/fuzz.cache', {})
    const entries = KEYS.map((key, i) => [key, 'no JSON, no base64', ODD_ABOUTS[i % ODD_ABOUTS.length]])
    await this.#ask('POST', '/v1/tables/fuzz.cache/ops', { op: 'insert_list', args: [entries] })
    const begun = (await (await this.#ask('POST', '/v1/sessions/web', { user: 'ada' })).json()) as {
      readonly token?: string
    }
    this.#session = begun.token ?? ''
  }

  /** Sends a request. Errors: when there is no answer in time, or none at all. */
  async send({ method, path, headers, body, credential }: FuzzRequest): Promise<FuzzAnswer> {
    const key = this.#credentials.get(credential)
    const answer = await fetch(this.#service.url + path, {
      method,
      headers: {
        ...replaced(headers, this.#session),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(HANG_MS),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  async look(): Promise<Sight> {
    const [processes, keys] = await Promise.all([this.#processes(), this.#keys()])
    const state = [
      ...processes
        .filter(({ seq }) => seq > 0)
        .map(({ tenant, process, seq }) => `${tenant}/${process} ${seq}`),
      ...keys.map(({ id, secrets }) => `${id} ${secrets.length}`),
    ].join('\n')
    const restarts = processes.reduce((sum, { incarnation }) => sum + Math.max(0, incarnation - 1), 0)
    return { state, restarts, atMs: performance.now() }
  }

  async #sweep(): Promise<void> {
    for (const { tenant, largest } of await this.#processes()) {
      // Those of the stranger's tenant are for nobody here to drop, and are as few as its names.
      if (tenant !== '') continue
      for (const { table } of largest) await this.#ask('DELETE', `/v1/tables/${table}`)
    }
    for (const { id } of await this.#keys()) {
      if (!this.#own.includes(id)) await this.#ask('DELETE', `/v1/keys/${id}`)
    }
  }

  async #processes(): Promise<readonly Measured[]> {
    const { processes } = (await this.#value('GET', '/v1/stats')) as { processes: readonly Measured[] }
    return processes
  }

  async #keys(): Promise<readonly Listed[]> {
    return (await this.#value('GET', '/v1/keys')) as readonly Listed[]
  }

  async document<T>(): Promise<T> {
    return (await this.#ask('GET', '/openapi.json')).json() as Promise<T>
  }

  async #value(method: string, path: string, body?: unknown): Promise<unknown> {
    return ((await (await this.#ask(method, path, body)).json()) as { value: unknown }).value
  }

  #ask(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(this.#service.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#service.key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(HANG_MS),
    })
  }
}

/** The headers with the token in the place of what stands for it. */
const replaced = (headers: FuzzRequest['headers'], session: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === SESSION ? session : value]),
  )
