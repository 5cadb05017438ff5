/**
 * A scrape: the processes that a pattern matches are asked for their numbers.
 *
 * Limits: {@link MAX_ASKED} processes, {@link AT_ONCE} at a time, within {@link DEADLINE_MS}. Whoever does not answer is
 *         left out, and the scrape says that it is not complete.
 */
import type { ProcessMetrics, Scrape } from '../protocol/metrics.ts'
import { localName } from '../protocol/names.ts'
import { matches } from '../protocol/pattern.ts'

/** Each costs a call; a service of more is looked at in parts, by pattern. */
const MAX_ASKED = 200
/** The platform opens six connections at a time. */
const AT_ONCE = 6
/** Less than a scraper waits. */
const DEADLINE_MS = 5_000

type Ask<T> = (name: string) => Promise<T>

/** `names` are global; the pattern is of those within a tenant. */
export async function scrapeOf(
  names: readonly string[],
  pattern: string,
  ask: Ask<ProcessMetrics>,
): Promise<Scrape> {
  const wanted = names.filter((name) => matches(pattern, localName(name)))
  const asked = wanted.slice(0, MAX_ASKED)
  const answers = await answersOf(asked, ask)
  const processes = answers.filter((each) => each !== undefined)
  return { asked: asked.length, processes, isComplete: processes.length === wanted.length }
}

/** What each answers; `undefined` of those that do not do so in time. */
export async function answersOf<T>(names: readonly string[], ask: Ask<T>): Promise<(T | undefined)[]> {
  const answers = new Array<T | undefined>(names.length).fill(undefined)
  let next = 0
  const askOn = async (): Promise<void> => {
    for (let i = next++; i < names.length; i = next++) {
      answers[i] = await ask(names[i] as string).catch(() => undefined)
    }
  }
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, DEADLINE_MS)
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, askOn)), late.promise])
  clearTimeout(timer)
  next = names.length
  return answers.slice()
}
