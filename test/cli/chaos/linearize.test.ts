import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, Output, Shape } from '../../../src/cli/chaos/history.ts'
import { checkLinearizable, type Interval } from '../../../src/cli/chaos/linearize.ts'
import { minimise } from '../../../src/cli/chaos/minimise.ts'
import { modelOf } from '../../../src/cli/chaos/models.ts'
import { concurrentHistory, SHAPES } from './concurrent-history.ts'

type Step = Interval<Action, Output>

const NEVER = Infinity

/** `[from, to, action, output]`; without an output it is not looked at. */
const step = (calledMs: number, returnedMs: number, action: Action, output?: Output): Step => ({
  calledMs,
  returnedMs,
  action,
  output,
})
const increment: Action = { kind: 'increment' }
const read: Action = { kind: 'read' }
const insert = (value: string): Action => ({ kind: 'insert', value })
const verdict = (shape: Shape, ...history: Step[]) => checkLinearizable(modelOf(shape), history)

describe('the search for an order', () => {
  it.each(SHAPES)('[LIN1] accepts what a sequential %s answered, however much overlapped', (shape) => {
    fc.assert(
      fc.property(concurrentHistory(shape), (history) => {
        expect(verdict(shape, ...history)).toBe('linearizable')
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('[LIN1] takes operations that touch in time for concurrent, and those that do not for ordered', () => {
    const writes = [step(0, 1, insert('a')), step(2, 5, insert('b'))]
    expect(verdict('register', ...writes, step(5, 6, read, 'a'))).toBe('linearizable')
    expect(verdict('register', ...writes, step(5.1, 6, read, 'a'))).toBe('violation')
  })

  it('[LIN1] knows every action: insert_new, take, and bags with and without duplicates', () => {
    const isNew: Action = { kind: 'insert_new', value: 'n' }
    const history = [step(0, 1, isNew, true), step(2, 3, isNew, false), step(4, 5, { kind: 'take' }, 'n')]
    expect(verdict('register', ...history, step(6, 7, read, null))).toBe('linearizable')
    expect(verdict('register', ...history, step(6, 7, read, 'n'))).toBe('violation')
    const twice = [step(0, 1, insert('a')), step(2, 3, insert('a'))]
    expect(verdict('bag', ...twice, step(4, 5, read, ['a']))).toBe('linearizable')
    expect(verdict('duplicate_bag', ...twice, step(4, 5, read, ['a', 'a']))).toBe('linearizable')
    expect(verdict('duplicate_bag', ...twice, step(4, 5, read, ['a']))).toBe('violation')
  })
})

/** By definition: every order of every choice of the unknown ones that time allows. */
function hasAnOrder(shape: Shape, history: readonly Step[]): boolean {
  const model = modelOf(shape)
  const extend = (left: readonly Step[], state: unknown): boolean =>
    left.every(({ returnedMs }) => returnedMs === NEVER) ||
    left.some((next) => {
      if (left.some(({ returnedMs }) => returnedMs < next.calledMs)) return false
      const { state: after, output } = model.apply(state, next.action)
      if (next.output !== undefined && JSON.stringify(next.output) !== JSON.stringify(output)) return false
      return extend(
        left.filter((each) => each !== next),
        after,
      )
    })
  return extend(history, model.initial)
}

describe('a small history', () => {
  const moment = fc.integer({ min: 0, max: 12 })
  const anyStep = fc
    .tuple(
      moment,
      moment,
      fc.constantFrom('increment', 'read'),
      fc.option(fc.integer({ min: 0, max: 3 })),
      fc.nat(4),
    )
    .map(([a, b, kind, output, fate]) =>
      step(
        Math.min(a, b),
        fate === 0 ? NEVER : Math.max(a, b),
        { kind } as Action,
        fate === 0 ? undefined : (output ?? undefined),
      ),
    )

  it('[LIN1] [LIN2] is judged as by trying every order', () => {
    const verdicts = { linearizable: 0, violation: 0, undecided: 0 }
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 6 }), (history) => {
        const found = verdict('counter', ...history)
        verdicts[found] += 1
        expect(found).toBe(hasAnOrder('counter', history) ? 'linearizable' : 'violation')
      }),
      { seed: 4, numRuns: 2000 },
    )
    expect(Math.min(verdicts.linearizable, verdicts.violation)).toBeGreaterThan(200)
  })
})

describe('a planted violation', () => {
  it.each<[string, Shape, Step[]]>([
    ['lost update', 'counter', [step(0, 3, increment, 1), step(1, 4, increment, 1)]],
    [
      'lost update, seen by a read',
      'counter',
      [step(0, 3, increment), step(1, 4, increment), step(5, 6, read, 1)],
    ],
    ['stale read', 'register', [step(0, 1, insert('a')), step(2, 3, insert('b')), step(4, 5, read, 'a')]],
    [
      'pair of reads that go back',
      'register',
      [step(0, 1, insert('a')), step(2, 9, insert('b')), step(3, 4, read, 'b'), step(5, 6, read, 'a')],
    ],
    ['duplicate increment', 'counter', [step(0, 1, increment, 1), step(2, 3, increment, 3)]],
    ['duplicate of an unknown increment', 'counter', [step(0, NEVER, increment), step(1, 2, read, 2)]],
    [
      'resurrected row',
      'bag',
      [step(0, 1, insert('a')), step(2, 3, { kind: 'delete_object', value: 'a' }), step(4, 5, read, ['a'])],
    ],
    [
      'resurrected register',
      'register',
      [step(0, 1, insert('a')), step(2, 3, { kind: 'take' }, 'a'), step(4, 5, read, 'a')],
    ],
    ['row twice', 'duplicate_bag', [step(0, 1, insert('a')), step(2, 3, read, ['a', 'a'])]],
    ['row out of nowhere', 'bag', [step(0, 1, insert('a')), step(2, 3, read, ['a', 'b'])]],
    [
      'new row where there was one',
      'register',
      [step(0, 1, insert('a')), step(2, 3, { kind: 'insert_new', value: 'b' }, true)],
    ],
  ])('[LIN2] %s', (_, shape, history) => {
    expect(verdict(shape, ...history)).toBe('violation')
  })

  it.each(SHAPES)('[LIN2] is found in any history of a %s: a last read of what cannot be', (shape) => {
    const impossible = shape === 'counter' ? 1000 : shape === 'register' ? 'none' : ['none']
    fc.assert(
      fc.property(concurrentHistory(shape), (history) => {
        const last = step(1e6, 1e6 + 1, read, impossible)
        expect(verdict(shape, ...history, last)).toBe('violation')
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  it('[LIN2] is found in any counter: one acknowledged increment too few or one too many in the end', () => {
    fc.assert(
      fc.property(concurrentHistory('counter'), (history) => {
        const known = history.filter(
          ({ returnedMs, action }) => returnedMs !== NEVER && action.kind !== 'read',
        )
        const sent = history.filter(({ action }) => action.kind !== 'read')
        const endingIn = (count: number) => verdict('counter', ...history, step(1e6, 1e6 + 1, read, count))
        expect(endingIn(known.length - 1)).toBe('violation')
        expect(endingIn(sent.length + 1)).toBe('violation')
      }),
      { seed: 3, numRuns: 100 },
    )
  })
})

describe('an operation without a return', () => {
  it('[LIN3] may take effect at any time after its call, or never', () => {
    const pending = step(2, NEVER, insert('b'))
    const a = step(0, 1, insert('a'))
    for (const value of ['a', 'b']) {
      expect(verdict('register', a, pending, step(100, 101, read, value))).toBe('linearizable')
    }
    const late = [step(10, 11, read, 'a'), step(20, 21, read, 'b')]
    expect(verdict('register', a, pending, ...late)).toBe('linearizable')
  })

  it('[LIN3] but not before it, and not twice', () => {
    const a = step(0, 1, insert('a'))
    expect(verdict('register', a, step(2, 3, read, 'b'), step(4, NEVER, insert('b')))).toBe('violation')
    const history = [step(2, NEVER, insert('b')), step(4, 5, read, 'b'), step(6, 7, insert('c'))]
    expect(verdict('register', a, ...history, step(8, 9, read, 'b'))).toBe('violation')
  })

  it('[LIN3] many of the same cost little', () => {
    const pending = Array.from({ length: 40 }, (_, i) => step(i, NEVER, increment))
    expect(verdict('counter', ...pending, step(50, 51, read, 33))).toBe('linearizable')
    expect(verdict('counter', ...pending, step(50, 51, read, 41))).toBe('violation')
  })
})

describe('the bound', () => {
  it('[LIN4] beyond its number of states the verdict is undecided', () => {
    const writes = Array.from({ length: 12 }, (_, i) => step(0, 10, insert(`v${i}`)))
    const impossible = step(20, 21, read, 'w')
    const bounded = (maxStates: number) =>
      checkLinearizable(modelOf('register'), [...writes, impossible], maxStates)
    expect(bounded(1000)).toBe('undecided')
    expect(bounded(100_000)).toBe('violation')
  })

  it('[LIN4] a long history without much overlap is decided', () => {
    const history = Array.from({ length: 2000 }, (_, i) => step(i, i + 3.5, increment))
    expect(verdict('counter', ...history, step(3000, 3001, read, 2000))).toBe('linearizable')
    expect(verdict('counter', ...history, step(3000, 3001, read, 1999))).toBe('violation')
  })
})

describe('what is shown', () => {
  const stale = [step(4, 5, insert('b')), step(6, 7, read, 'a')]

  it('[LIN5] ends where the violation is plain, without reads that do not matter', () => {
    const before = [step(0, 1, insert('a')), step(2, 3, read, 'a')]
    const after = [step(8, 9, insert('c')), step(10, 11, read, 'c')]
    const shown = minimise(modelOf('register'), [...before, ...stale, ...after])
    expect(shown).toEqual([before[0], ...stale])
  })

  it('[LIN5] what was under way at its end is unknown in it', () => {
    const shown = minimise(modelOf('register'), [
      step(0, 1, insert('a')),
      step(2, 50, insert('x'), true),
      ...stale,
    ])
    expect(shown).toContainEqual(step(2, NEVER, insert('x')))
  })
})
