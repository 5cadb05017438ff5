import { describe, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { processOf } from '../../src/protocol/names.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { TestOwner } from '../support/an-owner.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { crowdedRealm, crowds, randomBy } from '../support/session-crowds.ts'

/** Owners that end when they are told to: a call under way then gets no answer, whatever it did. */
class MortalOwners implements Tables {
  readonly #owners = new Map<string, TestOwner>()
  readonly #random: (below: number) => number
  #lives = 0

  constructor(seed: number) {
    this.#random = randomBy(seed)
  }

  crash(): void {
    this.#lives++
    for (const owner of this.#owners.values()) owner.restart()
  }

  run: Tables['run'] = async (operations, options) => {
    const life = this.#lives
    const name = processOf(operations[0]?.table ?? '')
    const owner = this.#owners.get(name) ?? new TestOwner()
    this.#owners.set(name, owner)
    await this.#way()
    if (life !== this.#lives) throw new EtsError('restarting', { retryAfterMs: 1 })
    // What crosses is a copy, as between objects.
    const answer = structuredClone(await owner.call(structuredClone(operations), options))
    await this.#way()
    if (life !== this.#lives) throw new EtsError('restarting', { retryAfterMs: 1 })
    return answer
  }

  /** Some calls take longer than others. */
  async #way(): Promise<void> {
    for (let moments = this.#random(8); moments > 0; moments--) await Promise.resolve()
  }
}

describe('sessions of several owners', () => {
  const { seed: first, numRuns } = modelRuns(20)
  it('[SSV21] keep what is promised through crowds, logins that move and crashes', modelTimeout, async () => {
    for (let seed = first; seed < first + numRuns; seed++) {
      const owners = new MortalOwners(seed)
      const realms = new Map([['storm', crowdedRealm('storm')]])
      await crowds({
        seed,
        open: () => tableSessions({ tables: owners, realms }, 'storm'),
        crash: () => owners.crash(),
      })
    }
  })
})
