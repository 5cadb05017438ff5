/**
 * What the engine bench asks of a contender: a fresh table, and passes over it that can be timed.
 *
 * Each contender writes the loops of its passes itself, so that none pays for calls through the bench.
 */
import type { Term } from '../../src/engine/term.ts'
import type { KeyKind } from './keys.ts'

export const SET_VERBS = ['insert', 'replace', 'lookup', 'updateCounter', 'selectCount', 'delete'] as const
export const ORDERED_VERBS = ['insert', 'lookup', 'next', 'range'] as const
export type Verb = (typeof SET_VERBS)[number] | (typeof ORDERED_VERBS)[number]
export type Type = 'set' | 'ordered_set'

/** One table to fill and to ask. */
export interface Setting {
  readonly type: Type
  readonly kind: KeyKind
  readonly size: number
  /** The numbers of the rows in the order in which they are inserted. */
  readonly fill: Uint32Array
  /** The numbers of the rows that the other verbs ask for. */
  readonly ask: Uint32Array
  /** The first numbers of the ranges that are scanned. */
  readonly ranges: Uint32Array
}

/** The keys of one pass, and the same as numbers. */
export interface Work {
  readonly setting: Setting
  readonly keys: readonly Term[]
  readonly numbers: Uint32Array
}

/** Time, and a sum over everything that was read: the same for all contenders, or one is wrong. */
export interface Measured {
  readonly ns: number
  readonly sum: number
}

/** The passes that a contender has over its table; each in the order of the verbs, on what the last left. */
export type Passes<T> = Partial<Readonly<Record<Verb, (table: T, work: Work) => number>>>

export interface Contender {
  readonly name: string
  /** Makes a fresh table; `undefined` where it has none of that type. */
  open(setting: Setting): Promise<Subject | undefined>
  close(): void
}

export interface Subject {
  readonly verbs: readonly Verb[]
  measure(verb: Verb, work: Work): Promise<Measured>
}

/**
 * A contender of this process. `open` makes a fresh table.
 *
 * Passes are functions of the module that are given the table: V8 throws away the code of closures over a table
 * when that is collected, and each round would begin in the interpreter. For the same reason the first table of each
 * type is kept: with the last object of a class its shape goes, and with that all code that was made for it.
 */
export const localContender = <T>(
  name: string,
  passes: Readonly<Partial<Record<Type, Passes<T>>>>,
  open: (setting: Setting) => T,
): Contender => {
  const kept = new Map<Type, T>()
  return {
    name,
    async open(setting) {
      const ofType = passes[setting.type]
      if (ofType === undefined) return undefined
      const table = open(setting)
      if (!kept.has(setting.type)) kept.set(setting.type, table)
      return {
        verbs: Object.keys(ofType) as Verb[],
        async measure(verb, work) {
          const pass = ofType[verb] as (table: T, work: Work) => number
          const start = process.hrtime.bigint()
          const sum = pass(table, work)
          return { ns: Number(process.hrtime.bigint() - start), sum }
        },
      }
    },
    close() {
      kept.clear()
    },
  }
}
