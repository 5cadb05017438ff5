/**
 * How much memory does a row of 100 bytes with a deadline take, against a bare `Map` of the same strings?
 *
 * A key of 20 characters and a value of 80. Heap and array buffers after a full collection, less what there
 * was before, by row; each contender in a process of its own. Run by `npm run bench -- engine`.
 */
import { execFileSync } from 'node:child_process'
import { LRUCache } from 'lru-cache'
import { Ledger } from '../../src/engine/ledger.ts'
import { DEFAULT_OPTIONS } from '../../src/engine/options.ts'
import { Table } from '../../src/engine/table.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { insert } from '../../src/engine/verbs/objects.ts'

/** Takes a row and returns the number of rows held. */
type Put = (key: string, value: string) => number

const NOW = 1_800_000_000_000 as EpochMs
const TTL_MS = 1_800_000

const FILLS = {
  ours(): Put {
    const table = new Table(DEFAULT_OPTIONS, new Ledger())
    return (key, value) => {
      insert(table, [key, value], { ttlMs: TTL_MS }, NOW)
      return table.size(NOW)
    }
  },
  Map(): Put {
    const map = new Map<string, string>()
    return (key, value) => map.set(key, value).size
  },
  'lru-cache'(rows: number): Put {
    const cache = new LRUCache<string, string>({ max: rows, ttl: TTL_MS })
    return (key, value) => cache.set(key, value).size
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
  const put = FILLS[contender](rows)
  const before = usedBytes()
  let held = 0
  for (let i = 0; i < rows; i++) held = put(text('key', i, 20), text('value', i, 80))
  const used = usedBytes() - before
  if (put('one more', '') < held) throw new Error(`${contender} lost rows`)
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
