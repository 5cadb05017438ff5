/**
 * How late rows are given back, from outside: a contender is asked again and again how many rows it holds.
 *
 * Rows are taken to be given back in the order of their deadlines, and each at the first sample that shows it: what
 * is found is never less than it was, but for rows that overtake others.
 */

/** Deadlines spread evenly over a span. */
export interface Load {
  readonly rows: number
  readonly firstMs: number
  readonly spanMs: number
}

export interface Sample {
  readonly atMs: number
  /** Rows that hold memory. */
  readonly held: number
}

export interface Lag {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export const deadlineOf = ({ rows, firstMs, spanMs }: Load, row: number): number =>
  Math.floor(firstMs + (row * spanMs) / rows)

export function lagOf(load: Load, samples: readonly Sample[]): Lag {
  const lags = new Float64Array(load.rows).fill(Number.POSITIVE_INFINITY)
  let given = 0
  for (const { atMs, held } of samples) {
    for (const end = load.rows - held; given < end; given++) lags[given] = atMs - deadlineOf(load, given)
  }
  lags.sort()
  const at = (share: number): number => Math.max(0, lags[Math.ceil(share * load.rows) - 1] as number)
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}
