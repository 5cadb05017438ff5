/** The timer wheel against a plain map of deadlines, its structure checked after every step. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimerWheel } from '../../../src/engine/expiry/wheel.ts'
import { type EpochMs, NEVER } from '../../../src/engine/time.ts'
import { modelTimeout } from '../../support/model-runs.ts'

const SEED = 20_260_101
const TICK_MS = 64
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const REACH_MS = 64 ** 4 * TICK_MS

const at = (timeMs: number): EpochMs => timeMs as EpochMs

/** A moment that needs 41 bits and starts a bucket of no level. */
const START_MS = Date.UTC(2026, 0, 1, 12, 34, 56, 789)

/** A wheel with the deadlines that a table would keep, and the slots it has visited. */
class Bench {
  readonly deadlines = new Map<number, EpochMs>()
  readonly wheel = new TimerWheel((slot) => this.deadlines.get(slot) ?? NEVER, at(START_MS))

  schedule(slot: number, expiresAtMs: number): void {
    this.deadlines.set(slot, at(expiresAtMs))
    this.wheel.schedule(slot, at(expiresAtMs))
    this.wheel.check()
  }

  reschedule(slot: number, expiresAtMs: number): void {
    const fromMs = this.deadlines.get(slot) ?? NEVER
    this.deadlines.set(slot, at(expiresAtMs))
    this.wheel.reschedule(slot, fromMs, at(expiresAtMs))
    this.wheel.check()
  }

  cancel(slot: number): void {
    expect(this.wheel.cancel(slot)).toBe(this.deadlines.delete(slot))
    this.wheel.check()
  }

  /** Advances in steps of `limit` until nothing is left. Returns what was visited, by slot. */
  advance(nowMs: number, limit = Number.POSITIVE_INFINITY): number[] {
    const visited: number[] = []
    let hasMore = true
    while (hasMore) {
      hasMore = this.wheel.advance(at(nowMs), limit, (slot) => {
        visited.push(slot)
        this.deadlines.delete(slot)
      })
      this.wheel.check()
    }
    return visited.sort((a, b) => a - b)
  }

  /** The slots that `advance` has to visit. */
  due(nowMs: number): number[] {
    return [...this.deadlines]
      .filter(([, deadlineMs]) => deadlineMs <= nowMs)
      .map(([slot]) => slot)
      .sort((a, b) => a - b)
  }

  /** Sleeps until the wheel wants to be woken, until it is empty. Returns the moments. */
  sleep(): number[] {
    const wakes: number[] = []
    for (let dueMs = this.wheel.nextDueMs(); dueMs !== NEVER; dueMs = this.wheel.nextDueMs()) {
      expect(wakes.length).toBeLessThan(20_000)
      wakes.push(dueMs)
      this.advance(dueMs)
    }
    return wakes
  }
}

/** Spans around everything that is special to some level, and beyond all. */
const aSpanMs = fc.oneof(
  fc.integer({ min: -100, max: 300 }),
  fc
    .integer({ min: 0, max: 5 })
    .chain((power) => fc.integer({ min: -1, max: 65 }).map((n) => n * TICK_MS * 64 ** power)),
  fc.double({ min: 0, max: 2 * REACH_MS, noNaN: true }),
)
const aStep = fc.record({
  verb: fc.oneof(
    { weight: 30, arbitrary: fc.constant('schedule' as const) },
    { weight: 20, arbitrary: fc.constant('reschedule' as const) },
    { weight: 15, arbitrary: fc.constant('cancel' as const) },
    { weight: 10, arbitrary: fc.constant('extend' as const) },
    { weight: 24, arbitrary: fc.constant('advance' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  ),
  slot: fc.nat({ max: 150 }),
  spanMs: aSpanMs,
  limit: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
})

it('[WHL1] visits exactly the rows that are due, after any history', modelTimeout, () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 200, size: 'max' }), (steps) => {
      const bench = new Bench()
      let nowMs = START_MS
      for (const { verb, slot, spanMs, limit } of steps) {
        if (verb === 'schedule') bench.schedule(slot, nowMs + spanMs)
        if (verb === 'reschedule') bench.reschedule(slot, nowMs + spanMs)
        if (verb === 'cancel') bench.cancel(slot)
        if (verb === 'extend' && bench.deadlines.has(slot)) {
          bench.deadlines.set(slot, at((bench.deadlines.get(slot) ?? 0) + Math.abs(spanMs)))
        }
        if (verb === 'clear') {
          bench.deadlines.clear()
          bench.wheel.clear()
        }
        if (verb === 'advance') {
          nowMs += spanMs
          const due = bench.due(nowMs)
          expect(bench.advance(nowMs, limit)).toEqual(due)
        }
        expect(bench.wheel.size).toBe(bench.deadlines.size)
        const firstMs = Math.min(...bench.deadlines.values())
        expect(bench.wheel.nextDueMs()).toBeLessThanOrEqual(firstMs + TICK_MS)
      }
      bench.sleep()
      expect(bench.deadlines.size).toBe(0)
    }),
    { seed: SEED, numRuns: 100 },
  )
})

it('[WHL1] a row is due at its deadline and not one millisecond before it', () => {
  for (const ttlMs of [1, 63, 64, 65, 4_096, 30 * 60_000, DAY_MS, REACH_MS, 400 * DAY_MS]) {
    const bench = new Bench()
    bench.schedule(0, START_MS + ttlMs)
    expect(bench.advance(START_MS + ttlMs - 1)).toEqual([])
    expect(bench.advance(START_MS + ttlMs)).toEqual([0])
  }
})

it('[WHL2] a deadline in the past is due at once', () => {
  const bench = new Bench()
  bench.schedule(0, START_MS - DAY_MS)
  bench.schedule(1, 0)
  expect(bench.wheel.nextDueMs()).toBeLessThanOrEqual(START_MS)
  expect(bench.advance(START_MS)).toEqual([0, 1])
})

it('[WHL2] NEVER is not scheduled, and takes a deadline away', () => {
  const bench = new Bench()
  bench.wheel.schedule(0, NEVER)
  bench.schedule(1, START_MS + 10)
  bench.deadlines.delete(1)
  bench.wheel.schedule(1, NEVER)
  expect(bench.wheel.size).toBe(0)
  expect(bench.wheel.nextDueMs()).toBe(NEVER)
  expect(bench.advance(START_MS + DAY_MS)).toEqual([])
})

it('[WHL3] examines no more rows than the limit, and misses none by stopping', () => {
  const bench = new Bench()
  for (let slot = 0; slot < 100; slot++) bench.schedule(slot, START_MS + DAY_MS)
  const visited: number[] = []
  const step = (): boolean => bench.wheel.advance(at(START_MS + 2 * DAY_MS), 30, (slot) => visited.push(slot))
  expect([step(), visited.length]).toEqual([true, 30])
  expect(bench.wheel.nextDueMs()).toBeLessThanOrEqual(START_MS + 2 * DAY_MS)
  bench.wheel.check()
  bench.cancel(99)
  bench.schedule(98, START_MS + 3 * DAY_MS)
  expect([step(), step(), step()]).toEqual([true, true, false])
  expect(visited.length).toBe(98)
  expect(bench.wheel.size).toBe(1)
})

it('[WHL3] moving live rows counts against the limit too', () => {
  const bench = new Bench()
  for (let slot = 0; slot < 100; slot++) bench.schedule(slot, START_MS + DAY_MS + slot)
  const visit = (): never => expect.fail('no row is due')
  expect(bench.wheel.advance(at(START_MS + DAY_MS - 1), 60, visit)).toBe(true)
  expect(bench.wheel.advance(at(START_MS + DAY_MS - 1), 60, visit)).toBe(false)
  bench.wheel.check()
})

it('[WHL4] wakes for a lone row once, at most 64 ms after its deadline', () => {
  for (const ttlMs of [1, 64, 5_000, 30 * 60_000, 8 * HOUR_MS, 7 * DAY_MS]) {
    const bench = new Bench()
    bench.schedule(0, START_MS + ttlMs)
    const wakes = bench.sleep()
    expect(wakes).toHaveLength(1)
    expect(wakes.at(-1)).toBeGreaterThanOrEqual(START_MS + ttlMs)
    expect(wakes.at(-1)).toBeLessThanOrEqual(START_MS + ttlMs + TICK_MS)
  }
})

it('[WHL4] sleeps twelve days at a time towards a deadline a year ahead', () => {
  const bench = new Bench()
  bench.schedule(0, START_MS + 365 * DAY_MS)
  expect(bench.sleep().length).toBeLessThanOrEqual(34)
})

it('[WHL4] wakes once for all rows of one tick', () => {
  const bench = new Bench()
  const tickMs = Math.ceil(START_MS / TICK_MS) * TICK_MS
  for (let slot = 0; slot < TICK_MS; slot++) bench.schedule(slot, tickMs + slot)
  expect(bench.sleep()).toEqual([tickMs + TICK_MS])
})

it('[WHL5] a deadline that moved later needs no call: the row is placed again when its turn comes', () => {
  const bench = new Bench()
  bench.schedule(0, START_MS + 1_000)
  bench.deadlines.set(0, at(START_MS + HOUR_MS))
  expect(bench.advance(START_MS + HOUR_MS - 1)).toEqual([])
  expect(bench.advance(START_MS + HOUR_MS)).toEqual([0])
  bench.schedule(0, START_MS + 2 * HOUR_MS)
  bench.deadlines.set(0, NEVER)
  expect(bench.advance(START_MS + DAY_MS)).toEqual([])
  expect(bench.wheel.size).toBe(0)
})

it('[WHL5] a row whose far deadline is moved later again and again wakes once in its old time', () => {
  const bench = new Bench()
  bench.schedule(0, START_MS + HOUR_MS)
  for (let second = 1; second <= 100; second++) bench.reschedule(0, START_MS + HOUR_MS + second * 1_000)
  expect(bench.wheel.size).toBe(1)
  expect(bench.sleep().length).toBeLessThanOrEqual(2)
  bench.schedule(1, START_MS + 3 * HOUR_MS)
  bench.reschedule(1, START_MS + 2 * HOUR_MS)
  expect(bench.wheel.nextDueMs()).toBeLessThanOrEqual(START_MS + 2 * HOUR_MS + TICK_MS)
})

it('[WHL6] a clock that goes back delays no row', () => {
  const bench = new Bench()
  bench.schedule(0, START_MS + 2 * HOUR_MS)
  expect(bench.advance(START_MS + HOUR_MS)).toEqual([])
  bench.schedule(1, START_MS + 1_000)
  expect(bench.advance(START_MS)).toEqual([])
  expect(bench.wheel.nextDueMs()).toBeLessThanOrEqual(START_MS + 1_000 + TICK_MS)
  expect(bench.advance(START_MS + 1_000)).toEqual([1])
  expect(bench.advance(START_MS + 2 * HOUR_MS)).toEqual([0])
})

it('[WHL7] the visitor may schedule and cancel; a row that it makes due comes with the next call', () => {
  const bench = new Bench()
  for (const slot of [0, 1, 2]) bench.schedule(slot, START_MS + 10)
  const visited: number[] = []
  const nowMs = at(START_MS + 10)
  bench.wheel.advance(nowMs, 10, (slot) => {
    visited.push(slot)
    if (slot !== 0) return
    bench.cancel(1)
    bench.schedule(3, START_MS)
    bench.schedule(0, START_MS + HOUR_MS)
  })
  expect(visited).toEqual([0, 2])
  expect(bench.advance(nowMs)).toEqual([3])
  expect(bench.advance(START_MS + HOUR_MS)).toEqual([0])
})
