import { describe, expect, it } from 'vitest'
import { MAX_WAITERS } from '../../src/cache/limits.ts'
import { Waiters } from '../../src/cache/waiters.ts'
import type { Operation } from '../../src/engine/database.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { verbOf } from '../../src/protocol/verbs.ts'

/** Waiters whose time and timers tests decide on. */
function someWaiters() {
  const timers = new Set<{ readonly atMs: number; readonly work: () => void }>()
  const state = { nowMs: 0, answer: { loading: true, retryAfterMs: 1000 } as Term, turns: 0 }
  const waiters = new Waiters({
    clock: () => state.nowMs as EpochMs,
    later: (work, delayMs) => {
      const timer = { atMs: state.nowMs + delayMs, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    verbOf,
  })
  const turn = () => {
    state.turns++
    return { values: [state.answer] }
  }
  return {
    waiters,
    timers,
    state,
    load: (key: Term, waitMs: number, timeoutMs?: number) =>
      waiters.run(operation('cache_load', key, { waitMs }), timeoutMs, turn),
    pass(ms: number) {
      state.nowMs += ms
      for (const timer of [...timers]) if (timer.atMs <= state.nowMs && timers.delete(timer)) timer.work()
    },
  }
}

/** Somebody who reads events of the table. */
const read = ({ waiters, state }: ReturnType<typeof someWaiters>, waitMs: number, timeoutMs?: number) =>
  waiters.run(operation('events', { waitMs }), timeoutMs, () => {
    state.turns++
    return { values: [state.answer] }
  })
const QUIET: Term = { events: [], cursor: 'l.0', missed: false }

const operation = (op: string, ...args: Term[]): Operation => ({ table: 'c', op, args })
const settled = () => new Promise((resume) => setImmediate(resume))

describe('readers of events', () => {
  it('[EVT5] wait until there are some, and for nothing else', async () => {
    const parts = someWaiters()
    const { waiters, state, pass, timers } = parts
    state.answer = QUIET
    const reading = read(parts, 30_000)
    await settled()
    waiters.wake([operation('cache_put', 'a', 1)])
    waiters.wakeReaders((table) => table === 'other')
    pass(29_000)
    await settled()
    expect([waiters.size, state.turns]).toEqual([1, 1])
    state.answer = { ...QUIET, events: [{ key: 'a' }] }
    waiters.wakeReaders((table) => table === 'c')
    expect((await reading).values[0]).toHaveProperty('events', [{ key: 'a' }])
    expect([waiters.size, timers.size]).toEqual([0, 0])
  })

  it('[EVT5] are answered at the end of their time, in time for the deadline of their call', async () => {
    for (const [waitMs, timeoutMs, atMs] of [
      [700, undefined, 700],
      [30_000, 5_000, 4_900],
    ] as const) {
      const parts = someWaiters()
      parts.state.answer = QUIET
      let answered = false
      const reading = read(parts, waitMs, timeoutMs).then((answer) => {
        answered = true
        return answer
      })
      await settled()
      parts.pass(atMs - 1)
      await settled()
      expect(answered).toBe(false)
      parts.pass(1)
      expect((await reading).values).toEqual([QUIET])
    }
  })

  it('[EVT5] are answered at once when they have missed some', async () => {
    const parts = someWaiters()
    parts.state.answer = { ...QUIET, missed: true }
    expect((await read(parts, 30_000)).values).toEqual([parts.state.answer])
  })

  it('[EVT5] an event between the turn and the waiting is not missed', async () => {
    const { waiters } = someWaiters()
    let turns = 0
    const reading = waiters.run(operation('events', { waitMs: 1000 }), undefined, async () => {
      if (++turns > 1) return { values: [{ ...QUIET, events: [1] }] }
      setImmediate(() => waiters.wakeReaders(() => true))
      await settled()
      return { values: [QUIET] }
    })
    expect((await reading).values[0]).toHaveProperty('events', [1])
    expect(turns).toBe(2)
  })
})

describe('waiters', () => {
  it('[LEA8] a call that need not wait does not', async () => {
    const { load, state, waiters } = someWaiters()
    state.answer = { value: 1, version: 1 }
    expect(await load('a', 100)).toEqual({ values: [state.answer] })
    expect([state.turns, waiters.size]).toEqual([1, 0])
  })

  it('[LEA8] is woken by a write under its key, and by nothing else', async () => {
    const { load, state, waiters, timers } = someWaiters()
    const waiting = load('a', 5000)
    await settled()
    for (const other of [
      operation('cache_fill', 'b', 'lease', 1),
      operation('cache_get', 'a'),
      { ...operation('cache_put', 'a', 1), table: 'd' },
    ])
      waiters.wake([other])
    await settled()
    expect([state.turns, waiters.size]).toEqual([1, 1])
    state.answer = { value: 2, version: 2 }
    waiters.wake([operation('cache_fill', 'a', 'lease', 2)])
    expect(await waiting).toEqual({ values: [{ value: 2, version: 2 }] })
    expect([waiters.size, timers.size]).toEqual([0, 0])
  })

  it.each([
    operation('delete_all_objects'),
    operation('cache_delete_prefix', 'a'),
    operation('cache_put_many', [['a', 1]]),
    operation('insert', ['a', 1]),
    operation('cache_fail', 'a', 'lease'),
  ])('[LEA8] is woken by $op', async (write) => {
    const { load, state, waiters } = someWaiters()
    const waiting = load('a', 5000)
    await settled()
    state.answer = { lease: 'mine', leaseUntilMs: 1 }
    waiters.wake([write])
    expect(await waiting).toEqual({ values: [state.answer] })
  })

  it('[LEA8] looks again when the lease ends, and waits on while somebody else loads', async () => {
    const { load, state, pass } = someWaiters()
    const waiting = load('a', 5000)
    await settled()
    pass(1000)
    await settled()
    expect(state.turns).toBe(2)
    state.answer = { lease: 'mine', leaseUntilMs: 3000 }
    pass(1000)
    expect(await waiting).toEqual({ values: [state.answer] })
  })

  it('[LEA9] waits no longer than it may, and is told who loads', async () => {
    const { load, state, pass, waiters } = someWaiters()
    const waiting = load('a', 300)
    await settled()
    pass(300)
    expect(await waiting).toEqual({ values: [{ loading: true, retryAfterMs: 1000 }] })
    expect([state.turns, waiters.size]).toEqual([2, 0])
  })

  it('[LEA9] is told in time for the deadline of its call', async () => {
    const { load, pass, state } = someWaiters()
    const waiting = load('a', 30_000, 600)
    await settled()
    pass(500)
    expect(await waiting).toMatchObject({ values: [{ loading: true }] })
    expect(state.nowMs).toBe(500)
  })

  it('[LEA9] of too many the last does not wait at all', async () => {
    const { load, pass, waiters } = someWaiters()
    const waiting = Array.from({ length: MAX_WAITERS }, (_, i) => load(i % 7, 300))
    await settled()
    expect(await load('a', 300)).toMatchObject({ values: [{ loading: true }] })
    expect(waiters.size).toBe(MAX_WAITERS)
    pass(300)
    await Promise.all(waiting)
    expect(waiters.size).toBe(0)
  })

  it('[LEA8] of very many some are woken at once, and the others soon after', async () => {
    const { load, state, waiters, pass } = someWaiters()
    const waiting = Array.from({ length: 1200 }, () => load('a', 5000))
    await settled()
    state.answer = { value: 1, version: 1 }
    waiters.wake([operation('cache_fill', 'a', 'lease', 1)])
    await settled()
    expect(waiters.size).toBe(700)
    pass(0)
    await settled()
    expect(waiters.size).toBe(200)
    pass(0)
    expect(new Set(await Promise.all(waiting)).size).toBe(1200)
    expect([waiters.size, state.turns]).toEqual([0, 2400])
  })

  it('[LEA8] a write between the turn and the waiting is not missed', async () => {
    const { waiters, state } = someWaiters()
    const answered = waiters.run(operation('cache_load', 'a', { waitMs: 5000 }), undefined, async () => {
      state.turns++
      if (state.turns > 1) return { values: [{ value: 1, version: 1 }] }
      waiters.wake([operation('cache_fill', 'a', 'lease', 1)])
      return { values: [{ loading: true, retryAfterMs: 1000 }] }
    })
    expect(await answered).toEqual({ values: [{ value: 1, version: 1 }] })
  })
})
