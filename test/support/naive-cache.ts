/**
 * A cache as one would write it down: a map that is looked through at every call.
 *
 * It knows no versions, slots, wheels or ledgers. Leases are numbered as the tests' tokens are.
 */
import type { Term } from '../../src/engine/term.ts'

interface NaiveEntry {
  value: Term
  negative: boolean
  /** Fresh before this moment, gone from the other on. */
  freshUntilMs: number
  goneAtMs: number
  /** How long it may be served stale: while it is loaded anew, and at all; `undefined` where nothing was said of it. */
  revalidateMs: number
  staleMs: number | undefined
  /** Since when a tag has made it stale. */
  staleSinceMs: number
  tags: readonly string[]
  idleTtlMs: number
  hardMs: number
}

interface NaiveLease {
  /** `undefined` while nobody may try. */
  readonly token: string | undefined
  readonly untilMs: number
}

export interface NaiveOptions {
  readonly ttlMs?: number
  readonly idleTtlMs?: number
  readonly staleWhileRevalidateMs?: number
  readonly staleIfErrorMs?: number
  readonly negative?: boolean
  readonly tags?: readonly string[]
  readonly keepTtl?: boolean
  readonly condition?: 'NX' | 'XX'
}

export class NaiveCache {
  nowMs = 0
  #tokens = 0
  readonly #lastTokens = new Map<string, string>()
  readonly #entries = new Map<string, NaiveEntry>()
  readonly #leases = new Map<string, NaiveLease>()

  /** The last token that was given for a key, void or not. */
  lastToken = (key: string): string => this.#lastTokens.get(key) ?? 'none yet'

  put(key: string, value: Term, options: NaiveOptions): boolean {
    const fresh = this.#fresh(key)
    if (options.condition === 'NX' && fresh !== undefined) return false
    if (options.condition === 'XX' && fresh === undefined) return false
    this.#leases.delete(key)
    this.#store(key, value, options)
    return true
  }

  get(key: string, stale?: string): unknown {
    const entry = this.#there(key)
    if (entry === undefined) return 'miss'
    const freshness = this.#freshness(entry)
    const isWanted = freshness === 'if_error' ? stale === 'if_error' : stale !== undefined
    if (freshness === 'ended' || (freshness !== 'fresh' && !isWanted)) return 'stale'
    this.#read(entry)
    return this.#shown(entry)
  }

  has = (key: string): boolean => this.#fresh(key) !== undefined

  ttl(key: string): number | null {
    const entry = this.#fresh(key)
    if (entry === undefined) return -1
    const untilMs = Math.min(entry.freshUntilMs, entry.goneAtMs)
    return untilMs === Number.POSITIVE_INFINITY ? null : untilMs - this.nowMs
  }

  expire(key: string, ttlMs: number): boolean {
    const entry = this.#there(key)
    if (entry === undefined) return false
    this.#leases.delete(key)
    entry.freshUntilMs = this.nowMs + ttlMs
    entry.hardMs = entry.freshUntilMs
    if (entry.staleMs !== undefined) entry.goneAtMs = entry.freshUntilMs + entry.staleMs
    else {
      entry.goneAtMs = this.#withIdle(entry)
      entry.freshUntilMs = entry.goneAtMs
    }
    return true
  }

  incr(key: string, by: number): number | 'refused' {
    const entry = this.#fresh(key)
    const current = entry === undefined ? 0 : entry.value
    if (!Number.isSafeInteger(current)) return 'refused'
    const next = (current as number) + by
    this.#leases.delete(key)
    if (entry === undefined) this.#store(key, next, {})
    else Object.assign(entry, { value: next, staleSinceMs: Number.POSITIVE_INFINITY })
    return next
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    const wasThere = this.#there(key) !== undefined
    this.#entries.delete(key)
    this.#leases.delete(key)
    return wasThere
  }

  deletePrefix(prefix: string): number {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix))
    for (const key of this.#leases.keys()) if (key.startsWith(prefix)) this.#leases.delete(key)
    return keys.filter((key) => this.delete(key)).length
  }

  /** Whether any entry carried one. */
  invalidate(tags: readonly string[], isSoft: boolean): boolean {
    const carried = [...this.#entries].filter(
      ([key, entry]) => this.#there(key) !== undefined && entry.tags.some((tag) => tags.includes(tag)),
    )
    for (const [key, entry] of carried) {
      if (isSoft) entry.staleSinceMs = this.nowMs
      else this.#entries.delete(key)
    }
    this.#leases.clear()
    return carried.length > 0
  }

  clear(): void {
    this.#entries.clear()
    this.#leases.clear()
  }

  load(key: string, leaseTtlMs: number, refreshAheadMs: number): unknown {
    const lease = this.#lease(key)
    const hasFailed = lease !== undefined && lease.token === undefined
    const entry = this.#there(key)
    const win = () => {
      const token = `lease-${++this.#tokens}`
      this.#lastTokens.set(key, token)
      this.#leases.set(key, { token, untilMs: this.nowMs + leaseTtlMs })
      return { lease: token }
    }
    if (entry !== undefined) {
      const freshness = this.#freshness(entry)
      const isFresh = freshness === 'fresh'
      if (freshness !== 'ended' && (freshness !== 'if_error' || hasFailed)) {
        this.#read(entry)
        const isDue = this.#untilMs(entry) - this.nowMs < refreshAheadMs
        const answer = this.#shown(entry, !isFresh)
        return lease === undefined && (isDue || !isFresh) ? { ...answer, ...win() } : answer
      }
    }
    if (lease === undefined) return { miss: entry === undefined ? 'miss' : 'stale', ...win() }
    return hasFailed ? { failed: true } : { loading: true }
  }

  fill(key: string, token: string, value: Term, options: NaiveOptions): boolean {
    if (!this.#claim(key, token)) return false
    this.#store(key, value, options)
    return true
  }

  fail(key: string, token: string, backoffMs: number): unknown {
    if (!this.#claim(key, token)) return 'gone'
    if (backoffMs > 0) this.#leases.set(key, { token: undefined, untilMs: this.nowMs + backoffMs })
    const entry = this.#there(key)
    if (entry === undefined) return 'miss'
    return this.#freshness(entry) === 'ended' ? 'stale' : this.#shown(entry)
  }

  /** What the table is to hold. */
  rows(): [string, Term][] {
    return [...this.#entries.keys()]
      .filter((key) => this.#there(key) !== undefined)
      .map((key): [string, Term] => [key, (this.#entries.get(key) as NaiveEntry).value])
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #store(key: string, value: Term, options: NaiveOptions): void {
    const before = this.#there(key)
    const shown = options.negative ? null : value
    if (options.keepTtl && before !== undefined && this.nowMs < before.freshUntilMs) {
      const tags = options.tags ?? before.tags
      const negative = options.negative ?? false
      Object.assign(before, { value: shown, negative, tags, staleSinceMs: Number.POSITIVE_INFINITY })
      return
    }
    const { ttlMs = Number.POSITIVE_INFINITY, idleTtlMs = 0 } = options
    const { staleWhileRevalidateMs: revalidateMs = 0, staleIfErrorMs = 0, tags = [] } = options
    const staleMs = Math.max(revalidateMs, staleIfErrorMs)
    const freshUntilMs = this.nowMs + ttlMs
    const entry: NaiveEntry = {
      value: shown,
      negative: options.negative ?? false,
      freshUntilMs,
      goneAtMs: freshUntilMs + staleMs,
      revalidateMs,
      staleMs: staleMs === 0 ? undefined : staleMs,
      staleSinceMs: Number.POSITIVE_INFINITY,
      tags,
      idleTtlMs,
      hardMs: freshUntilMs,
    }
    if (idleTtlMs > 0) this.#read(entry)
    this.#entries.set(key, entry)
  }

  #withIdle = ({ idleTtlMs, hardMs }: NaiveEntry): number =>
    idleTtlMs === 0 ? hardMs : Math.min(hardMs, this.nowMs + idleTtlMs)

  #read(entry: NaiveEntry): void {
    if (entry.idleTtlMs === 0) return
    entry.goneAtMs = this.#withIdle(entry)
    entry.freshUntilMs = entry.goneAtMs
  }

  #there(key: string): NaiveEntry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && this.nowMs < entry.goneAtMs ? entry : undefined
  }

  #fresh(key: string): NaiveEntry | undefined {
    const entry = this.#there(key)
    return entry !== undefined && this.#freshness(entry) === 'fresh' ? entry : undefined
  }

  #untilMs = ({ freshUntilMs, goneAtMs, staleSinceMs }: NaiveEntry): number =>
    Math.min(freshUntilMs, goneAtMs, staleSinceMs)

  #freshness(entry: NaiveEntry): 'fresh' | 'while_revalidate' | 'if_error' | 'ended' {
    const { revalidateMs, staleMs } = entry
    const lateMs = this.nowMs - this.#untilMs(entry)
    if (lateMs < 0) return 'fresh'
    if (staleMs === undefined || lateMs < revalidateMs) return 'while_revalidate'
    return lateMs < staleMs ? 'if_error' : 'ended'
  }

  #shown(entry: NaiveEntry, isStale = this.#freshness(entry) !== 'fresh'): object {
    return {
      ...(entry.negative ? { negative: true } : { value: entry.value }),
      ...(isStale ? { stale: true } : {}),
    }
  }

  #lease(key: string): NaiveLease | undefined {
    const lease = this.#leases.get(key)
    return lease !== undefined && this.nowMs < lease.untilMs ? lease : undefined
  }

  #claim(key: string, token: string): boolean {
    if (this.#lease(key)?.token !== token) return false
    this.#leases.delete(key)
    return true
  }
}
