/** Shapes of what the verbs of caches take and answer. */
import type { IncrOptions as IncrOptionsOfVerb } from '../cache/counter.ts'
import type { LoadCounts } from '../cache/load-counts.ts'
import type { LoadOptions as LoadOptionsOfVerb } from '../cache/loading.ts'
import type { EntryOptions, PutOptions } from '../cache/writing.ts'
import type { TableOptions } from '../engine/options.ts'
import type { Term } from '../engine/term.ts'
import type { TableStats } from './shapes.ts'

export type { EntryOptions, PutOptions }
export type LoadOptions = Omit<LoadOptionsOfVerb, 'raw'>
export type IncrOptions = Pick<
  IncrOptionsOfVerb,
  'initial' | 'min' | 'max' | 'beyond' | 'ttlMs' | 'expiresAtMs' | 'idleTtlMs' | 'tags' | 'pin'
>

/** Why there is nothing under a key. */
export type MissReason = string

export interface Hit<Value> {
  readonly value: Value
  /** The number of the change that wrote the entry: what `ifVersion` compares. */
  readonly version: number
  readonly stale?: true
  /** The value is bytes that were put over HTTP. */
  readonly encoding?: 'base64'
}

/** It is known that there is nothing. */
export interface Negative {
  readonly negative: true
  readonly version: number
  readonly stale?: true
}

export interface Miss {
  readonly miss: MissReason
  /** The tag by which the entry was invalidated. */
  readonly tag?: string
}

export type Found<Value> = Hit<Value> | Negative | Miss

/** All that is known of an entry. */
export interface EntryInfo {
  readonly version: number
  readonly etag: string
  readonly bytes: number
  /** How long it stays fresh, below zero once it is stale; `null` where it has no deadline. */
  readonly freshForMs: number | null
  /** When it is gone, stale answers included. */
  readonly expiresAtMs: number | null
  readonly stale?: true
  readonly negative?: true
  readonly ageMs?: number
  readonly storedAtMs?: number
  readonly freshUntilMs?: number
  readonly staleWhileRevalidateMs?: number
  readonly staleIfErrorMs?: number
  readonly type?: string
  readonly encoding?: 'base64' | 'json'
  readonly tags?: readonly string[]
  readonly pin?: true
}

interface Lease {
  /** Whoever has this is to load the entry, and to fill it. */
  readonly lease: string
  readonly leaseUntilMs: number
}

/** What `load` answers. */
export type Loaded<Value> =
  | ((Hit<Value> | Negative) & Partial<Lease>)
  | (Miss & Lease)
  | { readonly loading: true; readonly retryAfterMs: number }
  | { readonly failed: true; readonly retryAfterMs: number }

export interface CacheStats extends TableStats {
  /** Which policy the evictions are by. */
  readonly eviction: TableOptions['eviction']
  /** Leases that are out just now. */
  readonly leases: number
  readonly loads: LoadCounts
}

export type Cursor = { readonly [name: string]: Term } | null

export interface PrefixOptions {
  /** Keys of a slice at most. Default: 1000. */
  readonly limit?: number
  readonly cursor?: Cursor
}
