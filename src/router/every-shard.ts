/**
 * Writes to every shard of a process. They are not atomic: what one shard refuses others may have done. Such a
 * failure is told as one (`partial_failure`), and trying again does what is left.
 *
 * The first shard goes first: what it refuses, a bad argument or a table that is not there, has changed nothing.
 */
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import type { Operation } from '../protocol/operation.ts'
import { shardName } from '../protocol/shard-map.ts'
import type { Answer } from '../protocol/tables.ts'
import { inOrder, sum } from './merge.ts'
import type { Shape } from './shapes.ts'

/** Runs operations on one shard of the process in one turn. */
export type OnShard = (shard: number, operations: readonly Operation[]) => Promise<Answer>

export interface EveryShard {
  readonly process: string
  readonly shards: number
  readonly onShard: OnShard
}

type Outcome = { readonly answer: Answer } | { readonly refusal: unknown }

/** Runs one operation on every shard; gives what they answered, by shard. Errors: `partial_failure`. */
export async function onEvery(every: EveryShard, operation: Operation): Promise<readonly Answer[]> {
  const first = await every.onShard(0, [operation])
  const rest = await Promise.all(restOf(every).map((shard) => outcomeOf(every.onShard(shard, [operation]))))
  return allOf(every, [{ answer: first }, ...rest])
}

/**
 * Creates a table on every shard, on the first one last: with it the table is there.
 *
 * Errors: `table_exists`, also where an unfinished `new` or `delete_table` has left a part of a table, which is
 *         not taken over: it may have rows, and other options. `delete_table` removes it.
 */
export async function createOnEvery(every: EveryShard, operation: Operation): Promise<readonly Answer[]> {
  const { table } = operation
  const { values } = await every.onShard(0, [{ table, op: 'info', args: ['name'] }])
  if (values[0] !== null) throw new EtsError('table_exists', { table })
  const rest = await Promise.all(
    restOf(every).map(async (shard) => {
      const outcome = await outcomeOf(every.onShard(shard, [operation]))
      return codeOf(outcome) === 'table_exists' ? adopt(every, shard, operation, outcome) : outcome
    }),
  )
  if (rest.some((outcome) => 'refusal' in outcome)) return allOf(every, [undefined, ...rest])
  const first = await outcomeOf(every.onShard(0, [operation]))
  return allOf(every, [first, ...rest])
}

/** Takes over what an unfinished `new` of the same table left, if it is empty and just as wanted. */
async function adopt(
  { onShard }: EveryShard,
  shard: number,
  { table, args }: Operation,
  existing: Outcome,
): Promise<Outcome> {
  const found = await outcomeOf(onShard(shard, [{ table, op: 'info', args: [] }]))
  if ('refusal' in found) return found
  const info = found.answer.values[0] as Readonly<Record<string, Term>> | null
  const wanted = Object.entries((args[0] ?? {}) as Readonly<Record<string, Term>>)
  const isAsWanted = info !== null && info.size === 0 && wanted.every(([name, value]) => info[name] === value)
  return isAsWanted ? { answer: { ...found.answer, values: [table] } } : existing
}

/** Runs one operation on every shard that has its table. Errors: `no_such_table` when none has, `partial_failure`. */
export async function onEveryThatHasIt(every: EveryShard, operation: Operation): Promise<readonly Answer[]> {
  const outcomes = await Promise.all(
    [0, ...restOf(every)].map((shard) => outcomeOf(every.onShard(shard, [operation]))),
  )
  const isMissing = (outcome: Outcome): boolean => codeOf(outcome) === 'no_such_table'
  if (outcomes.every(isMissing)) throw new EtsError('no_such_table', { table: operation.table })
  return allOf(
    every,
    outcomes.map((outcome) => (isMissing(outcome) ? undefined : outcome)),
  )
}

/** What the answers of all shards to a write come to. */
export function mergeWrites(op: string, values: readonly Term[], shape: Shape | undefined): Term {
  if (op === 'select_delete' || op === 'select_replace') return sum(values)
  if (op === 'cache_invalidate') return values.includes(true)
  if (op !== 'traverse_delete') return values[0] as Term
  const keys = (values as readonly (readonly Term[])[]).flat()
  if (!shape?.isOrdered) return keys
  return keys
    .map((key) => ({ key }))
    .sort(inOrder('up'))
    .map(({ key }) => key)
}

const restOf = ({ shards }: EveryShard): number[] => Array.from({ length: shards - 1 }, (_, i) => i + 1)

const outcomeOf = (answer: Promise<Answer>): Promise<Outcome> =>
  answer.then(
    (given) => ({ answer: given }),
    (refusal: unknown) => ({ refusal }),
  )

const codeOf = (outcome: Outcome): string | undefined =>
  'refusal' in outcome && outcome.refusal instanceof EtsError ? outcome.refusal.code : undefined

/** The answers, those of shards that had nothing to do left out. Errors: that of the first shard that failed. */
function allOf({ process }: EveryShard, outcomes: readonly (Outcome | undefined)[]): readonly Answer[] {
  const failed = outcomes.findIndex((outcome) => outcome !== undefined && 'refusal' in outcome)
  if (failed === -1)
    return outcomes.flatMap((outcome) =>
      outcome !== undefined && 'answer' in outcome ? [outcome.answer] : [],
    )
  const { refusal } = outcomes[failed] as { readonly refusal: unknown }
  const done = outcomes.flatMap((outcome, shard) =>
    outcome !== undefined && 'answer' in outcome ? [shardName(process, shard)] : [],
  )
  if (done.length === 0 || !(refusal instanceof EtsError)) throw refusal
  throw new EtsError('partial_failure', {
    done,
    failed: shardName(process, failed),
    cause: refusal.code,
    message: 'send the call again to have it done everywhere',
    ...('retryAfterMs' in refusal.details ? { retryAfterMs: refusal.details.retryAfterMs } : {}),
  })
}
