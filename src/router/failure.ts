/** What a failed call to a Durable Object means: as a refusal, and to whoever called several. Source: "Error handling" of Durable Objects. */
import { EtsError } from '../engine/error.ts'

/** How long a caller should wait: a restart takes well under a second, an overload longer. */
const RESTART_RETRY_AFTER_MS = 1000
const OVERLOAD_RETRY_AFTER_MS = 2000

/** The refusal that a platform error stands for; an error that is none of the platform's comes back as it is. */
export function refusalOfFailure(error: unknown): unknown {
  if (says(error, 'overloaded')) return new EtsError('overloaded', { retryAfterMs: OVERLOAD_RETRY_AFTER_MS })
  const isRestart = says(error, 'durableObjectReset') || says(error, 'retryable')
  return isRestart ? new EtsError('restarting', { retryAfterMs: RESTART_RETRY_AFTER_MS }) : error
}

/** Whether the platform says that the same call may be served when it is made again. */
export const isRetryable = (error: unknown): boolean => says(error, 'retryable') && !says(error, 'overloaded')

/** Whether an owner has refused because it does not have the table. */
export const isMissingTable = (error: unknown): error is EtsError =>
  error instanceof EtsError && error.code === 'no_such_table'

const says = (error: unknown, what: 'overloaded' | 'durableObjectReset' | 'retryable'): boolean =>
  typeof error === 'object' &&
  error !== null &&
  what in error &&
  Boolean((error as Record<string, unknown>)[what])
