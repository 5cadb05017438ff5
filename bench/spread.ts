/** Median and spread of the rounds of one measurement. A median, as the noise of a machine only ever adds. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >>> 1
  const upper = sorted[middle] as number
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle] as number
  return { median: (lower + upper) / 2, min: sorted[0] as number, max: sorted.at(-1) as number }
}

/** `212 (198–260)`, or shorter where the numbers are small. */
export function spreadText({ median, min, max }: Spread): string {
  return `${figure(median)} (${figure(min)}–${figure(max)})`
}

export const figure = (value: number): string => (value < 9.95 ? value.toFixed(1) : value.toFixed(0))
