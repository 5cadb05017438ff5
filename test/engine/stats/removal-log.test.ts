import { describe, expect, it } from 'vitest'
import type { Removal } from '../../../src/engine/stats/observer.ts'
import { MAX_EVENTS, RemovalLog } from '../../../src/engine/stats/removal-log.ts'
import type { Term } from '../../../src/engine/term.ts'
import { aDatabase, at } from '../../support/a-database.ts'
import { expectRefusal } from '../../support/refusal.ts'

const went = (key: Term): Removal => ({ key, cause: 'evicted', atMs: at(1) })
const keysOf = ({ events }: { readonly events: readonly Removal[] }): Term[] => events.map(({ key }) => key)

describe('the log of removals', () => {
  it('[EVT2] is read on behind a cursor, each event once', () => {
    const log = new RemovalLog('l')
    const nothing = log.after(undefined, 10)
    expect(nothing).toEqual({ events: [], cursor: 'l.0', missed: false })
    for (let n = 0; n < 5; n++) log.add(went(n))
    const first = log.after(nothing.cursor, 3)
    expect([keysOf(first), first.missed]).toEqual([[0, 1, 2], false])
    expect(keysOf(log.after(first.cursor, 3))).toEqual([3, 4])
    expect(log.after('l.5', 3)).toEqual({ events: [], cursor: 'l.5', missed: false })
    expect(keysOf(log.after(undefined, 10))).toEqual([0, 1, 2, 3, 4])
  })

  it('[EVT3] keeps the last of them, and says whom it left behind', () => {
    const log = new RemovalLog('l')
    for (let n = 0; n < MAX_EVENTS + 10; n++) log.add(went(n))
    const page = log.after('l.9', 2)
    expect([keysOf(page), page.missed]).toEqual([[10, 11], true])
    expect(log.after('l.10', 1)).toMatchObject({ cursor: 'l.11', missed: false })
    expect(log.after(undefined, 20_000).events).toHaveLength(MAX_EVENTS)
    for (let n = 0; n < 20; n++) log.add(went('x'.repeat(100_000)))
    expect(log.after(undefined, 20_000).events).toHaveLength(10)
    log.add(went('y'.repeat(2_000_000)))
    expect(log.after(undefined, 20_000).events).toHaveLength(1)
  })

  it('[EVT2] of another life has missed what was told before', () => {
    const log = new RemovalLog('second')
    log.add(went('a'))
    expect(log.after('first.7', 10)).toEqual({ events: [went('a')], cursor: 'second.1', missed: true })
    expect(log.after('second.1', 10).missed).toBe(false)
  })

  it.each(['', 'x', 'l', 'l.', '.1', 'l.-1', 'l.1.5x', 'l.2', 'l.9999999999999999'])(
    '[EVT4] refuses a cursor that it never gave: %s',
    (cursor) => {
      const log = new RemovalLog('l')
      log.add(went('a'))
      return expectRefusal(() => log.after(cursor, 1), 'badarg', { why: 'cursor' })
    },
  )
})

describe('events of a table', () => {
  it('[EVT1] tell what went without being asked to, in order; refused turns and deletions are not told', () => {
    const { run, database, now } = aDatabase({ events: true, maxRows: 3, eviction: 'lru' })
    const seen = () => run('events') as unknown as { events: Removal[]; cursor: string }
    run('insert', ['a', 1], { ttlMs: 10 })
    run('insert', ['b', 1], { tags: ['x'] })
    run('insert', ['c', 1])
    const refused = [['d', 1], 'no row'].map((row) => ({ table: 't', op: 'insert', args: [row] }))
    expect(() => database.run(refused, at(0))).toThrow()
    run('delete', 'c')
    expect(seen().events).toEqual([])
    run('insert', ['c', 1])
    run('lookup', 'a')
    run('lookup', 'b')
    run('insert', ['d', 1])
    run('invalidate_tags', ['x'])
    now(12)
    expect(seen()).toMatchObject({
      events: [
        { key: 'c', cause: 'evicted', atMs: 0 },
        { key: 'a', cause: 'expired', atMs: 12, deadlineMs: 10 },
        { key: 'b', cause: 'invalidated', atMs: 0, tag: 'x' },
      ],
    })
    run('delete_all_objects')
    expect(seen().events).toHaveLength(3)
  })

  it('[EVT4] are not told by a table that was made without', () => {
    const { run } = aDatabase()
    return expectRefusal(() => run('events'), 'badarg', { why: 'options' })
  })
})
