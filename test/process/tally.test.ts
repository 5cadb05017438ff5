import { expect, it } from 'vitest'
import { Tally } from '../../src/process/tally.ts'

it('[MET1] calls, their operations, and refused ones by code are counted', () => {
  const tally = new Tally()
  tally.count(3, { ok: true, value: 1 })
  for (let i = 0; i < 2; i++) {
    tally.count(1, { ok: false, error: { code: 'no_such_table', details: { table: 't' } } })
  }
  expect([tally.calls, tally.operations, tally.refused]).toEqual([3, 5, { no_such_table: 2 }])
})
