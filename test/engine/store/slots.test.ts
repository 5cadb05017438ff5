import { describe, expect, it } from 'vitest'
import { Slots } from '../../../src/engine/store/slots.ts'

describe('slots', () => {
  it('[SET2] a row comes back as it was put in, whether or not it is a pair', () => {
    const slots = new Slots(1)
    const rows = [['a', 1], ['b'], ['c', 1, 2], ['d', ['d', 1]], ['e', null]]
    const places = rows.map((row) => slots.add(row, 1))
    expect(places.map((slot) => slots.row(slot))).toEqual(rows)
    expect(places.map((slot) => slots.key(slot))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('[SET2] a wide row may take the place of a pair, and the other way round', () => {
    const slots = new Slots(1)
    const slot = slots.add(['a', 1], 1)
    slots.replace(slot, ['a', 1, 2], 1)
    expect(slots.row(slot)).toEqual(['a', 1, 2])
    slots.replace(slot, ['a', ['b', 1]], 1)
    expect(slots.row(slot)).toEqual(['a', ['b', 1]])
  })

  it('[SET2] a number is put into a row in its place, and rows that were read before stay as they are', () => {
    for (const row of [
      ['a', 1],
      ['a', 1, 'x'],
    ]) {
      const slots = new Slots(1)
      const slot = slots.add(row, 1)
      const before = slots.row(slot)
      expect([1, 2, 4, 0].map((position) => slots.element(slot, position))).toEqual([
        'a',
        1,
        undefined,
        undefined,
      ])
      slots.setNumber(slot, 2, 7)
      expect(slots.element(slot, 2)).toBe(7)
      expect(slots.row(slot)).toEqual(row.with(1, 7))
      expect(before).toEqual(row)
    }
  })

  it('[SET6] the key is the element at the key position', () => {
    const slots = new Slots(2)
    const slot = slots.add([1, 'a'], 1)
    expect([slots.key(slot), slots.row(slot)]).toEqual(['a', [1, 'a']])
  })
})
