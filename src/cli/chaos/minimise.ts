/**
 * The smallest part of a history that still has no order: easier to read than all of it.
 *
 * Two steps that keep a violation a violation: what came later is cut off (operations under way then become
 * unknown), and reads are left out.
 */
import { checkLinearizable, type Interval, MAX_STATES, type Model } from './linearize.ts'

export function minimise<S, A extends { readonly kind: string }, O, E extends Interval<A, O>>(
  model: Model<S, A, O>,
  history: readonly E[],
): E[] {
  const isViolation = (part: readonly E[]): boolean =>
    checkLinearizable(model, part, MAX_STATES / 10) === 'violation'
  let smallest = shortestPrefix(history, isViolation)
  for (const each of smallest.filter(({ action }) => action.kind === 'read').reverse()) {
    const without = smallest.filter((other) => other !== each)
    if (isViolation(without)) smallest = without
  }
  return smallest
}

/** Every prefix of a linearizable history is one, so that the shortest that is not is found by halving. */
function shortestPrefix<E extends Interval<{ readonly kind: string }, unknown>>(
  history: readonly E[],
  isViolation: (part: readonly E[]) => boolean,
): E[] {
  const ends = history.map(({ returnedMs }) => returnedMs).filter((ms) => ms !== Infinity)
  ends.sort((a, b) => a - b)
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isViolation(cut(history, ends[middle] as number))) high = middle
    else low = middle + 1
  }
  const shortest = cut(history, ends[high] ?? Infinity)
  return isViolation(shortest) ? shortest : [...history]
}

function cut<E extends Interval<{ readonly kind: string }, unknown>>(
  history: readonly E[],
  endMs: number,
): E[] {
  return history.flatMap((each) => {
    if (each.calledMs > endMs) return []
    if (each.returnedMs <= endMs) return [each]
    return each.action.kind === 'read' ? [] : [{ ...each, returnedMs: Infinity, output: undefined }]
  })
}
