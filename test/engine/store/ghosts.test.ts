import { expect, it } from 'vitest'
import { Ghosts, MAX_GHOSTS } from '../../../src/engine/store/ghosts.ts'

it('[WLK3] giving up the oldest of many places takes no longer for the last than for the first', () => {
  const ghosts = new Ghosts()
  ghosts.fix()
  const givenUp: number[] = []
  for (let k = 0; k < MAX_GHOSTS + 60_000; k++) {
    const place = ghosts.add(k, k)
    if (place !== -1) givenUp.push(place)
    if (k === MAX_GHOSTS + 10) ghosts.revive(11)
  }
  expect(givenUp.slice(0, 13)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13])
  expect(ghosts.places).toHaveLength(MAX_GHOSTS)
})
