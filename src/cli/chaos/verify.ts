/** All that is checked of a history: every key by itself, then what was kept of each process. */

import { byTarget, type Entry, historiesOf } from './histories.ts'
import type { Outage, Recorded } from './history.ts'
import { checkKept } from './kept.ts'
import { checkLinearizable } from './linearize.ts'
import { minimise } from './minimise.ts'
import { modelOf } from './models.ts'
import { checkTorn } from './torn.ts'
import type { Violation } from './violation.ts'

export interface Findings {
  readonly violations: readonly Violation[]
  /** Histories that were searched for an order, and those of them without a result. */
  readonly histories: number
  readonly undecided: number
}

export function verify(history: readonly Recorded[], outages: readonly Outage[]): Findings {
  const violations: Violation[] = refusals(history)
  let [histories, undecided] = [0, 0]
  const keys = byTarget(history)
  for (const key of keys.values()) {
    violations.push(...checkKept(key, outages))
    for (const each of historiesOf(key, outages)) {
      histories += 1
      const result = checkOrder(each)
      if (result === 'undecided') undecided += 1
      else if (result !== undefined) violations.push(result)
    }
  }
  return { violations: [...violations, ...checkTorn(keys.values(), outages)], histories, undecided }
}

const refusals = (history: readonly Recorded[]): Violation[] =>
  history.flatMap((each) => {
    const { outcome } = each
    if (outcome.kind !== 'refused') return []
    return [{ kind: 'unexpected_answer', explanation: outcome.answer, history: [each] }]
  })

function checkOrder(history: readonly Entry[]): Violation | 'undecided' | undefined {
  const [first] = history
  if (first === undefined) return undefined
  const model = modelOf(first.recorded.target.shape)
  const verdict = checkLinearizable(model, history)
  if (verdict === 'linearizable') return undefined
  if (verdict === 'undecided') return 'undecided'
  return {
    kind: 'not_linearizable',
    explanation: 'no order of these operations explains their answers',
    history: minimise(model, history).map(({ recorded }) => recorded),
  }
}
