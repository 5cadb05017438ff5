/** Reads a body of at most `MAX_BODY_BYTES`; one of unknown length is counted while it is read. */
import { EtsError } from '../engine/error.ts'
import { parseJson } from '../protocol/json.ts'
import { MAX_BODY_BYTES } from '../protocol/limits.ts'
import { BodyRoom, type TakeRoom } from './body-room.ts'
import { brokenOff, chunksOf, join } from './lines.ts'

/** The body as JSON, or `undefined` when there is none. Errors: `too_large`, `bad_request`. */
export async function readJson(request: Request): Promise<unknown> {
  const text = decode(await readBytes(request))
  if (text === '') return undefined
  try {
    return parseJson(text)
  } catch (error) {
    throw error instanceof EtsError ? error : new EtsError('bad_request', { message: 'the body is not JSON' })
  }
}

/** Of all requests of the isolate. */
const room = new BodyRoom(Date.now)

/**
 * The body. Errors: `too_large`, before more than that is read; `bad_request` where it breaks off; `overloaded` while
 * too many others are read.
 */
export async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (Number(announced) > MAX_BODY_BYTES) throw tooLarge()
  // HTTP ends a body at its announced length, so one that fits needs no counting.
  if (announced !== null) return room.during((take) => readWhole(request, Number(announced), take))
  const { body } = request
  return body === null ? new Uint8Array() : room.during((take) => readCounting(body, take))
}

async function readWhole(request: Request, length: number, take: TakeRoom): Promise<Uint8Array> {
  take(length)
  const bytes = await request.arrayBuffer().catch(() => {
    throw brokenOff()
  })
  return new Uint8Array(bytes)
}

async function readCounting(body: ReadableStream<Uint8Array>, take: TakeRoom): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunksOf(body)) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) throw tooLarge()
    take(chunk.byteLength)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : join(chunks)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new EtsError('bad_request', { message: 'the body is not UTF-8' })
  }
}

const tooLarge = (): EtsError => new EtsError('too_large', { what: 'body', limit: MAX_BODY_BYTES })
