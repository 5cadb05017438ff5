/**
 * Pages of caches: the processes behind a name are asked for theirs, and shards of a process are put together.
 *
 * Limits: {@link MAX_PROCESSES_LISTED} processes a page with all of their shards, in the time of a scrape.
 */
import { type CachePage, type CacheSummary, MAX_PROCESSES_LISTED } from '../protocol/caches.ts'
import { localName } from '../protocol/names.ts'
import { shardOfName } from '../protocol/shard-map.ts'
import { answersOf } from './scrape.ts'

/** Asks a process, or a shard of one, by its global name. */
type Ask = (name: string) => Promise<readonly CacheSummary[]>

/** `names` are global, and those of one tenant. */
export async function cachePageOf(
  names: readonly string[],
  after: string | undefined,
  ask: Ask,
): Promise<CachePage> {
  const processOfName = (name: string): string => shardOfName(localName(name)).process
  const processes = [...new Set(names.map(processOfName))].sort()
  const behind = processes.filter((process) => after === undefined || process > after)
  const asked = new Set(behind.slice(0, MAX_PROCESSES_LISTED))
  const owners = names.filter((name) => asked.has(processOfName(name)))
  const answers = await answersOf(owners, ask)
  const silent = owners.filter((_, i) => answers[i] === undefined)
  return {
    caches: putTogether(answers.flatMap((each) => each ?? [])),
    after: behind.length > asked.size ? ([...asked].at(-1) as string) : null,
    unanswered: [...new Set(silent.map(processOfName))].sort(),
  }
}

/** One summary a cache, by name, whatever the number of its shards. */
function putTogether(summaries: readonly CacheSummary[]): CacheSummary[] {
  const byCache = Map.groupBy(summaries, ({ cache }) => cache)
  return [...byCache.keys()].sort().map((cache) => sumOf(cache, byCache.get(cache) ?? []))
}

function sumOf(cache: string, parts: readonly CacheSummary[]): CacheSummary {
  const sum = (of: 'size' | 'bytes' | 'hits' | 'misses'): number =>
    parts.reduce((total, part) => total + part[of], 0)
  const hits = sum('hits')
  const misses = sum('misses')
  const hitRatio = hits + misses === 0 ? null : hits / (hits + misses)
  return { cache, size: sum('size'), bytes: sum('bytes'), hits, misses, hitRatio }
}
