/** The targets that the design sets for the engine, and how the figures of a run stand to them. */

import type { Target } from '../markdown.ts'
import type { Verb } from './contender.ts'
import type { Line } from './rounds.ts'

interface RatioTarget {
  readonly what: string
  readonly type: Line['type']
  readonly verbs: readonly Verb[]
  readonly ours: string
  readonly against: string
  readonly atLeast: number
}

const ONLY_TTL = 'time to live only; see the bench of the cache'

const SET_TARGETS = (['insert', 'replace', 'lookup', 'updateCounter', 'delete'] as const).map((verb) => ({
  what: `\`set\`: ${verb} against native ETS`,
  type: 'set' as const,
  verbs: [verb],
  ours: 'ours',
  against: 'native ETS',
  atLeast: 1.5,
}))

const ORDERED_TARGETS = (['insert', 'lookup', 'next', 'range'] as const).map((verb) => ({
  what: `\`ordered_set\`: ${verb} against native ETS`,
  type: 'ordered_set' as const,
  verbs: [verb],
  ours: 'ours',
  against: 'native ETS',
  atLeast: 1.2,
}))

const RATIO_TARGETS: readonly RatioTarget[] = [
  ...SET_TARGETS,
  {
    what: `get and put with a deadline against \`lru-cache\` with ttl (${ONLY_TTL})`,
    type: 'set',
    verbs: ['insert', 'replace', 'lookup'],
    ours: 'ours, ttl',
    against: 'lru-cache, ttl',
    atLeast: 1.2,
  },
  ...ORDERED_TARGETS,
]

const COUNT_TARGET: RatioTarget = {
  what: '`selectCount` with a guard against native ETS, largest table',
  type: 'set',
  verbs: ['selectCount'],
  ours: 'ours',
  against: 'native ETS',
  atLeast: 2,
}

const MAX_HEAP_RATIO = 1.35

/** Every target; a ratio is reached where every size and kind of key reaches it. */
export function targetsOf(lines: readonly Line[], heapRatio: number): Target[] {
  const largest = Math.max(...lines.map(({ size }) => size))
  return [
    ...RATIO_TARGETS.map((target) => judged(target, lines)),
    judged(
      COUNT_TARGET,
      lines.filter(({ size }) => size === largest),
    ),
    {
      what: 'memory of a row of 100 bytes with a deadline against a bare `Map`',
      reach: `≤ ${MAX_HEAP_RATIO}×`,
      found: times(heapRatio),
      isReached: heapRatio <= MAX_HEAP_RATIO,
    },
  ]
}

function judged({ what, type, verbs, ours, against, atLeast }: RatioTarget, lines: readonly Line[]): Target {
  const reach = `≥ ${atLeast}×`
  const ratios = lines
    .filter((line) => line.type === type && verbs.includes(line.verb) && line.contender === ours)
    .map((line) => ratioTo(lines, line, against))
    .filter((ratio) => ratio !== undefined)
  if (ratios.length === 0) return { what, reach, found: `no ${against} here`, isReached: undefined }
  const lowest = Math.min(...ratios)
  const reached = ratios.filter((ratio) => ratio >= atLeast).length
  return {
    what,
    reach,
    found: `mean ${times(geometricMean(ratios))}, lowest ${times(lowest)}, ${reached} of ${ratios.length} cells`,
    isReached: reached === ratios.length,
  }
}

/** How many times as long `against` took for the same as `line`. */
export function ratioTo(lines: readonly Line[], line: Line, against: string): number | undefined {
  const other = lines.find(
    ({ type, kind, size, verb, contender }) =>
      contender === against &&
      type === line.type &&
      kind === line.kind &&
      size === line.size &&
      verb === line.verb,
  )
  return other === undefined ? undefined : other.ns.median / line.ns.median
}

export const times = (ratio: number): string => `${ratio.toFixed(2)}×`

const geometricMean = (ratios: readonly number[]): number =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
