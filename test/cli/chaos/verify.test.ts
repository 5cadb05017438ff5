import { describe, expect, it } from 'vitest'
import { SLACK_MS, WINDOW_MS } from '../../../src/cli/chaos/fate.ts'
import type { Action, Outage, Outcome, Output, Recorded, Shape } from '../../../src/cli/chaos/history.ts'
import { verify } from '../../../src/cli/chaos/verify.ts'
import { show, smallest } from '../../../src/cli/chaos/violation.ts'
import type { JournalMode } from '../../../src/engine/options.ts'

const KILLED_MS = 10_000
const OUTAGE: Outage = {
  kind: 'kill',
  round: 1,
  beganMs: KILLED_MS,
  goneMs: KILLED_MS + 5,
  backMs: KILLED_MS + 300,
}
const AFTER_MS = KILLED_MS + 400
/** The last moment of what an `async` table must keep. */
const KEPT_MS = KILLED_MS - WINDOW_MS - SLACK_MS

const increment: Action = { kind: 'increment' }
const insert = (value: string): Action => ({ kind: 'insert', value })
const remove = (value: string): Action => ({ kind: 'delete_object', value })

/** Records operations of one key; each takes a millisecond unless it says otherwise. */
function on(journal: JournalMode, shape: Shape, key = 'k') {
  const target = { table: `p.${journal}`, key, shape, journal }
  const record = (action: Action, sentMs: number[], returnedMs: number, outcome: Outcome): Recorded => ({
    client: 1,
    target,
    action,
    sentMs,
    returnedMs,
    outcome,
  })
  return {
    did: (atMs: number, action: Action, output: Output = true) =>
      record(action, [atMs], atMs + 1, { kind: 'acknowledged', output, replayed: false }),
    retried: (sentMs: number[], action: Action, output: Output = true) =>
      record(action, sentMs, (sentMs.at(-1) as number) + 1, { kind: 'acknowledged', output, replayed: true }),
    unknown: (atMs: number, action: Action) => record(action, [atMs], Infinity, { kind: 'unknown' }),
    refused: (atMs: number, action: Action) =>
      record(action, [atMs], atMs + 1, { kind: 'refused', answer: '404' }),
    sees: (output: Output, atMs = AFTER_MS) =>
      record({ kind: 'read' }, [atMs], atMs + 1, { kind: 'acknowledged', output, replayed: false }),
  }
}

const kindsOf = (...history: Recorded[]): string[] =>
  verify(history, [OUTAGE]).violations.map(({ kind }) => kind)

describe('a sync table', () => {
  it('[CHS4] has counted what was acknowledged, and at most what is unknown beside it', () => {
    const { did, unknown, sees } = on('sync', 'counter')
    const writes = [did(1, increment, 1), did(3, increment, 2), unknown(5, increment)]
    expect(kindsOf(...writes, sees(2))).toEqual([])
    expect(kindsOf(...writes, sees(3))).toEqual([])
    expect(kindsOf(...writes, sees(1))).toEqual(['lost', 'not_linearizable'])
    expect(kindsOf(...writes, sees(4))).toEqual(['duplicated', 'not_linearizable'])
  })

  it.each(['bag', 'duplicate_bag'] as const)('[CHS4] has each acknowledged row of a %s once', (shape) => {
    const { did, unknown, sees } = on('sync', shape)
    const writes = [did(1, insert('a')), did(3, insert('b')), did(5, remove('b')), unknown(7, insert('c'))]
    expect(kindsOf(...writes, sees(['a']))).toEqual([])
    expect(kindsOf(...writes, sees(['a', 'c']))).toEqual([])
    expect(kindsOf(...writes, sees([]))).toEqual(['lost', 'not_linearizable'])
    expect(kindsOf(...writes, sees(['a', 'b']))).toEqual(['resurrected', 'not_linearizable'])
    expect(kindsOf(...writes, sees(['a', 'c', 'c']))).toEqual(['duplicated', 'not_linearizable'])
    expect(kindsOf(...writes, sees(['a', 'x']))).toEqual(['resurrected', 'not_linearizable'])
  })

  it('[CHS4] a row whose removal is unknown may be there or not', () => {
    const { did, unknown, sees } = on('sync', 'duplicate_bag')
    for (const found of [['a'], []]) {
      expect(kindsOf(did(1, insert('a')), unknown(3, remove('a')), sees(found))).toEqual([])
    }
  })

  it('[CHS4] has the last acknowledged value of a register', () => {
    const { did, unknown, sees } = on('sync', 'register')
    const writes = [did(1, insert('a')), did(3, insert('b')), unknown(5, insert('c'))]
    expect(kindsOf(...writes, sees('b'))).toEqual([])
    expect(kindsOf(...writes, sees('c'))).toEqual([])
    expect(kindsOf(...writes, sees('a'))).toEqual(['lost', 'not_linearizable'])
    expect(kindsOf(...writes, sees(null))).toEqual(['lost', 'not_linearizable'])
    expect(kindsOf(...writes, sees('x'))).toEqual(['resurrected', 'not_linearizable'])
    const taken = did(7, { kind: 'take' }, 'b')
    expect(kindsOf(...writes, taken, sees(null))).toEqual([])
    expect(kindsOf(...writes, taken, sees('b'))).toEqual(['lost', 'not_linearizable'])
  })

  it('[CHS4] a retry across the crash counts once', () => {
    const { did, retried, sees } = on('sync', 'counter')
    const straddling = retried([KILLED_MS - 1, AFTER_MS], increment, 2)
    expect(kindsOf(did(1, increment, 1), straddling, sees(2, AFTER_MS + 10))).toEqual([])
    const twice = retried([KILLED_MS - 1, AFTER_MS], increment, 3)
    expect(kindsOf(did(1, increment, 1), twice, sees(3, AFTER_MS + 10))).toEqual([
      'duplicated',
      'not_linearizable',
    ])
  })
})

describe('an async table', () => {
  const { did, sees } = on('async', 'duplicate_bag')

  it('[CHS5] keeps what was acknowledged longer than the window and the slack before the crash', () => {
    expect(kindsOf(did(KEPT_MS - 1.1, insert('a')), sees([]))).toEqual(['lost'])
    expect(kindsOf(did(KEPT_MS - 1, insert('a')), sees([]))).toEqual([])
    expect(kindsOf(did(AFTER_MS, insert('a')), sees([], AFTER_MS + 2))).toContain('lost')
  })

  it('[CHS5] counters and registers alike', () => {
    const counter = on('async', 'counter')
    const counts = [counter.did(1, increment, 1), counter.did(KILLED_MS - 9, increment, 2)]
    expect([0, 1, 2].map((count) => kindsOf(...counts, counter.sees(count)))).toEqual([['lost'], [], []])
    const register = on('async', 'register')
    const values = [
      register.did(1, insert('a')),
      register.did(3, insert('b')),
      register.did(KILLED_MS - 9, insert('c')),
    ]
    expect(['a', 'b', 'c', null].map((value) => kindsOf(...values, register.sees(value)))).toEqual([
      ['lost'],
      [],
      [],
      ['lost'],
    ])
  })

  it('[CHS5] loses its last moments, not something before what it keeps', () => {
    const other = on('async', 'bag', 'other')
    const history = [did(KILLED_MS - 20, insert('a')), other.did(KILLED_MS - 10, insert('b'))]
    expect(kindsOf(...history, sees(['a']), other.sees([]))).toEqual([])
    expect(kindsOf(...history, sees([]), other.sees(['b']))).toEqual(['torn'])
    const overlapping = other.did(KILLED_MS - 19.5, insert('b'))
    expect(kindsOf(history[0] as Recorded, overlapping, sees([]), other.sees(['b']))).toEqual([])
  })

  it('[CHS5] is linearizable until the crash', () => {
    const counter = on('async', 'counter')
    const history = [counter.did(1, increment, 1), counter.did(3, increment, 1)]
    expect(kindsOf(...history, counter.sees(2))).toEqual(['not_linearizable'])
  })
})

describe('a none table', () => {
  it('[CHS6] is empty after a crash', () => {
    const { did, sees } = on('none', 'counter')
    expect(kindsOf(did(1, increment, 1), sees(0))).toEqual([])
    expect(kindsOf(did(1, increment, 1), sees(1))).toEqual(['resurrected', 'not_linearizable'])
  })

  it('[CHS6] has what came after it, a retry across it too', () => {
    const { did, retried, sees } = on('none', 'counter')
    const history = [did(1, increment, 1), retried([KILLED_MS - 1, AFTER_MS], increment, 1)]
    expect(kindsOf(...history, sees(1, AFTER_MS + 10))).toEqual([])
    expect(kindsOf(...history, sees(0, AFTER_MS + 10))).toEqual(['lost', 'not_linearizable'])
    expect(kindsOf(...history, sees(2, AFTER_MS + 10))).toEqual(['resurrected', 'not_linearizable'])
  })

  it('[CHS6] is there: an answer that it is not is a violation', () => {
    const { did, refused, sees } = on('none', 'counter')
    expect(kindsOf(did(1, increment, 1), refused(AFTER_MS, increment), sees(0, AFTER_MS + 10))).toEqual([
      'unexpected_answer',
    ])
  })
})

describe('what is found', () => {
  const { did, unknown, sees } = on('sync', 'counter')

  it('[CHS7] a key that cannot be read in the end is a violation', () => {
    expect(kindsOf(did(1, increment, 1))).toEqual(['unreadable'])
    expect(kindsOf(did(1, increment, 1), unknown(AFTER_MS, { kind: 'read' }))).toEqual(['unreadable'])
  })

  it('[CHS7] the smallest history is shown, in the order of calls', () => {
    const other = on('sync', 'duplicate_bag', 'b')
    const history = [did(1, increment, 1), did(3, increment, 2), did(5, increment, 3), sees(1)]
    const { violations } = verify([...history, other.did(7, insert('a')), other.sees([])], [OUTAGE])
    expect(violations.length).toBeGreaterThan(2)
    const [worst] = violations.filter(
      ({ kind, history: [first] }) => kind === 'lost' && first?.target.key === 'b',
    )
    expect(smallest(violations)).toBe(worst)
    expect(show(worst as NonNullable<typeof worst>)).toEqual([
      'lost: p.sync/b: a was acknowledged and is not there',
      '  client 1  0.0–1.0 ms  insert a -> true',
      '  client 1  10393.0–10394.0 ms  read -> []',
    ])
  })

  it('[CHS7] of a long history the end is shown', () => {
    const counts = Array.from({ length: 100 }, (_, i) => did(2 * i, increment, i + 1))
    const lines = show({ kind: 'lost', explanation: 'some', history: counts })
    expect(lines).toHaveLength(62)
    expect(lines[1]).toBe('  … 40 earlier operations')
    expect(lines.at(-1)).toBe('  client 1  198.0–199.0 ms  increment -> 100')
  })
})
