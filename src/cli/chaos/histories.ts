/**
 * Recorded operations as histories to check: one a key, and where rows are lost with the service, one a life.
 *
 * An operation that was sent in several lives is answered in the last of them; in each of the others it may
 * or may not have taken effect.
 */
import {
  type Action,
  isAcknowledged,
  lifeAt,
  type Outage,
  type Output,
  outputOf,
  type Recorded,
  targetId,
} from './history.ts'
import type { Interval } from './linearize.ts'

/** An operation within one history, and where it was recorded. */
export interface Entry extends Interval<Action, Output> {
  readonly recorded: Recorded
}

export function byTarget(history: readonly Recorded[]): Map<string, Recorded[]> {
  return Map.groupBy(history, ({ target }) => targetId(target))
}

/**
 * The histories of one key that begin with nothing stored. A `sync` key has one; a `none` key one a life; of an
 * `async` key only the first is known to begin so, as its later ones begin with what was kept.
 */
export function historiesOf(history: readonly Recorded[], outages: readonly Outage[]): Entry[][] {
  const journal = history[0]?.target.journal
  const relevant = journal === 'sync' ? [] : outages
  const lives = [...new Set(history.flatMap(({ sentMs }) => sentMs.map((ms) => lifeAt(ms, relevant))))]
  const first = Math.min(...lives)
  return lives
    .filter((life) => journal !== 'async' || life === first)
    .map((life) => history.flatMap((each) => entryIn(each, life, relevant)))
}

function entryIn(recorded: Recorded, life: number, outages: readonly Outage[]): Entry[] {
  const { action, sentMs, returnedMs } = recorded
  const sentThen = sentMs.filter((ms) => lifeAt(ms, outages) === life)
  const [firstMs] = sentThen
  const lastMs = sentThen.at(-1)
  if (firstMs === undefined || lastMs === undefined) return []
  const isAnswer = isAcknowledged(recorded) && lastMs === sentMs.at(-1)
  if (action.kind === 'read') {
    // Only the read that was answered has seen anything.
    return isAnswer ? [{ recorded, action, output: outputOf(recorded), calledMs: lastMs, returnedMs }] : []
  }
  return isAnswer
    ? [{ recorded, action, output: outputOf(recorded), calledMs: firstMs, returnedMs }]
    : [{ recorded, action, output: undefined, calledMs: firstMs, returnedMs: Infinity }]
}
