/** Tables of a report in Markdown, for the terminal and for RESULTS.md alike. */

/** What the design wants, and how the figures of a run stand to it. */
export interface Target {
  readonly what: string
  readonly reach: string
  readonly found: string
  /** Unknown where this run cannot tell. */
  readonly isReached: boolean | undefined
}

export const targetTable = (targets: readonly Target[]): string =>
  table(
    ['what', 'reach', 'found', 'reached'],
    targets.map(({ what, reach, found, isReached }) => [
      what,
      reach,
      found,
      isReached === undefined ? '–' : isReached ? 'yes' : '**no**',
    ]),
  )

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
