/** Whole tables as streams: pages of an export as they are wanted, lines of an import as they come. */
import { EtsError } from '../engine/error.ts'
import { type FileRow, refusedLine, TableFileReader } from '../protocol/table-file.ts'
import type { ExportPage, Imported, Transfers } from '../protocol/transfers.ts'
import { drain, linesOf } from './lines.ts'

/** Rows that are sent to the owner together: few enough for a turn of some milliseconds. */
const BATCH_ROWS = 1000
/** Characters of them. */
const BATCH_LENGTH = 256_000

/**
 * The lines of a page and of those behind it. A page is asked for when the one before was taken.
 *
 * Errors: a refusal becomes the last line, as the answer has begun; any other failure breaks the stream.
 */
export function exportStream(
  transfers: Transfers,
  table: string,
  first: ExportPage,
): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder()
  let cursor = first.cursor
  const next = async (): Promise<Pick<ExportPage, 'lines' | 'cursor'>> => {
    try {
      return await transfers.exportPage(table, cursor ?? undefined)
    } catch (error) {
      if (!(error instanceof EtsError)) throw error
      const { message = error.message } = error.details as { message?: string }
      return { lines: refusedLine(error.code, message), cursor: null }
    }
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(utf8.encode(first.lines))
      if (cursor === null) controller.close()
    },
    async pull(controller) {
      const page = await next()
      controller.enqueue(utf8.encode(page.lines))
      cursor = page.cursor
      if (cursor === null) controller.close()
    },
  })
}

/**
 * Reads a file and imports it, all or nothing.
 *
 * Errors: `bad_request` that names the line, `too_large` for a line, and those of `Transfers`.
 */
export async function importStream(
  transfers: Transfers,
  table: string,
  body: ReadableStream<Uint8Array>,
  replaces: boolean,
): Promise<Imported> {
  const reader = new TableFileReader()
  const batch = new Batch()
  let id: string | undefined
  try {
    for await (const line of linesOf(body)) {
      const row = reader.read(line)
      if (reader.header !== undefined) {
        id ??= await transfers.beginImport(table, reader.header.options, replaces)
      }
      if (row !== undefined) batch.add(row, line.length)
      if (batch.isFull && id !== undefined) await transfers.importRows(table, id, batch.take())
    }
    reader.finish()
    // `finish` has refused a file without a header, with which an import begins.
    const begun = id as string
    await transfers.importRows(table, begun, batch.take())
    return await transfers.finishImport(table, begun, replaces)
  } catch (error) {
    // Where this fails too, the owner drops it when nobody has asked for it for a while.
    if (id !== undefined) await transfers.dropImport(table, id).catch(() => {})
    await drain(body).catch(() => {})
    throw error
  }
}

/** Rows that wait to be sent. */
class Batch {
  #rows: FileRow[] = []
  #length = 0

  get isFull(): boolean {
    return this.#rows.length >= BATCH_ROWS || this.#length >= BATCH_LENGTH
  }

  add(row: FileRow, length: number): void {
    this.#rows.push(row)
    this.#length += length
  }

  take(): readonly FileRow[] {
    const rows = this.#rows
    this.#rows = []
    this.#length = 0
    return rows
  }
}
