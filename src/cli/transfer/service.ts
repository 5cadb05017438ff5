/** The service that a command speaks to, and how what it refuses is said. */
import { knownKey } from '../admin-key.ts'
import { CliError } from '../error.ts'

export interface ServiceFlags {
  readonly url: string
  readonly key?: string
}

/** Sends a request to the service. Errors: `TypeError`, as `fetch` throws it, when there is no connection. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>

/** Errors: `CliError` for what is no URL, and without a key. */
export function serviceOf({ url, key = knownKey() }: ServiceFlags): Send {
  if (!URL.canParse(url)) throw new CliError(`${JSON.stringify(url)} is not a URL`)
  if (key === undefined) throw new CliError('no key: give --key, or set ADMIN_KEY')
  return (path, init = {}) =>
    fetch(new URL(path, url), { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } })
}

/** The value that the service answers with. Errors: `CliError` with what it refuses. */
export async function askService(
  flags: ServiceFlags,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const answer = await answered(serviceOf(flags)(path, init), flags.url)
  if (!answer.ok) throw await refusalOf(answer)
  return ((await answer.json()) as { value: unknown }).value
}

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

/** What a problem says, in a sentence. */
export async function refusalOf(response: Response): Promise<CliError> {
  const { code, title, detail } = (await response.json().catch(() => ({}))) as Partial<Record<string, string>>
  if (code === undefined) return new CliError(`the service answered with status ${response.status}`)
  return new CliError(`${code}: ${detail ?? title}`)
}

/** What `send` answers. Errors: `CliError` when there is no answer. */
export async function answered(answer: Promise<Response>, url: string): Promise<Response> {
  return answer.catch(() => {
    throw new CliError(`there is no answer from ${url}`)
  })
}

/** Errors: `CliError` for a service that is away or does not know the key, before any of a file is read or written. */
export async function reach(send: Send, url: string): Promise<void> {
  const answer = await answered(send('/openapi.json'), url)
  if (!answer.ok) throw await refusalOf(answer)
  await answer.body?.cancel()
}
