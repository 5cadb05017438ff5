/** The median, the mean of the two in the middle where there are two; 0 of nothing. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >>> 1] ?? 0
  const lower = sorted[(sorted.length - 1) >>> 1] ?? 0
  return (lower + upper) / 2
}
