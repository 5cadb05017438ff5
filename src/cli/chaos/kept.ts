/**
 * What is in the tables in the end against what was acknowledged: nothing promised is missing, nothing is there
 * twice, nothing has come back.
 *
 * Works on each key alone, in time linear in its history (register: quadratic), however much overlapped.
 */
import { type Fate, fateAt } from './fate.ts'
import { invokedMs, isAcknowledged, type Outage, outputOf, type Recorded } from './history.ts'
import type { Violation } from './violation.ts'

/** The violations in the history of one key, as its last read shows them. */
export function checkKept(history: readonly Recorded[], outages: readonly Outage[]): Violation[] {
  const last = lastRead(history)
  if (last === undefined || !isAcknowledged(last)) {
    return [{ kind: 'unreadable', explanation: 'the last read was not answered', history: history.slice(-1) }]
  }
  const fate = fateAt(last.sentMs.at(-1) as number, outages)
  const writes = history.filter(({ action }) => action.kind !== 'read')
  const found = outputOf(last)
  const violations = Array.isArray(found)
    ? checkBag(writes, found, fate)
    : last.target.shape === 'counter'
      ? checkCounter(writes, found as number, fate)
      : checkRegister(writes, found as string | null, fate)
  return violations.map((each) => ({ ...each, history: [...each.history, last] }))
}

export function lastRead(history: readonly Recorded[]): Recorded | undefined {
  return history.findLast(({ action }) => action.kind === 'read')
}

function checkCounter(writes: readonly Recorded[], found: number, { mustHold, mayHold }: Fate): Violation[] {
  const least = writes.filter(mustHold).length
  const possible = writes.filter(mayHold)
  if (found < least) {
    const explanation = `${found} is left of ${least} increments that were acknowledged and must be there`
    return [{ kind: 'lost', explanation, history: writes }]
  }
  if (found > possible.length) {
    const kind = possible.length < writes.length ? 'resurrected' : 'duplicated'
    return [{ kind, explanation: `${found} were counted of ${possible.length} increments`, history: writes }]
  }
  return []
}

function checkBag(writes: readonly Recorded[], found: readonly string[], fate: Fate): Violation[] {
  const counts = new Map<string, number>()
  for (const value of found) counts.set(value, (counts.get(value) ?? 0) + 1)
  const byValue = Map.groupBy(writes, ({ action }) => ('value' in action ? action.value : ''))
  const values = new Set([...counts.keys(), ...byValue.keys()])
  return [...values].flatMap((value) =>
    checkValue(value, byValue.get(value) ?? [], counts.get(value) ?? 0, fate),
  )
}

/** A value is inserted once and deleted at most once, so that it can be judged alone. */
function checkValue(
  value: string,
  history: readonly Recorded[],
  count: number,
  { mustHold, mayHold }: Fate,
): Violation[] {
  const insert = history.find(({ action }) => action.kind === 'insert')
  const remove = history.find(({ action }) => action.kind === 'delete_object')
  const violation = (kind: Violation['kind'], explanation: string): Violation[] => [
    { kind, explanation: `${value} ${explanation}`, history },
  ]
  if (count > 1) return violation('duplicated', `is there ${count} times and was inserted once`)
  if (count === 0) {
    const isMissing = insert !== undefined && mustHold(insert) && (remove === undefined || !mayHold(remove))
    return isMissing ? violation('lost', 'was acknowledged and is not there') : []
  }
  if (insert === undefined || !mayHold(insert)) return violation('resurrected', 'is there out of nowhere')
  const isRemoved = remove !== undefined && mustHold(remove) && insert.returnedMs < invokedMs(remove)
  return isRemoved ? violation('resurrected', 'was removed and is there again') : []
}

/** A write that must hold is not undone by one that had ended before it began. */
function checkRegister(writes: readonly Recorded[], found: string | null, fate: Fate): Violation[] {
  const effective = writes.filter(hasEffect)
  const promised = effective.filter(fate.mustHold)
  const isWriter = ({ action }: Recorded): boolean =>
    found === null ? !('value' in action) : 'value' in action && action.value === found
  const writers = effective.filter(isWriter).filter(fate.mayHold)
  if (found !== null && writers.length === 0) {
    const explanation = `${found} is there out of nowhere`
    return [{ kind: 'resurrected', explanation, history: writes.filter(isWriter) }]
  }
  const later = promised.find((each) => writers.every((writer) => writer.returnedMs < invokedMs(each)))
  if (later === undefined) return []
  const explanation = `a later write was acknowledged than any that explains ${JSON.stringify(found)}`
  return [{ kind: 'lost', explanation, history: [...writers, later] }]
}

function hasEffect(write: Recorded): boolean {
  const output = outputOf(write)
  if (write.action.kind === 'insert_new') return output !== false
  return write.action.kind !== 'take' || output !== null
}
