/**
 * Events of all shards of a process, as one list.
 *
 * Each shard numbers its own. The cursor of an answer names the last event that was told of each shard, one behind the
 * other; of a shard that does not have the table it is empty.
 *
 * A call that may wait waits on all shards for the first that has something to tell, in rounds each twice as long as the one
 * before. What it asked of the others ends with the round: so nothing of a call stays for longer than it took itself.
 *
 * Cost: a call to every shard, and one more to each for every round.
 */
import { badarg, EtsError } from '../engine/error.ts'
import type { Removal } from '../engine/stats/observer.ts'
import { cursorBefore, type RemovalPage } from '../engine/stats/removal-log.ts'
import type { Term } from '../engine/term.ts'
import { DEFAULT_EVENTS, type EventsOptions } from '../engine/verbs/info.ts'
import type { Operation } from '../protocol/operation.ts'
import { isMissingTable } from './failure.ts'
import type { ReadShard } from './scan-shards.ts'

/** A dot and a letter of tokens stand in the cursors of shards. */
const SEPARATOR = '~'

/** Much longer than a call takes, and short beside the time in which rows are given back. */
const FIRST_ROUND_MS = 100

/** What a shard has told, and the cursor behind it. */
interface Told {
  readonly events: readonly Removal[]
  readonly cursor: string
  readonly missed: boolean
}

/** Errors: `no_such_table` where no shard has the table; `badarg`/`cursor`; as the shard that refuses first. */
export async function eventsOfEvery(
  { table, op, args }: Operation,
  shards: number,
  read: ReadShard,
): Promise<Term> {
  const { after, limit = DEFAULT_EVENTS, waitMs = 0 } = (args[0] ?? {}) as EventsOptions
  const from = cursorsIn(after, shards)
  const ask = async (shard: number, cursor: string, waits: number): Promise<Told | undefined> => {
    const options: EventsOptions = {
      limit,
      ...(cursor === '' ? {} : { after: cursor }),
      ...(waits === 0 ? {} : { waitMs: waits }),
    }
    try {
      return (await read(shard, { table, op, args: [options as Term] })) as unknown as RemovalPage
    } catch (error) {
      if (isMissingTable(error)) return undefined
      throw error
    }
  }
  const told = await Promise.all(from.map((cursor, shard) => ask(shard, cursor, 0)))
  if (told.every((each) => each === undefined)) throw new EtsError('no_such_table', { table })
  const known = told.map((each) => each ?? NOTHING)
  let roundMs = FIRST_ROUND_MS
  for (let leftMs = waitMs; leftMs > 0 && known.every(isQuiet); leftMs -= roundMs, roundMs *= 2) {
    const ms = Math.min(roundMs, leftMs)
    const waiting = known.map(async ({ cursor }, shard) => ({ shard, told: await ask(shard, cursor, ms) }))
    const first = await firstToTell(waiting)
    if (first?.told !== undefined) known[first.shard] = first.told
  }
  return { ...together(known, limit) } as unknown as Term
}

const NOTHING: Told = { events: [], cursor: '', missed: false }

const isQuiet = ({ events, missed }: Told): boolean => events.length === 0 && !missed

interface Heard {
  readonly shard: number
  readonly told: Told | undefined
}

/** The first shard that has something to tell; `undefined` when all have answered that they have not. */
function firstToTell(waiting: readonly Promise<Heard>[]): Promise<Heard | undefined> {
  return new Promise((resolve, reject) => {
    let left = waiting.length
    const hear = (heard: Heard): void => {
      if (heard.told !== undefined && !isQuiet(heard.told)) resolve(heard)
      else if (--left === 0) resolve(undefined)
    }
    for (const each of waiting) each.then(hear, reject)
  })
}

/**
 * The first `limit` events of all, always the earliest of those that are next on their shard: what a shard tells is in the
 * order in which it gave rows back, and its cursor stands behind the last that is told.
 */
function together(told: readonly Told[], limit: number): RemovalPage {
  const events: Removal[] = []
  const taken = told.map(() => 0)
  while (events.length < limit) {
    let earliest: Removal | undefined
    let from = -1
    for (const [shard, { events: of }] of told.entries()) {
      const next = of[taken[shard] as number]
      if (next === undefined || (earliest !== undefined && earliest.atMs <= next.atMs)) continue
      earliest = next
      from = shard
    }
    if (earliest === undefined) break
    events.push(earliest)
    taken[from] = (taken[from] as number) + 1
  }
  const cursors = told.map(({ cursor, events: of }, i) =>
    cursorBefore(cursor, of.length - (taken[i] as number)),
  )
  return { events, cursor: cursors.join(SEPARATOR), missed: told.some(({ missed }) => missed) }
}

/** The cursor of each shard. Errors: `badarg`/`cursor` for what no call over so many shards gave. */
function cursorsIn(after: string | undefined, shards: number): readonly string[] {
  const cursors = after === undefined ? new Array<string>(shards).fill('') : after.split(SEPARATOR)
  if (cursors.length !== shards) throw badarg('cursor', 'no answer of this table had such a cursor')
  return cursors
}
