import { expect, it } from 'vitest'
import { Ghosts, MAX_GHOSTS } from '../../../src/engine/store/ghosts.ts'
import { aDatabase, at } from '../../support/a-database.ts'

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

it.each(['set', 'bag'] as const)(
  '[WLK3] a refused turn takes back under a fixation as fast as it went, beyond the places that are kept (%s)',
  (type) => {
    const { run, database, rows } = aDatabase({ type })
    run(
      'insert_list',
      Array.from({ length: MAX_GHOSTS + 40_000 }, (_, k) => [k]),
    )
    run('safe_fixtable', true)
    const clearAndFail = (['delete_all_objects', 'rename'] as const).map((op) => ({
      table: 't',
      op,
      args: op === 'rename' ? [5] : [],
    }))
    const startMs = performance.now()
    expect(() => database.run(clearAndFail, at(0))).toThrow('badarg')
    expect(performance.now() - startMs).toBeLessThan(5_000)
    expect(rows()).toHaveLength(MAX_GHOSTS + 40_000)
    database.table('t').check()
  },
)
