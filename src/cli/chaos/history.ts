/** What is written down during a drill: operations with their outcomes, and what happened to the service. */
import type { JournalMode } from '../../engine/options.ts'

/** What the rows under one key stand for. The first two are rows `[key, value]` of sets. */
export type Shape = 'register' | 'counter' | 'bag' | 'duplicate_bag'

/** One key of one table: what histories are checked for one by one. */
export interface Target {
  readonly table: string
  readonly key: string
  readonly shape: Shape
  readonly journal: JournalMode
}

/** Values are never used twice in a drill, so that a row tells which operation wrote it. */
export type Action =
  | { readonly kind: 'insert' | 'insert_new' | 'delete_object'; readonly value: string }
  | { readonly kind: 'increment' | 'delete' | 'take' | 'read' }

/** What an action answers: a value, a sorted list of values, whether it did something, or that it was done. */
export type Output = string | number | boolean | null | readonly string[]

export type Outcome =
  | { readonly kind: 'acknowledged'; readonly output: Output; readonly replayed: boolean }
  /** No answer, or none that says whether it took effect. */
  | { readonly kind: 'unknown' }
  /** An answer that no action of a drill should get. Whether it took effect is not relied on. */
  | { readonly kind: 'refused'; readonly answer: string }

export interface Recorded {
  /** Who called; `READER` when the rows were read back. */
  readonly client: number
  readonly target: Target
  readonly action: Action
  /** When each attempt was sent; the last one is the one that was acknowledged, if any was. */
  readonly sentMs: readonly number[]
  /** When the outcome was known; `Infinity` if it never was. */
  readonly returnedMs: number
  readonly outcome: Outcome
}

export const READER = 0

/** The service was away: no request that was sent before `goneMs` takes effect after it. */
export interface Outage {
  readonly kind: 'kill'
  readonly round: number
  /** When the signal was sent. */
  readonly beganMs: number
  /** When the process had ended. */
  readonly goneMs: number
  /** When its successor answered. */
  readonly backMs: number
}

export const invokedMs = ({ sentMs }: Recorded): number => sentMs[0] as number

export const isAcknowledged = ({ outcome }: Recorded): boolean => outcome.kind === 'acknowledged'

export const outputOf = ({ outcome }: Recorded): Output | undefined =>
  outcome.kind === 'acknowledged' ? outcome.output : undefined

/** The life of the service, from 0, in which a request that was sent at `sentMs` could take effect. */
export const lifeAt = (sentMs: number, outages: readonly Outage[]): number =>
  outages.filter(({ goneMs }) => goneMs < sentMs).length

/** The life in which the last attempt could take effect: the one of the answer, if there is one. */
export const lastLife = ({ sentMs }: Recorded, outages: readonly Outage[]): number =>
  lifeAt(sentMs.at(-1) as number, outages)

export const targetId = ({ table, key }: Target): string => `${table}/${key}`

/** One operation in a line, times from `startMs`. */
export function describe({ client, action, sentMs, returnedMs, outcome }: Recorded, startMs: number): string {
  const ms = (moment: number): string => (moment - startMs).toFixed(1)
  const span = `${ms(sentMs[0] as number)}–${returnedMs === Infinity ? '' : ms(returnedMs)} ms`
  const what = 'value' in action ? `${action.kind} ${action.value}` : action.kind
  const result = outcome.kind === 'acknowledged' ? JSON.stringify(outcome.output) : outcome.kind
  const attempts = sentMs.length > 1 ? ` (${sentMs.length} attempts)` : ''
  return `${client === READER ? 'reader' : `client ${client}`}  ${span}  ${what} -> ${result}${attempts}`
}
