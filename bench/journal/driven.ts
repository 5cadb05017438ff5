/**
 * What a write costs when the callers are in the Worker: the same contenders without connections and HTTP, whose
 * cost would else be most of what is measured.
 */
import { type Spread, spreadOf } from '../spread.ts'
import { CONTENDERS, type Contender, DRIVEN_KEYS } from './contenders.ts'
import type { Service } from './service.ts'

const DRIVEN_CALLERS = 64

export interface DrivenLine {
  readonly contender: string
  readonly callers: number
  readonly perSecond: Spread
}

/** Measures the contenders by turns, and notes in `kept` what they acknowledged. */
export async function measureDriven(
  service: Service,
  rounds: number,
  kept: ReadonlyMap<string, Map<string, number>>,
): Promise<DrivenLine[]> {
  const contenders = CONTENDERS.filter(({ isHttp }) => !isHttp)
  const figures = contenders.map((contender) => ({ contender, perSecond: [] as number[] }))
  for (const { contender } of figures) await drive(service, contender, 1, kept)
  for (let round = 0; round < rounds; round++) {
    for (const { contender, perSecond } of round % 2 === 0 ? figures : figures.toReversed()) {
      perSecond.push(await drive(service, contender, round + 2, kept))
    }
  }
  return figures.map(({ contender: { name }, perSecond }) => ({
    contender: name,
    callers: DRIVEN_CALLERS,
    perSecond: spreadOf(perSecond),
  }))
}

/** Has every key written once; returns how many a second that were. */
async function drive(
  service: Service,
  { name, path }: Contender,
  number: number,
  kept: ReadonlyMap<string, Map<string, number>>,
): Promise<number> {
  const [, way = '', table = 'one'] = path('', 0).split('/')
  const beganMs = performance.now()
  await service.ask(`/drive/${way}/${table}/${DRIVEN_CALLERS}/${number}`)
  const tookMs = performance.now() - beganMs
  for (let caller = 0; caller < DRIVEN_CALLERS; caller++) {
    for (let i = 0; i < DRIVEN_KEYS; i++) kept.get(name)?.set(`d${caller}.${i}`, number)
  }
  return (1000 * DRIVEN_CALLERS * DRIVEN_KEYS) / tookMs
}
