/** Deadlines on the clock of the router. */
import { EtsError } from '../engine/error.ts'

interface Timed {
  readonly untilMs: number
  readonly timeoutMs: number
}

export const isSpent = ({ untilMs }: Timed, nowMs: number): boolean => nowMs >= untilMs

/** The time that is left. Errors: `deadline_exceeded` when there is none. */
export function leftOf(timed: Timed, nowMs: number): number {
  if (isSpent(timed, nowMs)) throw late(timed)
  return timed.untilMs - nowMs
}

/** What `work` gives, if that is in time. Errors: `deadline_exceeded`; what `work` did then is unknown. */
export function inTime<T>(
  work: Promise<T>,
  timed: Timed,
  later: (work: () => void, delayMs: number) => () => void,
  nowMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = later(() => reject(late(timed)), timed.untilMs - nowMs)
    work.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error) => {
        cancel()
        reject(error)
      },
    )
  })
}

const late = ({ timeoutMs }: Timed): EtsError => new EtsError('deadline_exceeded', { timeoutMs })
