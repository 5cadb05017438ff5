import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { crowdedRealm, crowds } from '../support/session-crowds.ts'

/** A process that starts more than ten times within a minute is held back. */
const MAX_CRASHES = 9

for (const seed of [1, 2, 3]) {
  it(`[SSV21] keep what is promised through crowds and crashes, seed ${seed}`, async () => {
    // A realm for each seed: its processes start anew.
    const name = `storm${seed}`
    const realms = new Map([[name, crowdedRealm(name)]])
    let crashes = 0
    await crowds({
      seed,
      open: () => tableSessions({ tables: durableTables(lanesTo(env.TABLE_PROCESS)), realms }, name),
      async crash() {
        if (crashes++ < MAX_CRASHES) await abortAllDurableObjects()
      },
    })
    expect(crashes).toBeGreaterThan(2)
  })
}
