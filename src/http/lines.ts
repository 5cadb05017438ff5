/** Lines of a body as they come, of bounded length, so that memory stays bounded. */
import { EtsError } from '../engine/error.ts'
import { damagedLine } from '../protocol/table-file.ts'

/** Rows that were stored are at most 1 MiB, but queries can make longer ones; half of what is passed between objects. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

const NEWLINE = 0x0a

/**
 * Each line without its newline; a last line may lack it. Who stops early may read on: see {@link drain}.
 *
 * Errors: `too_large` for a line that is too long, `bad_request` for one that is not UTF-8 or breaks off.
 */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let number = 0
  const decode = (bytes: Uint8Array): string => {
    number++
    try {
      return utf8.decode(bytes)
    } catch {
      throw damagedLine(number, 'it is not UTF-8')
    }
  }
  /** The beginning of a line whose end has not come yet. */
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for await (const chunk of chunksOf(body, { preventCancel: true })) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, at)
      checkLength(begunBytes + rest.byteLength)
      yield decode(begun.length === 0 ? rest : join([...begun, rest]))
      begun = []
      begunBytes = 0
      from = at + 1
    }
    if (from === chunk.byteLength) continue
    begun.push(chunk.subarray(from))
    begunBytes += chunk.byteLength - from
    checkLength(begunBytes)
  }
  if (begunBytes > 0) yield decode(join(begun))
}

function checkLength(bytes: number): void {
  if (bytes > MAX_LINE_BYTES)
    throw new EtsError('too_large', { what: 'bytes of a line', limit: MAX_LINE_BYTES })
}

/** More than the file of any table that fits into the memory of its process. */
const MAX_DRAINED_BYTES = 1024 ** 3

/**
 * Reads what is left of a body and forgets it. Most clients look for an answer only when all is sent: one that is
 * refused in the middle would see a broken connection in the place of the reason.
 */
export async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MAX_DRAINED_BYTES) return
  }
}

/** The chunks of a body as they come. Errors: `bad_request` where it breaks off. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  options: { readonly preventCancel?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  try {
    yield* body.values(options)
  } catch {
    throw brokenOff()
  }
}

/** Nobody will read this: it is told apart from a failure of ours, in the log. */
export const brokenOff = (): EtsError => new EtsError('bad_request', { message: 'the body broke off' })

/** Chunks as one. */
export function join(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
