/** Concurrent histories that are linearizable by construction: a real table is asked in turn, then time is blurred. */
import fc from 'fast-check'
import { outputFrom, requestOf } from '../../../src/cli/chaos/exchange.ts'
import type { Action, Output, Shape, Target } from '../../../src/cli/chaos/history.ts'
import type { Interval } from '../../../src/cli/chaos/linearize.ts'
import { FakeTables } from './fake-tables.ts'

export const SHAPES = ['register', 'counter', 'bag', 'duplicate_bag'] as const satisfies Shape[]

const value = fc.constantFrom('a', 'b', 'c', 'd')
const ACTIONS: Record<Shape, fc.Arbitrary<Action>> = {
  register: fc.oneof(
    fc.record({ kind: fc.constantFrom('insert', 'insert_new'), value }),
    fc.record({ kind: fc.constantFrom('take', 'delete', 'read') }),
  ),
  counter: fc.record({ kind: fc.constantFrom('increment', 'increment', 'read') }),
  bag: fc.oneof(
    fc.record({ kind: fc.constantFrom('insert', 'insert', 'delete_object'), value }),
    fc.record({ kind: fc.constant('read' as const) }),
  ),
  duplicate_bag: fc.oneof(
    fc.record({ kind: fc.constantFrom('insert', 'insert', 'delete_object'), value }),
    fc.record({ kind: fc.constant('read' as const) }),
  ),
}

interface Blurred {
  readonly action: Action
  /** How long before and after its moment it was called and returned; moments are 1 ms apart. */
  readonly earlierMs: number
  readonly laterMs: number
  readonly fate: 'known' | 'unknown' | 'never happened'
}

/** Up to 40 operations, of which up to some ten overlap, and some never return. */
export const concurrentHistory = (shape: Shape): fc.Arbitrary<Interval<Action, Output>[]> =>
  fc
    .array(
      fc.record<Blurred>({
        action: ACTIONS[shape],
        earlierMs: fc.double({ min: 0, max: 5, noNaN: true }),
        laterMs: fc.double({ min: 0, max: 5, noNaN: true }),
        fate: fc.constantFrom(
          'known',
          'known',
          'known',
          'known',
          'known',
          'known',
          'unknown',
          'never happened',
        ),
      }),
      { maxLength: 40 },
    )
    .map((blurred) => play(shape, blurred))

function play(shape: Shape, blurred: readonly Blurred[]): Interval<Action, Output>[] {
  const target: Target = { table: 't', key: 'k', shape, journal: 'sync' }
  const tables = new FakeTables()
  tables.create(target)
  return blurred.map(({ action, earlierMs, laterMs, fate }, i) => {
    const output =
      fate === 'never happened'
        ? undefined
        : outputFrom(target, action, tables.run(requestOf(target, action)))
    const isKnown = fate === 'known'
    return {
      action,
      output: isKnown ? output : undefined,
      calledMs: i - earlierMs,
      returnedMs: isKnown ? i + laterMs : Infinity,
    }
  })
}
