/**
 * The drill: how much a service serves when more is offered than it can take.
 *
 * The capacity is what callers get who each wait for their answer. Then arrivals come at parts and multiples of it,
 * whatever becomes of them, and at last the same callers again. Rounds are repeated, as machines are noisy; each
 * figure is the median of the rounds.
 */
import type { TemporaryService } from '../temporary-service.ts'
import type { LoadProcess } from './load-process.ts'
import { Meter, type Reading } from './meter.ts'
import type { Load, Phase, PhaseFigures } from './phase.ts'
import { furnish, type Mix } from './world.ts'

export interface Plan {
  /** Multiples of the capacity. */
  readonly steps: readonly number[]
  readonly stepMs: number
  readonly rounds: number
  readonly inFlight: number
}

export interface Line extends PhaseFigures, Reading {}

export interface Course {
  readonly mix: Pick<Mix, 'name' | 'limit' | 'isFloor'>
  /** Callers at which the most was served, and how much that was. */
  readonly callers: number
  readonly capacity: number
  /** By round: the callers before the steps, each step, and the callers after them. */
  readonly rounds: readonly Round[]
}

export interface Round {
  readonly before: Line
  readonly steps: readonly Line[]
  readonly after: Line
}

/** With fewer the service waits for them, with more it serves no more; which of them serves most depends on the machine. */
const CALLERS = [16, 64, 256]
/** Of a phase: connections are opened and queues fill. */
const SETTLE_SHARE = 0.25
/** The code of the Worker is compiled while it runs. */
const WARM_UP_MS = 1_500

export async function drill(
  service: TemporaryService,
  generator: LoadProcess,
  plan: Plan,
  onPhase: (what: string) => void,
): Promise<readonly Course[]> {
  const courses: Course[] = []
  for (const mix of await furnish(service)) {
    const run = async (what: string, load: Load, durationMs = plan.stepMs): Promise<Line> => {
      onPhase(`${mix.name}: ${what}`)
      const meter = new Meter(service.pid)
      const { requests } = mix
      const bystanders = load.kind === 'open' ? mix.bystanders : []
      const settleMs = durationMs * SETTLE_SHARE
      const phase: Phase = { url: service.url, load, durationMs, settleMs, requests, bystanders }
      const figures = await generator.run(phase)
      return { ...figures, ...meter.stop() }
    }
    const closed = (callers: number, durationMs?: number): Promise<Line> =>
      run(`${callers} callers`, { kind: 'closed', callers }, durationMs)
    await closed(64, WARM_UP_MS)
    let [callers, capacity] = [0, 0]
    for (const each of CALLERS) {
      const { goodput } = await closed(each)
      if (goodput > capacity) [callers, capacity] = [each, goodput]
    }
    const rounds: Round[] = []
    for (let round = 0; round < plan.rounds; round++) {
      const before = await closed(callers)
      const steps: Line[] = []
      for (const step of plan.steps) {
        const perSecond = Math.max(1, Math.round(step * capacity))
        steps.push(await run(`${step} × capacity`, { kind: 'open', perSecond, inFlight: plan.inFlight }))
      }
      rounds.push({ before, steps, after: await closed(callers) })
    }
    const { name, limit, isFloor } = mix
    courses.push({ mix: { name, limit, isFloor }, callers, capacity, rounds })
  }
  return courses
}
