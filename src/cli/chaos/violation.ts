/** What a drill can find, and how it is shown. */
import { describe, invokedMs, type Recorded, targetId } from './history.ts'

export type ViolationKind =
  /** Something acknowledged is not there, although its journal promises it. */
  | 'lost'
  /** Something took effect more often than it was asked for. */
  | 'duplicated'
  /** Something is there that was removed, or that nobody can have written since the table was emptied. */
  | 'resurrected'
  /** What was lost is older than what was kept. */
  | 'torn'
  | 'not_linearizable'
  /** An answer that no operation of a drill should get. */
  | 'unexpected_answer'
  /** The key could not be read at the end. */
  | 'unreadable'

export interface Violation {
  readonly kind: ViolationKind
  readonly explanation: string
  /** The operations that show it, not empty. */
  readonly history: readonly Recorded[]
}

const MAX_LINES = 60

/** The one with the fewest operations. */
export const smallest = (violations: readonly Violation[]): Violation | undefined =>
  violations.toSorted((a, b) => a.history.length - b.history.length)[0]

/** In the order of calls; times count from the first. */
export function show({ kind, explanation, history }: Violation): string[] {
  const sorted = history.toSorted((a, b) => invokedMs(a) - invokedMs(b))
  const startMs = invokedMs(sorted[0] as Recorded)
  const targets = new Set(sorted.map(({ target }) => targetId(target)))
  const lines = sorted.map((each) => {
    const where = targets.size > 1 ? `${targetId(each.target)}  ` : ''
    return `  ${where}${describe(each, startMs)}`
  })
  const left = lines.length - MAX_LINES
  return [
    `${kind}: ${[...targets].join(', ')}: ${explanation}`,
    ...(left > 0 ? [`  … ${left} earlier operations`] : []),
    ...lines.slice(-MAX_LINES),
  ]
}
