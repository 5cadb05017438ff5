/**
 * Reads an export page by page and goes on where it broke, so that what is given is as if it never had.
 *
 * A page is given when its cursor or the last line has come: what comes after a break is never given twice.
 * Cursors are left out, as nobody needs them once the file is whole.
 */
import { CliError } from '../error.ts'
import { sleep } from '../sleep.ts'
import { refusalOf, type Send } from './service.ts'

/** Attempts without a page in between, and the wait before each: a service that restarts is back by then. */
const ATTEMPTS = 10
const RETRY_AFTER_MS = 500

export interface Page {
  /** Lines, each with its newline. */
  readonly text: string
  readonly rows: number
}

/** Errors: `CliError` for refusals, and when the service stays away. */
export async function* download(send: Send, table: string, onBreak: () => void): AsyncGenerator<Page> {
  let cursor: string | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) {
      onBreak()
      await sleep(RETRY_AFTER_MS)
    }
    try {
      for await (const { page, next } of pagesFrom(send, table, cursor)) {
        attempt = 0
        cursor = next
        yield page
        if (next === undefined) return
      }
    } catch (error) {
      if (error instanceof CliError) throw error
    }
  }
  throw new CliError('the connection broke too often; nothing more was exported')
}

/** The pages of one connection, each with the cursor behind it; the last page has none. */
async function* pagesFrom(
  send: Send,
  table: string,
  cursor: string | undefined,
): AsyncGenerator<{ readonly page: Page; readonly next: string | undefined }> {
  const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
  const response = await send(`/v1/tables/${encodeURIComponent(table)}/export${query}`)
  if (!response.ok) throw await refusalOf(response)
  let lines: string[] = []
  let rows = 0
  for await (const line of wholeLines(response)) {
    const mark = markOf(line)
    if (mark?.refused !== undefined) throw new CliError(`${mark.refused.code}: ${mark.refused.message}`)
    if (mark?.cursor === undefined) lines.push(`${line}\n`)
    if (mark === undefined) rows++
    if (mark?.cursor === undefined && mark?.end === undefined) continue
    yield { page: { text: lines.join(''), rows }, next: mark.cursor }
    lines = []
    rows = 0
  }
}

/** The lines of an answer; half a line, at the end of a broken connection, is none. */
async function* wholeLines({ body }: Response): AsyncGenerator<string> {
  const utf8 = new TextDecoder()
  let rest = ''
  for await (const chunk of body ?? []) {
    const lines = (rest + utf8.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() as string
    yield* lines
  }
}

/** A line that is no row, or `undefined`. */
const markOf = (line: string): Mark | undefined =>
  line.startsWith('[') || line.startsWith('{"row":') ? undefined : (JSON.parse(line) as Mark)

interface Mark {
  readonly cursor?: string
  readonly end?: true
  readonly refused?: { readonly code: string; readonly message: string }
}
