/** When verbs run, and what their methods give for that. */
import type { Call } from './call.ts'

/** When a verb runs: when it is called, or with the batch that its call is put into. */
export type When = 'now' | 'in a batch'

/** What a verb gives: a promise of its answer, or the call that will have it. */
export type Given<At extends When, T> = At extends 'now' ? Promise<T> : Call<T>
