/** Runs the contenders in rounds, one after the other in each, and collects what every pass took. */
import { seededRandom } from '../../src/engine/random.ts'
import { type KeyKind, keysOf, shuffled } from '../engine/keys.ts'
import { type Spread, spreadOf } from '../spread.ts'
import { type Contender, PASSES, type Pass, type Work } from './contender.ts'

const SEED = 1
/** At most so many entries are asked for, so that a million of them leave time for several rounds. */
const MAX_ASKED = 100_000
/** Caches from this size on are collected before the next contender's turn. */
const COLLECTED_SIZE = 100_000

/**
 * One cache of each contender, as a process has: with the last object of a class its shape goes, and with that all code
 * that was made for it.
 */
const kept = new Map<Contender, unknown>()

/** Nanoseconds that one pass took a contender by entry. */
export interface Line {
  readonly kind: KeyKind
  readonly size: number
  readonly pass: Pass
  readonly contender: string
  readonly ns: Spread
}

/** What contenders do not agree on that should. */
export interface Dispute {
  readonly where: string
  readonly sums: Readonly<Record<string, number>>
}

/** Measures `rounds` rounds with caches of `size` entries; adds what differs to `disputes`. */
export function measure(
  contenders: readonly Contender[],
  kind: KeyKind,
  size: number,
  rounds: number,
  disputes: Dispute[],
): Line[] {
  const figures = new Map<string, { pass: Pass; contender: string; ns: number[] }>()
  const numbers = numbersOf(size)
  for (let round = 0; round < rounds; round++) {
    const sums = new Map<Pass, Record<string, number>>()
    // Each begins a round in its turn, so that none always follows the same other.
    for (const contender of rotated(contenders, round)) {
      if (size >= COLLECTED_SIZE) globalThis.gc?.()
      const cache = contender.open(size)
      if (!kept.has(contender)) kept.set(contender, cache)
      for (const pass of PASSES) {
        const of = numbers[pass]
        const work = { keys: keysOf(kind, of), values: pass === 'overwrite' ? of.map((n) => n + 1) : of }
        const { ns, sum } = timed(contender, cache, pass, work)
        const name = `${pass} ${contender.name}`
        const figure = figures.get(name) ?? { pass, contender: contender.name, ns: [] }
        figure.ns.push(ns / work.keys.length)
        figures.set(name, figure)
        if (contender.isLru || !AFTER_EVICTION.has(pass))
          sums.set(pass, { ...sums.get(pass), [contender.name]: sum })
      }
    }
    for (const [pass, each] of sums) {
      if (new Set(Object.values(each)).size > 1)
        disputes.push({ where: `${pass}, ${size} ${kind} keys`, sums: each })
    }
  }
  return Array.from(figures.values(), ({ pass, contender, ns }) => ({
    kind,
    size,
    pass,
    contender,
    ns: spreadOf(ns),
  }))
}

/** From there on what is held depends on the policy. */
const AFTER_EVICTION: ReadonlySet<Pass> = new Set(['churn', 'delete'])

function timed(contender: Contender, cache: unknown, pass: Pass, work: Work): { ns: number; sum: number } {
  // The young garbage of the pass before, and of making keys, is not this one's to clear away.
  globalThis.gc?.({ type: 'minor' })
  const run = contender.run[pass]
  const start = process.hrtime.bigint()
  const sum = run(cache, work)
  return { ns: Number(process.hrtime.bigint() - start), sum }
}

/** The numbers of the keys of each pass. */
function numbersOf(size: number): Readonly<Record<Pass, Uint32Array>> {
  const ask = shuffled(size, SEED + 1).slice(0, MAX_ASKED)
  return { put: shuffled(size, SEED), overwrite: ask, get: ask, churn: skewed(size), delete: ask }
}

/** Keys of which twice as many are asked for as there is room for: the square of a random number, so few are most of them. */
function skewed(size: number): Uint32Array {
  const random = seededRandom(SEED)
  return Uint32Array.from({ length: Math.min(2 * size, MAX_ASKED) }, () =>
    Math.floor(random() ** 2 * 2 * size),
  )
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
