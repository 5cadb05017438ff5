/**
 * Caches with types: one class over `Tables`, so the same in process, over a Durable Object and over HTTP.
 *
 * Beside the verbs (`cache-verbs.ts`) it has what is more than one call: to load what is not there, once in the
 * world, to update a value by a function, and to go through keys. The types are the caller's word.
 */
import { EtsError } from '../engine/error.ts'
import type { Tables } from '../protocol/tables.ts'
import type { EntryOptions, Hit, Loaded, LoadOptions, Negative, PutOptions } from './cache-shapes.ts'
import { CacheVerbs } from './cache-verbs.ts'
import { type Answers, type Call, runBatch, timeoutWith } from './call.ts'

/** A cache of values under keys, by default strings. */
export const cacheOf = <Value, Key = string>(tables: Tables, name: string): Cache<Value, Key> =>
  new Cache(tables, name)

export interface GetOrLoadOptions<Value> extends LoadOptions, EntryOptions {
  /** How long to wait for a load by somebody else. Default: {@link DEFAULT_WAIT_MS}. */
  readonly waitMs?: number
  /** How long to remember that the loader found nothing (`undefined`). Default: not at all. */
  readonly negativeTtlMs?: number
  /** How long nobody is to try again after the loader failed. Default: not at all. */
  readonly backoffMs?: number
  /** Options that depend on the value, over those above. */
  readonly optionsFor?: (value: Value) => EntryOptions
  /** Told of a load that goes on behind the answer: `ctx.waitUntil` of a Worker. Default: it goes on by itself. */
  readonly waitUntil?: (load: Promise<unknown>) => void
}

/** Longer than most loaders take, shorter than most callers wait. */
export const DEFAULT_WAIT_MS = 10_000
/** Two callers that update the same entry at once get in each other's way a few times, not this often. */
const MAX_UPDATE_ATTEMPTS = 32

export class Cache<Value, Key = string> extends CacheVerbs<Value, Key, 'now'> {
  /** The verbs as calls, for `runBatch` with calls on other tables of the process. */
  readonly calls: CacheCalls<Value, Key>
  readonly #tables: Tables

  constructor(tables: Tables, name: string) {
    super(name)
    this.#tables = tables
    this.calls = new CacheCalls(name)
  }

  /** Runs several verbs as one turn, all or none: `batch((b) => [b.put('a', 1), b.delete('b')])`. */
  batch<const Calls extends readonly Call<unknown>[]>(
    compose: (calls: CacheCalls<Value, Key>) => Calls,
  ): Promise<Answers<Calls>> {
    return runBatch(this.#tables, compose(this.calls))
  }

  /**
   * The value under a key; what is not there is loaded by one caller in the world, for whom the others wait.
   *
   * Shape:  `undefined` where the loader finds nothing. A stale value, and one that ends within `refreshAheadMs`, is
   *         given at once, and one caller loads it anew behind that.
   * Errors: what the loader throws, unless a stale value will do; `deadline_exceeded` where somebody else loads for
   *         longer than `waitMs`; `load_failed` during the back-off of a failed load.
   */
  async getOrLoad(
    key: Key,
    loader: (key: Key) => Value | undefined | Promise<Value | undefined>,
    options: GetOrLoadOptions<Value> = {},
  ): Promise<Value | undefined> {
    const found = await this.#load(key, options)
    if ('loading' in found)
      throw new EtsError('deadline_exceeded', { timeoutMs: options.waitMs ?? DEFAULT_WAIT_MS })
    if ('failed' in found) throw new EtsError('load_failed', { retryAfterMs: found.retryAfterMs })
    if (found.lease === undefined) return valueIn(found)
    const load = this.#loadUnder(found.lease, key, loader, options)
    if ('miss' in found) return await load
    // Whoever asked has a value already; a failure is told to the cache, and to those who ask next.
    const behind = load.catch(() => undefined)
    options.waitUntil?.(behind)
    return valueIn(found)
  }

  /**
   * Puts what `update` makes of the value in its place, again if somebody else changed it meanwhile.
   *
   * Shape:  the value before and after. `update` is given `undefined` for a miss, and changes nothing by giving it.
   *         The entry keeps its time unless `options` say otherwise.
   * Errors: `version_conflict` when others never stop changing it.
   */
  async getAndUpdate(
    key: Key,
    update: (before: Value | undefined) => Value | undefined,
    options: Omit<PutOptions, 'condition' | 'ifVersion' | 'ifMatch'> = { keepTtl: true },
  ): Promise<{ before: Value | undefined; after: Value | undefined }> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.getEntry(key, 'if_error')
      const version = 'miss' in found ? 0 : found.version
      const before = 'miss' in found || found.stale ? undefined : valueIn(found)
      const after = update(before)
      if (after === undefined) return { before, after: before }
      try {
        await this.put(key, after, { ...options, ifVersion: version })
        return { before, after }
      } catch (error) {
        const isConflict = error instanceof EtsError && error.code === 'version_conflict'
        if (!isConflict || attempt === MAX_UPDATE_ATTEMPTS) throw error
      }
    }
  }

  /** The keys that begin with a prefix, each that stays once; a call a slice. */
  async *keys(prefix = '', limit?: number): AsyncGenerator<string, void, undefined> {
    const options = limit === undefined ? {} : { limit }
    let { keys, cursor } = await this.keysPage(prefix, options)
    for (;;) {
      yield* keys
      if (cursor === null) return
      ;({ keys, cursor } = await this.keysPage(prefix, { ...options, cursor }))
    }
  }

  /** Removes the entries whose keys begin with a prefix, a call a slice; says how many. */
  async deleteByPrefix(prefix: string): Promise<number> {
    let all = 0
    let { deleted, cursor } = await this.deletePrefixPage(prefix)
    for (;;) {
      all += deleted
      if (cursor === null) return all
      ;({ deleted, cursor } = await this.deletePrefixPage(prefix, { cursor }))
    }
  }

  protected override async give<T>(call: Call<T>): Promise<T> {
    const [answer] = await runBatch(this.#tables, [call])
    return answer
  }

  async #load(key: Key, options: GetOrLoadOptions<Value>): Promise<Loaded<Value>> {
    const { leaseTtlMs, refreshAheadMs, waitMs = DEFAULT_WAIT_MS } = options
    const asked = defined({ leaseTtlMs, refreshAheadMs, waitMs })
    const operation = { table: this.name, op: 'cache_load', args: [key, asked] }
    const { values } = await this.#tables.run([operation], { timeoutMs: timeoutWith(waitMs) })
    return values[0] as Loaded<Value>
  }

  /** Loads under a lease and fills; when loading fails, gives the lease back. */
  async #loadUnder(
    lease: string,
    key: Key,
    loader: (key: Key) => Value | undefined | Promise<Value | undefined>,
    options: GetOrLoadOptions<Value>,
  ): Promise<Value | undefined> {
    let value: Value | undefined
    try {
      value = await loader(key)
    } catch (error) {
      return await this.#instead(lease, key, error, options)
    }
    try {
      await this.#fill(lease, key, value, options)
    } catch (error) {
      // The entry changed meanwhile, or loading took too long: what was loaded is for this caller alone.
      if (error instanceof EtsError && error.code === 'gone') return value
      // It cannot be stored, and nobody is to wait for it until the lease ends.
      await this.fail(key, lease, defined({ backoffMs: options.backoffMs })).catch(() => {})
      throw error
    }
    return value
  }

  async #fill(
    lease: string,
    key: Key,
    value: Value | undefined,
    options: GetOrLoadOptions<Value>,
  ): Promise<void> {
    if (value !== undefined) {
      await this.fill(key, lease, value, {
        ...entryOptionsOf(options),
        ...defined(options.optionsFor?.(value) ?? {}),
      })
    } else if (options.negativeTtlMs !== undefined) {
      await this.fill(key, lease, null as Value, { negative: true, ttlMs: options.negativeTtlMs })
    } else {
      await this.fail(key, lease)
    }
  }

  /** What there is instead of what could not be loaded. Errors: why it could not, where there is nothing. */
  async #instead(
    lease: string,
    key: Key,
    failure: unknown,
    { backoffMs }: GetOrLoadOptions<Value>,
  ): Promise<Value | undefined> {
    const found = await this.fail(key, lease, defined({ backoffMs })).catch(() => undefined)
    if (found === undefined || 'miss' in found) throw failure
    return valueIn(found)
  }
}

/** The verbs of a cache as calls that wait for their batch. */
export class CacheCalls<Value, Key = string> extends CacheVerbs<Value, Key, 'in a batch'> {
  protected override give<T>(call: Call<T>): Call<T> {
    return call
  }
}

const valueIn = <Value>(found: Hit<Value> | Negative | { readonly miss: string }): Value | undefined =>
  'value' in found ? found.value : undefined

/** The options of `getOrLoad` that are not about the entry. */
const ABOUT_LOADING: ReadonlySet<string> = new Set<
  Exclude<keyof GetOrLoadOptions<unknown>, keyof EntryOptions>
>(['leaseTtlMs', 'refreshAheadMs', 'waitMs', 'negativeTtlMs', 'backoffMs', 'optionsFor', 'waitUntil'])

/** Those of the options that say how the entry is kept. */
const entryOptionsOf = (options: object): EntryOptions =>
  Object.fromEntries(Object.entries(defined(options)).filter(([name]) => !ABOUT_LOADING.has(name)))

/** The members that are not `undefined`. */
function defined<T extends object>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
