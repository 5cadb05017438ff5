import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { beladyHits } from '../../../src/cli/hit-ratio/belady.ts'
import { hitRatioOf, POLICIES } from '../../../src/cli/hit-ratio/replay.ts'
import { readTrace, type Trace } from '../../../src/cli/hit-ratio/trace.ts'
import { seededRandom } from '../../../src/engine/random.ts'

function file(name: string, content: string | Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), 'trace-')), name)
  writeFileSync(path, content)
  return path
}

/** Some keys often, in a loop that a small table cannot hold. */
function aTrace(): Trace {
  const random = seededRandom(3)
  const accesses = Int32Array.from({ length: 4_000 }, (_, i) =>
    i % 3 === 0 ? Math.floor(8 * random()) : 8 + (i % 60),
  )
  return { name: 'small', accesses, keyCount: 68 }
}

/** LRU as a list that is searched. */
function lruHits({ accesses }: Trace, capacity: number): number {
  let keys: number[] = []
  let hits = 0
  for (const key of accesses) {
    if (keys.includes(key)) hits++
    keys = [...keys.filter((each) => each !== key), key].slice(-capacity)
  }
  return hits
}

/** The optimum as its definition says: what is needed last goes. */
function optimumOf({ accesses }: Trace, capacity: number): number {
  const cached = new Set<number>()
  let hits = 0
  accesses.forEach((key, i) => {
    if (cached.has(key)) hits++
    else if (cached.size === capacity) {
      const next = (each: number): number => (accesses.indexOf(each, i) + 1 || 1e9) as number
      cached.delete([...cached].reduce((a, b) => (next(b) > next(a) ? b : a)))
    }
    cached.add(key)
  })
  return hits
}

describe('hit ratios', () => {
  it('[EVI7] are those of the table: LRU as a list that is searched has them', () => {
    const trace = aTrace()
    for (const capacity of [1, 7, 30, 68]) {
      expect(hitRatioOf(trace, 'lru', capacity).hitRatio).toBe(lruHits(trace, capacity) / 4_000)
    }
  })

  it('[EVI7] the optimum gives up what is needed last, and nothing is better', () => {
    const trace = aTrace()
    for (const capacity of [1, 7, 30]) {
      const optimum = beladyHits(trace.accesses, trace.keyCount, capacity)
      expect(optimum).toBe(optimumOf(trace, capacity))
      for (const policy of POLICIES)
        expect(4_000 * hitRatioOf(trace, policy, capacity).hitRatio).toBeLessThanOrEqual(optimum)
    }
  })

  it('[EVI3] tinylfu keeps what is used often where a loop flushes LRU and SIEVE', () => {
    const of = (policy: (typeof POLICIES)[number]): number => hitRatioOf(aTrace(), policy, 20).hitRatio
    expect(of('tinylfu')).toBeGreaterThan(of('lru') + 0.1)
    expect(of('tinylfu')).toBeGreaterThan(0.85 * of('belady'))
  })
})

describe('a trace', () => {
  it('[EVI8] is a key a line, packed or not; empty lines and comments are passed over', () => {
    const text = '# two programs\n7\nhome\n\n 7 \r\nhome\n'
    for (const path of [file('a.txt', text), file('a.txt.gz', gzipSync(text)), file('a', text)]) {
      expect(readTrace(path)).toEqual({ name: 'a', accesses: Int32Array.of(0, 1, 0, 1), keyCount: 2 })
    }
  })

  it('[EVI8] that is none is refused in a sentence', () => {
    const refused = (path: string): string => {
      try {
        readTrace(path)
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refused('/nowhere')).toBe('there is no file /nowhere')
    expect(refused(tmpdir())).toMatch(/^there is no file/)
    expect(refused(file('a', '\n# nothing\n'))).toMatch(/has no accesses/)
    expect(refused(file('a', Buffer.from('1\n\0\0\n')))).toMatch(/is no trace/)
    expect(refused(file('a.gz', gzipSync('1\n2\n').subarray(0, 15)))).toMatch(/cannot be unpacked/)
  })
})
