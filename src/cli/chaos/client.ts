/**
 * A caller that does not give up at once: one logical operation, sent again with the same idempotency key until
 * it is answered or its patience ends.
 *
 * Limits: `MAX_ATTEMPTS` within `PATIENCE_MS`, each no longer than `TIMEOUT_MS`.
 */
import { sleep } from '../sleep.ts'
import { type Answer, outputFrom, requestOf, type Send } from './exchange.ts'
import type { Action, Outcome, Recorded, Target } from './history.ts'
import type { Random } from './random.ts'

export interface Operation {
  readonly client: number
  readonly target: Target
  readonly action: Action
  readonly idempotencyKey: string
  readonly manner: Manner
}

/**
 * How it is called: `steady`; `hasty` stops waiting for the first answer after a moment and asks again; `careless`
 * is hasty and does not ask again; `twice` sends the first request two times at once; `late` loses the first
 * answer and asks again after a while, so that some ask on the other side of a crash.
 */
export type Manner = 'steady' | 'hasty' | 'careless' | 'twice' | 'late'

const TIMEOUT_MS = 2000
const HASTE_MS = { min: 1, max: 4 }
const BACK_OFF_MS = { min: 10, max: 80 }
const LATE_MS = { min: 100, max: 1200 }
export const PATIENCE_MS = 15_000
export const MAX_ATTEMPTS = 400

/** Refusals that say nothing about the operation but to ask again. */
const RETRYABLE = ['restarting', 'overloaded', 'rate_limited', 'deadline_exceeded']

export async function perform(operation: Operation, send: Send, random: Random): Promise<Recorded> {
  const { client, target, action, manner } = operation
  const sentMs: number[] = []
  const record = (outcome: Outcome, returnedMs: number): Recorded => ({
    client,
    target,
    action,
    sentMs,
    returnedMs,
    outcome,
  })
  const giveUpMs = performance.now() + PATIENCE_MS
  while (sentMs.length < MAX_ATTEMPTS && performance.now() < giveUpMs) {
    const isFirst = sentMs.length === 0
    const isHasty = isFirst && (manner === 'hasty' || manner === 'careless')
    const timeoutMs = isHasty ? random.int(HASTE_MS.min, HASTE_MS.max) : TIMEOUT_MS
    sentMs.push(performance.now())
    const { answer, answeredMs } = await attempt(operation, send, timeoutMs, isFirst && manner === 'twice')
    const isLate = isFirst && manner === 'late'
    const outcome = answer === undefined ? undefined : outcomeOf(operation, answer)
    const isLost = isLate && outcome?.kind === 'acknowledged'
    if (outcome !== undefined && !isLost) return record(outcome, answeredMs)
    if (manner === 'careless') break
    const { min, max } = isLate ? LATE_MS : BACK_OFF_MS
    await sleep(random.int(min, max))
  }
  return record({ kind: 'unknown' }, Infinity)
}

/** The first answer; returns when nothing of the attempt is under way any more. */
async function attempt(
  { target, action, idempotencyKey }: Operation,
  send: Send,
  timeoutMs: number,
  twice: boolean,
): Promise<{ answer: Answer | undefined; answeredMs: number }> {
  const exchange = {
    ...requestOf(target, action),
    ...(action.kind === 'read' ? {} : { idempotencyKey }),
    timeoutMs,
  }
  let answeredMs = Infinity
  const sendOnce = async (): Promise<Answer> => {
    const answer = await send(exchange)
    answeredMs = Math.min(answeredMs, performance.now())
    return answer
  }
  const sent = twice ? [sendOnce(), sendOnce()] : [sendOnce()]
  const answer = await Promise.any(sent).catch(() => undefined)
  await Promise.allSettled(sent)
  return { answer, answeredMs }
}

/** `undefined` where asking again is what there is to do. */
function outcomeOf({ target, action }: Operation, { status, body, replayed }: Answer): Outcome | undefined {
  if (status >= 200 && status < 300) {
    const output = outputFrom(target, action, body)
    if (output !== undefined) return { kind: 'acknowledged', output, replayed }
  } else if (RETRYABLE.includes((body as { code?: string } | null)?.code ?? '')) return undefined
  return { kind: 'refused', answer: `${status} ${JSON.stringify(body)}` }
}
