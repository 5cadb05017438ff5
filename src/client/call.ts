/** Calls: operations that know the type of their answer, and the batch that runs several as one turn. */
import type { RawOperation } from '../protocol/operation.ts'
import type { Tables } from '../protocol/tables.ts'

/** One operation that waits to be run, and how to read its answer. */
export interface Call<T> extends RawOperation {
  readonly op: string
  read(value: unknown): T
  /** What it needs of time, where that is more than a call usually has. */
  readonly timeoutMs?: number
}

/** What a call may take beside waiting. */
const CALL_MS = 5_000

/** The time that a call needs which may wait for so long. */
export const timeoutWith = (waitMs: number): number => waitMs + CALL_MS

/** What calls answer, one by one. */
export type Answers<Calls extends readonly Call<unknown>[]> = {
  -readonly [I in keyof Calls]: Calls[I] extends Call<infer T> ? T : never
}

/**
 * Runs calls on the tables of one process in order, all or none.
 *
 * Shape:  what each call answers, as a tuple.
 * Errors: the refusal of the first call that fails, with its `index`; nothing has changed then.
 */
export async function runBatch<const Calls extends readonly Call<unknown>[]>(
  tables: Tables,
  calls: Calls,
): Promise<Answers<Calls>> {
  const timeoutMs = Math.max(...calls.map((call) => call.timeoutMs ?? 0))
  const { values } = await tables.run(
    calls.map(({ table, op, args }) => ({ table, op, args })),
    timeoutMs === 0 ? {} : { timeoutMs },
  )
  // The mapped type says the same as this loop, which TypeScript cannot see.
  return calls.map((call, i) => call.read(values[i])) as Answers<Calls>
}
