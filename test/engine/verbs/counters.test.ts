import { describe, expect, it } from 'vitest'
import { aDatabase } from '../../support/a-database.ts'
import { expectRefusal } from '../../support/refusal.ts'

describe('update_counter', () => {
  it('[CNT1] a bare increment is of the element after the key', () => {
    const { run } = aDatabase({ keypos: 2 }, [['x', 'k', 5]])
    expect(run('update_counter', 'k', 3)).toBe(8)
    expect(run('lookup', 'k')).toEqual([['x', 'k', 8]])
  })

  it('[CNT2] past the threshold the set value is taken, at it the sum', () => {
    const { run } = aDatabase({}, [['k', 5]])
    expect(run('update_counter', 'k', [2, 5, 10, 0])).toBe(10)
    expect(run('update_counter', 'k', [2, 1, 10, 0])).toBe(0)
    expect(run('update_counter', 'k', [2, -3, -3, 99])).toBe(-3)
    expect(run('update_counter', 'k', [2, -1, -3, 99])).toBe(99)
  })

  it('[CNT3] updates of a list see one another, and none holds when one fails', async () => {
    const { run } = aDatabase({}, [['k', 1, 1]])
    expect(
      run('update_counter', 'k', [
        [2, 1],
        [2, 1],
        [3, 5],
      ]),
    ).toEqual([2, 3, 6])
    await expectRefusal(
      () =>
        run('update_counter', 'k', [
          [2, 1],
          [9, 1],
        ]),
      'badarg',
      { why: 'position' },
    )
    expect(run('lookup', 'k')).toEqual([['k', 3, 6]])
    expect(run('update_counter', 'k', [])).toEqual([])
  })

  it('[CNT4] the default row is used for a missing key alone, under that key', async () => {
    const { run } = aDatabase()
    expect(run('update_counter', 'k', 2, ['', 40])).toBe(42)
    expect(run('update_counter', 'k', 2, ['', 0])).toBe(44)
    expect(run('update_counter', 'e', [], ['', 1])).toEqual([])
    expect(run('lookup', 'e')).toEqual([['e', 1]])
    await expectRefusal(() => run('update_counter', 'f', [9, 1], ['', 1]), 'badarg', { why: 'position' })
    expect(run('member', 'f')).toBe(false)
  })

  it.each([
    ['key', ['missing', 1]],
    ['keypos', ['k', [1, 1]]],
    ['position', ['k', [3, 1]]],
    ['position', ['k', [0, 1]]],
    ['update_op', ['k', [2]]],
    ['update_op', ['k', [2, 1.5]]],
    ['update_op', ['k', 'one']],
    ['update_op', ['k', [2, 1, 5, null]]],
    ['counter_value', ['text', 1]],
    ['counter_value', ['k', Number.MAX_SAFE_INTEGER]],
    ['default', ['k', 1, 5]],
    ['default', ['missing', 1, []]],
  ] as const)('[CNT5] badarg %s: update_counter %j', async (why, args) => {
    const { run, rows } = aDatabase({}, [
      ['k', 5],
      ['text', 'x'],
    ])
    await expectRefusal(() => run('update_counter', ...args), 'badarg', { why })
    expect(rows()).toEqual([
      ['k', 5],
      ['text', 'x'],
    ])
  })
})
