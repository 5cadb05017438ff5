/**
 * Replays conformance vectors, cases of steps whose outcomes real ETS gave, against the engine.
 *
 * What is `badarg` in ETS is a refusal of one of four codes here; any of them counts, as it does in Erlang.
 */
import { Database } from '../../engine/database.ts'
import { type ErrorCode, EtsError } from '../../engine/error.ts'
import type { Term } from '../../engine/term.ts'
import type { EpochMs } from '../../engine/time.ts'
import { checkCall } from '../../protocol/operation.ts'
import { type Comparison, isAsRecorded } from './compare.ts'

export interface Case {
  readonly id: string
  readonly table?: Term
  readonly steps: readonly Step[]
}

interface Step {
  readonly op: string
  readonly on?: string
  readonly args: readonly Term[]
  readonly result?: Term
  readonly compare?: Comparison
  readonly error?: 'badarg'
  readonly why?: string
}

export interface Difference {
  readonly id: string
  /** From 1. */
  readonly step: number
  readonly operation: string
  readonly recorded: string
  readonly found: string
}

/** The table that the steps of a case work on when they name none. */
const TABLE = 'table'
/** Nothing in the vectors depends on time. */
const NOW = 0 as EpochMs

const BADARG: readonly ErrorCode[] = ['badarg', 'no_such_table', 'table_exists', 'no_such_key']

/** The steps of a case whose outcome is not the recorded one. */
export function replay({ id, table, steps }: Case): Difference[] {
  const database = new Database()
  if (table !== undefined) database.run([{ table: TABLE, op: 'new', args: [table] }], NOW)
  return steps.flatMap((step, i) => {
    const found = outcomeOf(database, step)
    if (isExpected(step, found)) return []
    return [
      {
        id,
        step: i + 1,
        operation: describe(step),
        recorded: recordedOf(step),
        found: JSON.stringify(found),
      },
    ]
  })
}

type Outcome = { readonly result: Term } | { readonly error: string; readonly why?: string }

function outcomeOf(database: Database, { op, on = TABLE, args }: Step): Outcome {
  try {
    return { result: database.run([{ table: on, ...checkCall(op, args) }], NOW)[0] as Term }
  } catch (error) {
    if (!(error instanceof EtsError)) return { error: String(error) }
    const { why } = error.details as { why?: string }
    return BADARG.includes(error.code)
      ? { error: 'badarg', ...(why === undefined ? {} : { why }) }
      : { error: error.code }
  }
}

function isExpected({ args, result, compare = 'exact', error }: Step, found: Outcome): boolean {
  if (error !== undefined) return 'error' in found && found.error === error
  return 'result' in found && isAsRecorded(result as Term, found.result, compare, args.at(-1) as number)
}

const describe = ({ op, on, args }: Step): string =>
  `${on === undefined ? '' : `${on}: `}${op} ${JSON.stringify(args)}`

const recordedOf = ({ result, error, why }: Step): string =>
  JSON.stringify(error === undefined ? { result } : { error, why })
