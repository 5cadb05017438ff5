/**
 * What an `async` process loses is its last moments: no row that is lost is older than one that was kept.
 *
 * Judged by the rows of bags, whose values say which operation each of them is.
 */
import {
  invokedMs,
  isAcknowledged,
  lastLife,
  type Outage,
  outputOf,
  type Recorded,
  targetId,
} from './history.ts'
import { lastRead } from './kept.ts'
import type { Violation } from './violation.ts'

/** `keys` are the histories of the keys, each with its last read. */
export function checkTorn(keys: Iterable<readonly Recorded[]>, outages: readonly Outage[]): Violation[] {
  const inserts = [...keys].flatMap(insertsThatStay)
  const groups = Map.groupBy(inserts, ({ recorded }) => groupOf(recorded, outages))
  return [...groups.values()].flatMap(checkGroup)
}

interface Insert {
  readonly recorded: Recorded
  readonly isKept: boolean
}

/** The rows of `async` bags that nobody asked to remove. */
function insertsThatStay(history: readonly Recorded[]): Insert[] {
  const last = lastRead(history)
  const found = last === undefined ? undefined : outputOf(last)
  if (last?.target.journal !== 'async' || !Array.isArray(found)) return []
  const removed = new Set(
    history.flatMap(({ action }) => (action.kind === 'delete_object' ? action.value : [])),
  )
  return history.flatMap((recorded) => {
    const { action } = recorded
    if (action.kind !== 'insert' || !isAcknowledged(recorded) || removed.has(action.value)) return []
    return [{ recorded, isKept: found.includes(action.value) }]
  })
}

/** Within one life of one process the order of things is that of its journal. */
const groupOf = (recorded: Recorded, outages: readonly Outage[]): string =>
  `${targetId(recorded.target).split('.')[0]} ${lastLife(recorded, outages)}`

function checkGroup(inserts: readonly Insert[]): Violation[] {
  const lost = inserts.filter(({ isKept }) => !isKept).map(({ recorded }) => recorded)
  if (lost.length === 0) return []
  const earliest = lost.reduce((a, b) => (a.returnedMs < b.returnedMs ? a : b))
  const kept = inserts.find(({ isKept, recorded }) => isKept && invokedMs(recorded) > earliest.returnedMs)
  if (kept === undefined) return []
  const explanation = 'the first row is lost and the second, begun after it was acknowledged, is kept'
  return [{ kind: 'torn', explanation, history: [earliest, kept.recorded] }]
}
