/**
 * How much memory does a row of 100 bytes with a deadline take, against a bare `Map` of the same strings?
 *
 * A key of 20 characters and a value of 80. Heap and array buffers after a full collection, less what there
 * was before, by row; each contender in a process of its own. Run by `npm run bench -- engine`.
 */
import { execFileSync } from 'node:child_process'
import { LRUCache } from 'lru-cache'
import { Ledger } from '../../src/engine/ledger.ts'
import { DEFAULT_OPTIONS, type TableOptions } from '../../src/engine/options.ts'
import { Table } from '../../src/engine/table.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { insert } from '../../src/engine/verbs/objects.ts'

interface Held {
  put(key: string, value: string): void
  size(): number
}

const NOW = 1_800_000_000_000 as EpochMs
const TTL_MS = 1_800_000

/** A table; `more` than a deadline makes it a cache. */
function ours(more: Partial<TableOptions> = {}): Held {
  const table = new Table({ ...DEFAULT_OPTIONS, ...more }, new Ledger())
  return {
    put: (key, value) => insert(table, [key, value], { ttlMs: TTL_MS }, NOW),
    size: () => table.size(NOW),
  }
}

const FILLS = {
  ours: (): Held => ours(),
  'ours, lru': (rows: number): Held => ours({ maxRows: rows, eviction: 'lru', statistics: true }),
  'ours, tinylfu': (rows: number): Held => ours({ maxRows: rows, eviction: 'tinylfu', statistics: true }),
  Map(): Held {
    const map = new Map<string, string>()
    return { put: (key, value) => map.set(key, value), size: () => map.size }
  },
  'lru-cache'(rows: number): Held {
    const cache = new LRUCache<string, string>({ max: rows, ttl: TTL_MS })
    return { put: (key, value) => cache.set(key, value), size: () => cache.size }
  },
}

export type HeapContender = keyof typeof FILLS
export const HEAP_CONTENDERS = Object.keys(FILLS) as HeapContender[]

/** Bytes a row takes, measured in a new process. */
export function bytesPerRow(contender: HeapContender, rows: number): number {
  const args = ['--expose-gc', import.meta.filename, contender, String(rows)]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

function measure(contender: HeapContender, rows: number): number {
  const before = usedBytes()
  const held = FILLS[contender](rows)
  for (let i = 0; i < rows; i++) held.put(text('key', i, 20), text('value', i, 80))
  const used = usedBytes() - before
  if (held.size() !== rows) throw new Error(`${contender} holds ${held.size()} of ${rows} rows`)
  return used / rows
}

function usedBytes(): number {
  // Twice: array buffers are given back after the collection that finds them unused.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A flat string, as one that was read from the wire is. */
const text = (name: string, number: number, length: number): string =>
  Buffer.from(`${name}:${number}`.padEnd(length, '.')).toString('latin1')

if (import.meta.main) {
  const [contender, rows] = process.argv.slice(2) as [HeapContender, string]
  console.log(measure(contender, Number(rows)))
}
