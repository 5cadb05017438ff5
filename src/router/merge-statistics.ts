/** Statistics of the shards of a table, put together as those of one table. */
import type { Term, TermObject } from '../engine/term.ts'

/** Counts are added up; ratios are those of the sums, and what was asked for most is the most of any shard. */
export function mergeStatistics(reports: readonly TermObject[]): TermObject {
  return Object.fromEntries(
    Object.keys(reports[0] as TermObject).map((name) => [
      name,
      merged(
        name,
        reports.map((report) => report[name] as Term),
        reports,
      ),
    ]),
  )
}

function merged(name: string, values: readonly Term[], reports: readonly TermObject[]): Term {
  switch (name) {
    case 'sinceMs':
      return Math.min(...(values as readonly number[]))
    case 'maxMs':
      return Math.max(...(values as readonly number[]))
    case 'boundsMs':
    case 'eviction':
      return values[0] as Term
    case 'hitRatio':
      return hitRatioOf(reports)
    case 'counts':
      return (values[0] as readonly number[]).map((_, i) =>
        sum(values.map((each) => (each as number[])[i] ?? 0)),
      )
    case 'topKeys': {
      const all = (values as unknown as readonly { readonly key: Term; readonly count: number }[][]).flat()
      const most = Math.max(...values.map((each) => (each as readonly Term[]).length))
      return all.sort((a, b) => b.count - a.count).slice(0, most)
    }
    case 'operations':
      return addedUp(values as readonly TermObject[])
    default:
      if (typeof values[0] === 'number') return sum(values as readonly number[])
      return mergeStatistics(values as readonly TermObject[])
  }
}

function hitRatioOf(reports: readonly TermObject[]): number | null {
  const hits = sum(reports.map((report) => report.hits as number))
  const misses = sum(reports.map((report) => (report.misses as { readonly all: number }).all))
  return hits + misses === 0 ? null : hits / (hits + misses)
}

function addedUp(counts: readonly TermObject[]): TermObject {
  const all: Record<string, number> = {}
  for (const each of counts)
    for (const [name, count] of Object.entries(each)) all[name] = (all[name] ?? 0) + (count as number)
  return all
}

const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0)
