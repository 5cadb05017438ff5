/** Plays a scenario and writes down what was asked and answered, without anything that varies. */
import type { Step } from './scenario.ts'

export interface Service {
  readonly url: string
  readonly key: string
}

export async function play(steps: readonly Step[], service: Service): Promise<string> {
  const parts: string[] = []
  for (const step of steps) parts.push(await playStep(step, service))
  return parts.join('\n')
}

async function playStep(step: Step, { url, key }: Service): Promise<string> {
  const body =
    typeof step.body === 'string' || step.body === undefined ? step.body : JSON.stringify(step.body)
  const response = await fetch(url + step.path, {
    method: step.method,
    headers: step.anonymous ? {} : { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body }),
  })
  const lines = [`# ${step.title}`, `${step.method} ${step.path}${body === undefined ? '' : ` ${body}`}`]
  lines.push(`${response.status}${stateOf(response)} ${withoutInstance(await response.text())}`, '')
  return lines.join('\n')
}

/** The numbers that say which state of the process an answer shows. */
function stateOf({ headers }: Response): string {
  const seq = headers.get('ets-seq')
  return seq === null ? '' : ` (seq ${seq}, incarnation ${headers.get('ets-incarnation')})`
}

/** A problem names its request, which is different each time. */
const withoutInstance = (body: string): string => body.replace(/,"instance":"[^"]*"/, '')
