/** Runs the contenders in rounds, one after the other in each, and collects what every verb took. */

import { type Spread, spreadOf } from '../spread.ts'
import {
  type Contender,
  type Measured,
  ORDERED_VERBS,
  SET_VERBS,
  type Setting,
  type Subject,
  type Type,
  type Verb,
  type Work,
} from './contender.ts'
import { type KeyKind, keysOf, RANGE_ROWS, shuffled } from './keys.ts'

const SEED = 1
/** At most so many rows are asked for, so that a million of them leave time for several rounds. */
const MAX_ASKED = 100_000
const MAX_RANGES = 1_000
/** Tables from this size on are collected before the next contender's turn; a collection costs as much as a small pass. */
const COLLECTED_SIZE = 100_000

/** Nanoseconds that one verb took a contender by row. */
export interface Line {
  readonly type: Type
  readonly kind: KeyKind
  readonly size: number
  readonly verb: Verb
  readonly contender: string
  readonly ns: Spread
}

/** What the contenders do not agree on. */
export interface Dispute {
  readonly where: string
  readonly sums: Readonly<Record<string, number>>
}

export function settingOf(type: Type, kind: KeyKind, size: number): Setting {
  const ask = shuffled(size, SEED + 1)
  const starts = ask.subarray(0, Math.min(MAX_RANGES, size / RANGE_ROWS))
  return {
    type,
    kind,
    size,
    fill: shuffled(size, SEED),
    ask: ask.slice(0, MAX_ASKED),
    ranges: starts.map((number) => number - (number % RANGE_ROWS)),
  }
}

export const verbsOf = (type: Type): readonly Verb[] => (type === 'set' ? SET_VERBS : ORDERED_VERBS)

/** Measures `rounds` rounds of one setting; adds what differs to `disputes`. */
export async function measure(
  contenders: readonly Contender[],
  setting: Setting,
  rounds: number,
  disputes: Dispute[],
): Promise<Line[]> {
  const figures = new Map<string, { verb: Verb; contender: string; ns: number[] }>()
  for (let round = 0; round < rounds; round++) {
    const sums = new Map<Verb, Record<string, number>>()
    // Each begins a round in its turn, so that none always follows the same other.
    for (const contender of rotated(contenders, round)) {
      if (setting.size >= COLLECTED_SIZE) globalThis.gc?.()
      const subject = await contender.open(setting)
      if (subject === undefined) continue
      for (const verb of verbsOf(setting.type)) {
        const measured = await pass(subject, verb, setting)
        if (measured === undefined) continue
        const name = `${verb} ${contender.name}`
        const figure = figures.get(name) ?? { verb, contender: contender.name, ns: [] }
        figure.ns.push(measured.ns / rowsOf(verb, setting))
        figures.set(name, figure)
        sums.set(verb, { ...sums.get(verb), [contender.name]: measured.sum })
      }
    }
    for (const [verb, each] of sums) {
      const where = `${verb}, ${setting.type} of ${setting.size} ${setting.kind} keys`
      if (new Set(Object.values(each)).size > 1) disputes.push({ where, sums: each })
    }
  }
  const { type, kind, size } = setting
  return Array.from(figures.values(), ({ verb, contender, ns }) => ({
    type,
    kind,
    size,
    verb,
    contender,
    ns: spreadOf(ns),
  }))
}

async function pass(subject: Subject, verb: Verb, setting: Setting): Promise<Measured | undefined> {
  if (!subject.verbs.includes(verb)) return undefined
  const work = workOf(verb, setting)
  // The young garbage of the pass before, and of making keys, is not this one's to clear away.
  globalThis.gc?.({ type: 'minor' })
  return subject.measure(verb, work)
}

function workOf(verb: Verb, setting: Setting): Work {
  const numbers = verb === 'insert' ? setting.fill : verb === 'range' ? setting.ranges : setting.ask
  // Ranges and counts name their keys themselves.
  const keys = verb === 'range' || verb === 'selectCount' ? [] : keysOf(setting.kind, numbers)
  return { setting, keys, numbers }
}

function rowsOf(verb: Verb, { size, ask, ranges }: Setting): number {
  switch (verb) {
    case 'insert':
    case 'selectCount':
      return size
    case 'range':
      return ranges.length * RANGE_ROWS
    default:
      return ask.length
  }
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
