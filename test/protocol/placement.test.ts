import { expect, it } from 'vitest'
import { type ObjectsByName, objectNamed } from '../../src/protocol/placement.ts'

it('[ROU5] an object is asked for where its placement wants it', () => {
  const asked: unknown[] = []
  const namespace = (within?: string): ObjectsByName => ({
    getByName: (...args) => asked.push([within, ...args]),
    jurisdiction: (jurisdiction) => namespace(jurisdiction),
  })
  const map = { version: 1, shards: 1 }
  for (const placement of [
    { map },
    { map, locationHint: 'weur' },
    { map, jurisdiction: 'eu' },
    { map, locationHint: 'weur', jurisdiction: 'eu' },
  ] as const) {
    objectNamed(namespace(), placement, 'p')
  }
  expect(asked).toEqual([
    [undefined, 'p'],
    [undefined, 'p', { locationHint: 'weur' }],
    ['eu', 'p'],
    ['eu', 'p', { locationHint: 'weur' }],
  ])
})
