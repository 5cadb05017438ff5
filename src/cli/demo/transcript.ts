/** Plays a scenario and writes down what was asked and answered, without anything that varies. */
import type { TemporaryService } from '../temporary-service.ts'
import type { CrashStep, RequestStep, Step } from './scenario.ts'

export async function play(steps: readonly Step[], service: TemporaryService): Promise<string> {
  const parts: string[] = []
  const tokens = new Map<string, string>()
  for (const step of steps) {
    parts.push('crash' in step ? await playCrash(step, service) : await playRequest(step, service, tokens))
  }
  return parts.join('\n')
}

async function playCrash({ title }: CrashStep, service: TemporaryService): Promise<string> {
  await service.crash()
  return `# ${title}\nkill -9, and a new start on the same folder\n`
}

async function playRequest(
  step: RequestStep,
  { url, key }: TemporaryService,
  tokens: Map<string, string>,
): Promise<string> {
  const body =
    typeof step.body === 'string' || step.body === undefined ? step.body : JSON.stringify(step.body)
  const response = await fetch(url + step.path, {
    method: step.method,
    headers: {
      ...(step.anonymous ? {} : { authorization: `Bearer ${key}` }),
      ...(step.idempotencyKey === undefined ? {} : { 'idempotency-key': step.idempotencyKey }),
      ...(step.session === undefined ? {} : { 'session-token': tokens.get(step.session) ?? '' }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  if (step.issues !== undefined) tokens.set(step.issues, /"token":"([^"]*)"/.exec(text)?.[1] ?? '')
  const lines = [
    `# ${step.title}`,
    `${step.method} ${step.path}${headersOf(step)}${body === undefined ? '' : ` ${body}`}`,
  ]
  lines.push(`${response.status}${stateOf(response)} ${steady(text)}`, '')
  return lines.join('\n')
}

/** What is sent besides the key, tokens by the names that they were issued for. */
function headersOf({ idempotencyKey, session }: RequestStep): string {
  if (idempotencyKey !== undefined) return ` (Idempotency-Key: ${idempotencyKey})`
  return session === undefined ? '' : ` (Session-Token: that of the ${session})`
}

/** The numbers that say which state of the process an answer shows. */
function stateOf({ headers }: Response): string {
  const seq = headers.get('ets-seq')
  if (seq === null) return ''
  const replayed = headers.has('idempotency-replayed') ? ', replayed' : ''
  return ` (seq ${seq}, incarnation ${headers.get('ets-incarnation')}${replayed})`
}

/** The body without what is different each time: the name of the request, moments, durations, tokens and ids. */
const steady = (body: string): string =>
  body
    .replace(/,"instance":"[^"]*"/, '')
    .replace(/"(\w*[aA]tMs|durationMs)":\d+/g, '"$1":…')
    // An epoch is a moment where it was raised.
    .replace(/"version":\d{13}/, '"version":…')
    .replace(/"(token|csrfToken)":"[\w-]+"/g, '"$1":"…"')
    .replace(/"id":"[\w-]{22}"/g, '"id":"…"')
