/** The outcome of a drill for people. */
import type { DrillResult } from './drill.ts'
import { SLACK_MS, WINDOW_MS } from './fate.ts'
import { show, smallest } from './violation.ts'

/** What was looked at and the smallest of the violations, line by line. */
export function reportOf({ figures: { histories, undecided, replayed }, violations }: DrillResult): string[] {
  const worst = smallest(violations)
  return [
    ...(worst === undefined ? [] : show(worst)),
    `async tables may lose ${WINDOW_MS} ms, taken with ${SLACK_MS} ms of slack`,
    `histories ${histories} undecided ${undecided} replayed ${replayed}`,
  ]
}

/** The line that a drill ends with. */
export function summaryOf({ figures }: DrillResult): string {
  const names = [
    'seed',
    'rounds',
    'kills',
    'operations',
    'acknowledged',
    'unknown',
    'retries',
    'violations',
  ] as const
  return `chaos: ${names.map((name) => `${name} ${figures[name]}`).join(' ')}`
}
