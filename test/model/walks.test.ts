import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/engine/database.ts'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import { MAX_GHOSTS } from '../../src/engine/store/ghosts.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase } from '../support/a-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { expectRefusal } from '../support/refusal.ts'

const key = fc.nat(9)
const row = fc.tuple(key, fc.nat(2))
const change = fc.oneof(
  fc.record({ op: fc.constant('insert' as const), arg: row }),
  fc.record({ op: fc.constant('delete_object' as const), arg: row }),
  fc.record({ op: fc.constant('delete' as const), arg: key }),
  fc.record({ op: fc.constant('expire_at' as const), arg: key }),
)

const walks = fc.record({
  type: fc.constantFrom(...TABLE_TYPES),
  rows: fc.array(row, { maxLength: 25, size: 'max' }),
  gone: fc.array(key, { maxLength: 4 }),
  changes: fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12, size: 'max' }),
})

const isThere = (database: Database): true => {
  database.table('t').check()
  return true
}

describe('a walk under a fixation', () => {
  it('[WLK1] meets each key that stays once and none twice, whatever comes and goes', modelTimeout, () => {
    fc.assert(
      fc.property(walks, ({ type, rows, gone, changes }) => {
        const { database, run } = aDatabase({ type }, rows)
        for (const each of gone) run('delete', each)
        const keys = (): number[] => run('traverse') as number[]
        let stayed = keys()
        run('safe_fixtable', true)
        const met: Term[] = []
        for (let at = run('first'), i = 0; at !== '$end_of_table'; at = run('next', at), i++) {
          met.push(at)
          for (const { op, arg } of changes[i] ?? []) {
            run(op, arg, ...(op === 'expire_at' ? [0] : []))
            stayed = stayed.filter((each) => keys().includes(each))
            isThere(database)
          }
        }
        run('safe_fixtable', false)
        isThere(database)
        expect(new Set(met).size).toBe(met.length)
        expect(stayed.filter((each) => !met.includes(each))).toEqual([])
      }),
      modelRuns(1_000),
    )
  })

  it.each(['bag', 'duplicate_bag'] as const)(
    '[WLK1] a %s meets a key once when its first row goes, and skips none',
    (type) => {
      const rows = [
        ['a', 1],
        ['b', 1],
        ['a', 2],
        ['c', 1],
      ]
      const { run } = aDatabase({ type }, rows)
      expect([run('first'), run('delete_object', ['a', 1])]).toEqual(['a', true])
      expect([run('next', 'a'), run('next', 'b'), run('next', 'c')]).toEqual(['b', 'c', '$end_of_table'])
    },
  )

  it.each(['set', 'bag'] as const)(
    '[WLK2] a %s lets a walk step on from a removed key until the fixation ends',
    async (type) => {
      const { run } = aDatabase({ type }, [['a'], ['b'], ['c']])
      run('safe_fixtable', true)
      run('safe_fixtable', true)
      run('delete', 'b')
      run('safe_fixtable', false)
      expect(run('next', 'b')).toBe('c')
      run('safe_fixtable', false)
      await expectRefusal(() => run('next', 'b'), 'badarg', { why: 'key' })
    },
  )

  it.each(TABLE_TYPES)(
    '[WLK3] a key that comes and goes under a fixation has one place, given back at its end (%s)',
    (type) => {
      const { database, run } = aDatabase({ type }, [['a', 0]])
      run('safe_fixtable', true)
      for (let i = 0; i < 100; i++) {
        run('delete', 'a')
        run('insert', ['a', i])
      }
      run('insert', ['b', 0])
      run('safe_fixtable', false)
      isThere(database)
      const slots: number[] = []
      database.table('t').walk(0 as never, (slot) => slots.push(slot) > 0)
      expect(slots).toEqual([0, 1])
    },
  )

  it.each(['set', 'bag'] as const)(
    '[WLK3] a fixation that never ends keeps a bounded number of places (%s)',
    (type) => {
      const { database, run } = aDatabase({ type })
      run('safe_fixtable', true)
      for (let from = 0; from < MAX_GHOSTS + 2_000; from += 1_000) {
        run(
          'insert_list',
          Array.from({ length: 1_000 }, (_, i) => [from + i]),
        )
        run('match_delete', ['_'])
      }
      expect(() => run('next', 0)).toThrow()
      expect(run('next', MAX_GHOSTS + 1_000)).toBe('$end_of_table')
      isThere(database)
      run('safe_fixtable', false)
      isThere(database)
    },
  )
})
