import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrequencySketch, MAX_FREQUENCY } from '../../../src/engine/evict/frequency-sketch.ts'
import { newPolicy, type Policy } from '../../../src/engine/evict/policy.ts'
import type { TinyLfuPolicy } from '../../../src/engine/evict/tinylfu.ts'
import { EVICTIONS } from '../../../src/engine/options.ts'
import { seededRandom } from '../../../src/engine/random.ts'
import { modelRuns, modelTimeout } from '../../support/model-runs.ts'

const NOBODY = -1
const evicting = EVICTIONS.filter((each) => each !== 'none')

/** A policy and the keys that it holds, as a table uses it. */
class Rows {
  readonly policy: Policy
  readonly #capacity: number
  readonly #slotOf = new Map<number, number>()
  readonly #keyOf: number[] = []
  #evicted: number[] = []

  constructor(policy: Policy, capacity: number) {
    this.policy = policy
    this.#capacity = capacity
  }

  /** Reads a key or brings it; says whether it was there. */
  access(key: number): boolean {
    const slot = this.#slotOf.get(key)
    if (slot !== undefined) {
      this.policy.touch(slot)
      return true
    }
    if (this.#slotOf.size === this.#capacity) this.#evict()
    const free = this.#evicted.pop() ?? this.#keyOf.length
    this.#slotOf.set(key, free)
    this.#keyOf[free] = key
    this.policy.add(free, Math.imul(key, 0x9e3779b1))
    return false
  }

  get keys(): number[] {
    return [...this.#slotOf.keys()]
  }

  #evict(): void {
    const slot = this.policy.victim(NOBODY)
    this.policy.remove(slot)
    this.#slotOf.delete(this.#keyOf[slot] as number)
    this.#evicted.push(slot)
  }
}

const aPolicy = (eviction: (typeof EVICTIONS)[number]): Policy =>
  newPolicy(eviction, () => 1, seededRandom(1)) as Policy

describe.each(evicting)('the policy %s', (eviction) => {
  it('[EVI1] gives up a row that it holds, not the one spared, and nobody when there is no other', () => {
    const policy = aPolicy(eviction)
    expect(policy.victim(NOBODY)).toBe(NOBODY)
    policy.add(3, 3)
    expect(policy.victim(3)).toBe(NOBODY)
    expect(policy.victim(NOBODY)).toBe(3)
    policy.add(7, 7)
    expect(policy.victim(3)).toBe(7)
    expect(policy.victim(7)).toBe(3)
  })

  it('[EVI2] is in order after any history', modelTimeout, () => {
    const step = fc.record({
      slot: fc.nat(9),
      op: fc.constantFrom('add', 'touch', 'remove', 'evict', 'grow'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const weights = new Map<number, number>()
        const policy = newPolicy(eviction, (slot) => weights.get(slot) ?? 0, seededRandom(1)) as Policy
        const forget = (slot: number): void => {
          policy.remove(slot)
          weights.delete(slot)
        }
        for (const { slot, op } of steps) {
          if (op === 'evict') {
            const victim = policy.victim(slot)
            expect(victim === NOBODY ? weights.size - (weights.has(slot) ? 1 : 0) : weights.has(victim)).toBe(
              victim === NOBODY ? 0 : true,
            )
            if (victim !== NOBODY) forget(victim)
          } else if (!weights.has(slot)) {
            weights.set(slot, 1 + slot)
            policy.add(slot, slot)
          } else if (op === 'remove') forget(slot)
          else if (op === 'grow') {
            weights.set(slot, (weights.get(slot) as number) + 5)
            policy.reweigh(slot, 5)
          } else policy.touch(slot)
          expect([...policy.check()].sort()).toEqual([...weights.keys()].sort())
        }
      }),
      modelRuns(200),
    )
  })
})

describe('W-TinyLFU', () => {
  it('[EVI3] a scan of new keys leaves the rows that are in use', () => {
    const rows = new Rows(aPolicy('tinylfu'), 100)
    for (let round = 0; round < 5; round++) for (let key = 0; key < 90; key++) rows.access(key)
    for (let key = 1_000; key < 11_000; key++) {
      rows.access(key)
      rows.access(key % 90)
    }
    expect(rows.keys.filter((key) => key < 90).length).toBeGreaterThan(85)
  })

  it('[EVI4] the window grows where recency rules, and shrinks in a loop', () => {
    const random = seededRandom(7)
    const policy = aPolicy('tinylfu') as TinyLfuPolicy
    const rows = new Rows(policy, 200)
    // Each key is used a few times soon after it came, then never again.
    for (let i = 0; i < 40_000; i++) rows.access(i - Math.floor(220 * random() ** 2))
    const recent = policy.share
    for (let i = 0; i < 100_000; i++) rows.access(1_000_000 + (i % 400))
    expect(recent).toBeGreaterThan(0.3)
    expect(policy.share).toBeLessThan(0.02)
  })

  it('[EVI5] a row that was made to look popular is pushed out all the same, some time', () => {
    const policy = aPolicy('tinylfu')
    const rows = new Rows(policy, 50)
    for (let round = 0; round < 30; round++) for (let key = 0; key < 50; key++) rows.access(key)
    // As popular as the rows can look, and never more so: only chance lets these in.
    for (let round = 0; round < 400; round++) for (let key = 100; key < 160; key++) rows.access(key)
    expect(rows.keys.filter((key) => key >= 100).length).toBeGreaterThan(5)
  })
})

describe('the frequency sketch', () => {
  it('[EVI6] never counts less than there was, while nothing was forgotten, and seldom more', () => {
    const sketch = new FrequencySketch()
    sketch.fit(1_000)
    for (let key = 0; key < 1_000; key++) for (let i = 0; i < key % 8; i++) sketch.count(key)
    const errors = Array.from({ length: 1_000 }, (_, key) => sketch.frequency(key) - (key % 8))
    expect(Math.min(...errors)).toBe(0)
    expect(errors.filter((error) => error > 0).length).toBeLessThan(20)
  })

  it('[EVI6] goes on counting when it grows, and forgets what is long ago', () => {
    const sketch = new FrequencySketch()
    for (let i = 0; i < 9; i++) sketch.count(5)
    sketch.fit(100_000)
    expect(sketch.frequency(5)).toBeGreaterThanOrEqual(9)
    for (let i = 0; i < 20; i++) sketch.count(6)
    expect(sketch.frequency(6)).toBe(MAX_FREQUENCY)
    const small = new FrequencySketch()
    for (let i = 0; i < 12; i++) small.count(5)
    for (let key = 100; key < 3_000; key++) small.count(key)
    expect(small.frequency(5)).toBeLessThan(6)
  })
})
