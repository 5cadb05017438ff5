import { describe, expect, it } from 'vitest'
import type { Term } from '../../src/engine/term.ts'
import { shardMapOf, shardName, shardOf, shardOfName } from '../../src/protocol/shard-map.ts'
import { SLOTS, slotOf } from '../../src/protocol/slots.ts'

describe('slots', () => {
  it.each<[Term, number]>([
    ['', 351],
    ['a', 633],
    ['user:1', 11],
    ['ü😀', 996],
    [0, 794],
    [1, 701],
    [-1.5, 375],
    [true, 63],
    [null, 580],
    [[], 392],
    [['ada', 1], 872],
    [{ a: 1, b: [null] }, 82],
  ])('[SHD1] the slot of %j is what it always was', (key, slot) => {
    expect(slotOf(key)).toBe(slot)
  })

  it('[SHD1] equal keys have one slot, however they are written', () => {
    expect(slotOf({ a: 1, b: 2 })).toBe(slotOf({ b: 2, a: 1 }))
    expect(slotOf(-0)).toBe(slotOf(0))
  })

  it('[SHD2] a string with a tag has the slot of the tag', () => {
    expect(slotOf('cart:{ada}:1')).toBe(slotOf('ada'))
    expect(slotOf('{ada}')).toBe(slotOf('{ada}{bob}'))
    expect(slotOf(['{ada}'])).not.toBe(slotOf(['{ada}x']))
    for (const plain of ['{}x', 'a}b{c', '{open']) expect(slotOf(plain)).not.toBe(slotOf(`${plain}1`))
  })

  it('[SHD1] keys that differ little are spread evenly', () => {
    const counts = new Array<number>(SLOTS).fill(0)
    const total = 100_000
    for (let i = 0; i < total; i++) counts[slotOf(`user:${i}`)] = (counts[slotOf(`user:${i}`)] as number) + 1
    const mean = total / SLOTS
    // Chi-squared over its degrees of freedom is about 1 for an even spread, give or take a seventh.
    const chiSquared = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
    expect(chiSquared / (SLOTS - 1)).toBeLessThan(1.2)
  })
})

describe('shard maps', () => {
  it('[SHD3] give each shard one range of slots, equal but for one', () => {
    for (const shards of [1, 2, 3, 7, 32]) {
      const map = shardMapOf(shards)
      const owners = Array.from({ length: SLOTS }, (_, slot) => shardOf(map, slot))
      expect(owners).toEqual(owners.toSorted((a, b) => a - b))
      const sizes = Array.from(
        { length: shards },
        (_, shard) => owners.filter((each) => each === shard).length,
      )
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  })

  it('[SHD3] name the first shard as the process, so that a process of one shard is where it always was', () => {
    expect([0, 1, 31].map((shard) => shardName('shop', shard))).toEqual(['shop', 'shop~1', 'shop~31'])
    expect(shardOfName('shop~31')).toEqual({ process: 'shop', shard: 31 })
    expect(shardOfName('shop')).toEqual({ process: 'shop', shard: 0 })
  })
})
