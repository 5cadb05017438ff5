import { describe, expect, it } from 'vitest'
import { MAX_GROWTH_BYTES, Memory } from '../../../src/cli/fuzz/memory.ts'

const MIB = 1024 * 1024

/** The growth of a process that has `mebibytes(i)` at sample `i`. */
function growthOf(samples: number, mebibytes: (i: number) => number): number | undefined {
  const memory = new Memory()
  for (let i = 0; i < samples; i++) memory.add(mebibytes(i) * MIB)
  return memory.growthBytes
}

describe('the memory of a run', () => {
  it('[FUZ4] a heap that fills, and is collected now and then, has not grown', () => {
    const sawtooth = (i: number) => 100 + Math.min(i, 10) * 10 + (i % 7) * 12
    expect(growthOf(100, sawtooth)).toBeLessThan(MAX_GROWTH_BYTES / 4)
  })

  it('[FUZ4] what every request leaves behind is growth, whatever the heap does', () => {
    const leaking = (perChunk: number) => growthOf(100, (i) => 100 + (i % 7) * 12 + i * perChunk) as number
    expect(leaking(2)).toBeLessThan(MAX_GROWTH_BYTES)
    expect(leaking(3)).toBeGreaterThan(MAX_GROWTH_BYTES)
  })

  it('[FUZ4] one sample that is off decides nothing', () => {
    expect(growthOf(40, (i) => (i === 39 ? 9_000 : 100))).toBe(0)
  })

  it('[FUZ4] a short run tells nothing of growth, but the most that was seen', () => {
    expect([growthOf(7, () => 100), growthOf(8, () => 100)]).toEqual([undefined, 0])
    const memory = new Memory()
    memory.sample(process.pid)
    memory.add(1)
    expect(memory.mostBytes).toBeGreaterThan(10 * MIB)
  })
})
