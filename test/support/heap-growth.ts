/** How much the heap grows by a table, and how much the table counts: a program of its own, run with `--expose-gc`. */

import type { Eviction, TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase } from './a-database.ts'

// Columns are neither just grown nor full.
const ROWS = 90_000

const text = (name: string, number: number, length: number): string =>
  Buffer.from(`${name}:${number}`.padEnd(length, '.')).toString('latin1')

function usedBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const [type, eviction, kind] = process.argv.slice(2) as [TableType, Eviction, string]
const maxRows = eviction === 'none' ? null : 1_000_000
const before = usedBytes()
const { run } = aDatabase({ type, eviction, maxRows })
for (let i = 0; i < ROWS; i++) {
  const row: Term =
    kind === 'whole' ? [text('key', i, 20), text('a', i, 40), i] : [text('key', i, 20), text('a', i, 80)]
  run('insert', row, kind === 'mortal' ? { ttlMs: 60_000 + i } : {})
}
console.log(JSON.stringify({ grown: usedBytes() - before, counted: run('info', 'bytes') }))
