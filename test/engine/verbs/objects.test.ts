import { describe, expect, it } from 'vitest'
import { aDatabase } from '../../support/a-database.ts'
import { expectRefusal } from '../../support/refusal.ts'

describe('rows of a set', () => {
  it('[SET1] a new row replaces all of the old one, a shorter one too', () => {
    const { run } = aDatabase({}, [['k', 1, 2]])
    run('insert', ['k'])
    expect(run('lookup', 'k')).toEqual([['k']])
  })

  it('[SET2] a row is an array that reaches the key position', async () => {
    const { run, rows } = aDatabase({ keypos: 2 })
    for (const bad of [5, 'row', {}, [], ['only one']]) {
      await expectRefusal(() => run('insert', bad), 'badarg', { why: 'object' })
      await expectRefusal(() => run('insert_new', bad), 'badarg', { why: 'object' })
    }
    expect(rows()).toEqual([])
  })

  it('[SET3] a list with one bad row stores none', async () => {
    const { run, rows } = aDatabase()
    await expectRefusal(() => run('insert_list', [['a'], []]), 'badarg', { why: 'object' })
    await expectRefusal(() => run('insert_new_list', [['a'], 7]), 'badarg', { why: 'object' })
    expect(rows()).toEqual([])
  })

  it('[SET4] insert_new stores only under a free key, a list only when all are free', () => {
    const { run } = aDatabase({}, [['a', 1]])
    expect(run('insert_new', ['a', 9])).toBe(false)
    expect(
      run('insert_new_list', [
        ['b', 1],
        ['a', 9],
      ]),
    ).toBe(false)
    expect(run('member', 'b')).toBe(false)
    expect(
      run('insert_new_list', [
        ['c', 1],
        ['c', 2],
      ]),
    ).toBe(true)
    expect(run('lookup', 'a')).toEqual([['a', 1]])
    expect(run('lookup', 'c')).toEqual([['c', 2]])
  })

  it('[SET5] delete and take answer alike whether or not there was a row', () => {
    const { run } = aDatabase({}, [['a', 1]])
    expect([run('take', 'a'), run('take', 'a')]).toEqual([[['a', 1]], []])
    expect([run('delete', 'a'), run('delete', 'never')]).toEqual([true, true])
  })

  it('[SET6] the key is the element at keypos, and may be any term', () => {
    const { run } = aDatabase({ keypos: 2 }, [[1, { b: [1], a: null }]])
    expect(run('lookup', { a: null, b: [1] })).toEqual([[1, { b: [1], a: null }]])
    expect(run('lookup', 1)).toEqual([])
  })

  it('[SET7] an insert that names its key refuses a row with another one', async () => {
    const { run } = aDatabase()
    expect(run('insert', ['a', 1], { key: 'a' })).toBe(true)
    await expectRefusal(() => run('insert', ['a', 1], { key: 'b' }), 'badarg', { why: 'key' })
  })
})
