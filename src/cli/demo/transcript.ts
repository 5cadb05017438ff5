/** Plays a scenario and writes down what was asked and answered, without anything that varies. */
import type { TemporaryService } from '../temporary-service.ts'
import type { CrashStep, RequestStep, Step } from './scenario.ts'

export async function play(steps: readonly Step[], service: TemporaryService): Promise<string> {
  const parts: string[] = []
  for (const step of steps) {
    parts.push('crash' in step ? await playCrash(step, service) : await playRequest(step, service))
  }
  return parts.join('\n')
}

async function playCrash({ title }: CrashStep, service: TemporaryService): Promise<string> {
  await service.crash()
  return `# ${title}\nkill -9, and a new start on the same folder\n`
}

async function playRequest(step: RequestStep, { url, key }: TemporaryService): Promise<string> {
  const body =
    typeof step.body === 'string' || step.body === undefined ? step.body : JSON.stringify(step.body)
  const response = await fetch(url + step.path, {
    method: step.method,
    headers: {
      ...(step.anonymous ? {} : { authorization: `Bearer ${key}` }),
      ...(step.idempotencyKey === undefined ? {} : { 'idempotency-key': step.idempotencyKey }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const under = step.idempotencyKey === undefined ? '' : ` (Idempotency-Key: ${step.idempotencyKey})`
  const lines = [
    `# ${step.title}`,
    `${step.method} ${step.path}${under}${body === undefined ? '' : ` ${body}`}`,
  ]
  lines.push(`${response.status}${stateOf(response)} ${steady(await response.text())}`, '')
  return lines.join('\n')
}

/** The numbers that say which state of the process an answer shows. */
function stateOf({ headers }: Response): string {
  const seq = headers.get('ets-seq')
  if (seq === null) return ''
  const replayed = headers.has('idempotency-replayed') ? ', replayed' : ''
  return ` (seq ${seq}, incarnation ${headers.get('ets-incarnation')}${replayed})`
}

/** The body without what is different each time: the name of the request, moments and durations. */
const steady = (body: string): string =>
  body.replace(/,"instance":"[^"]*"/, '').replace(/"(startedAtMs|durationMs)":\d+/g, '"$1":…')
