/**
 * A run: requests one after another, each answer judged, the world looked at before and after each refusal.
 *
 * The seed decides every request. Nothing goes anywhere but to a temporary service on this machine.
 */
import fc from 'fast-check'
import { type OpenApi, operationsOf } from './document.ts'
import { faultOfAnswer } from './judge.ts'
import { MAX_GROWTH_BYTES, Memory } from './memory.ts'
import { type FuzzRequest, requestsOf } from './requests.ts'
import { type FuzzedService, type Sight, World } from './world.ts'

/** Requests that are made at a time, before the world is furnished again. */
const CHUNK = 200
/** The platform puts an object away that was idle for ten seconds. */
const IDLE_MS = 8_000
/** Of different kinds. Beyond that nobody reads on. */
const MAX_FINDINGS = 10

export interface Finding {
  readonly what: string
  readonly request: string
}

export interface Figures {
  readonly seed: number
  readonly requests: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly findings: number
  /** The most memory that workerd took, and by how much it grew; `null` where the run was too short to tell. */
  readonly memoryBytes: number
  readonly growthBytes: number | null
  readonly durationMs: number
}

export interface FuzzResult {
  readonly figures: Figures
  readonly findings: readonly Finding[]
}

export async function fuzzRun(service: FuzzedService, seed: number, requests: number): Promise<FuzzResult> {
  const startMs = performance.now()
  const world = new World(service)
  await world.people()
  const document = await world.document<OpenApi>()
  const arbitrary = requestsOf(operationsOf(document))
  const byStatus: Record<string, number> = {}
  const findings: Finding[] = []
  const memory = new Memory()
  let sent = 0
  for (let chunk = 0; sent < requests && findings.length < MAX_FINDINGS; chunk++) {
    await world.furnish()
    const count = Math.min(CHUNK, requests - sent)
    let before = await world.look()
    for (const request of fc.sample(arbitrary, { seed: (seed + chunk * 7919) | 0, numRuns: count })) {
      sent++
      const { status, what } = await judged(world, request, document)
      byStatus[status] = (byStatus[status] ?? 0) + 1
      const after = await world.look()
      const mustStay = isRefusal(status) && !mayChangeAllTheSame(request, status)
      const hasChanged = mustStay && after.state !== before.state
      const changed = hasChanged ? `it is ${status} and changed something` : undefined
      const crashed = hasCrashed(before, after) ? 'a process ended' : undefined
      before = after
      const found = what ?? crashed ?? changed
      if (found !== undefined && !findings.some(({ what }) => what === found)) {
        findings.push({ what: found, request: textOf(request) })
      }
      if (findings.length >= MAX_FINDINGS) break
    }
    memory.sample(service.pid)
  }
  const { growthBytes = null, mostBytes: memoryBytes } = memory
  if (growthBytes !== null && growthBytes > MAX_GROWTH_BYTES)
    findings.push({ what: `workerd grew by ${growthBytes} bytes`, request: 'all of them together' })
  const durationMs = Math.round(performance.now() - startMs)
  const found = findings.length
  const figures = { seed, requests: sent, byStatus, findings: found, memoryBytes, growthBytes, durationMs }
  return { figures, findings }
}

async function judged(world: World, request: FuzzRequest, document: OpenApi) {
  try {
    const answer = await world.send(request)
    return { status: answer.status, what: faultOfAnswer(request, answer, document) }
  } catch (error) {
    return { status: 0, what: `there is no answer: ${error instanceof Error ? error.message : error}` }
  }
}

/** Each look wakes every process, so none is idle long enough to be put away between two, unless the machine stalls. */
const hasCrashed = (before: Sight, after: Sight): boolean =>
  after.restarts > before.restarts && after.atMs - before.atMs < IDLE_MS

/** Whether a status says that nothing was done: the request was wrong, or the table was full. */
const isRefusal = (status: number): boolean => (status >= 400 && status < 500) || status === 507

/** Showing a token of a session that was replaced ends the session, and is refused. */
const mayChangeAllTheSame = ({ path, headers }: FuzzRequest, status: number): boolean =>
  status === 404 && path.startsWith('/v1/sessions/') && headers['Session-Token'] !== undefined

/** A request as a line or two that a person can send again. */
function textOf({ method, path, headers, body, credential }: FuzzRequest): string {
  const short = (text: string): string =>
    text.length > 600 ? `${text.slice(0, 600)}… (${text.length})` : text
  const fields = Object.entries(headers).map(([name, value]) => ` ${name}: ${short(value)}`)
  return `${method} ${short(path)} as ${credential}${fields.join('')}${body === undefined ? '' : `\n${short(body)}`}`
}
