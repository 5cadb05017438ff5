/**
 * Raw entries: bytes of a media type as values of a cache, and back as they came.
 *
 * JSON that is written as compactly as JSON can be is the value itself, so verbs and raw requests share it. Other
 * JSON is kept as its text, which verbs parse; other text as itself; what is no UTF-8 in base64, a third longer.
 */
import type { Encoding } from '../cache/entry.ts'
import type { Term } from '../engine/term.ts'
import { checkTerm } from '../protocol/term-check.ts'
import { fromBase64, toBase64 } from './base64.ts'

export interface RawValue {
  readonly value: Term
  /** Left out of JSON that is the value itself. */
  readonly type?: string
  readonly encoding?: Encoding
}

const JSON_TYPE = 'application/json'
const DEFAULT_TYPE = 'application/octet-stream'

// A byte order mark is a part of the bytes.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value that stands for bytes. */
export function valueOfBytes(bytes: Uint8Array, type = DEFAULT_TYPE): RawValue {
  const text = textOf(bytes)
  if (text === undefined) return { value: toBase64(bytes), type, encoding: 'base64' }
  const json = isJson(type) ? termOf(text) : undefined
  if (json === undefined) return { value: text, type }
  return type === JSON_TYPE && JSON.stringify(json) === text
    ? { value: json }
    : { value: text, type, encoding: 'json' }
}

/** The bytes that a value stands for, and their media type. */
export function bytesOfValue({ value, type, encoding }: RawValue): {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly type: string
} {
  if (type === undefined || typeof value !== 'string')
    return { body: JSON.stringify(value), type: type ?? JSON_TYPE }
  return { body: encoding === 'base64' ? bytesOf(value) : value, type }
}

/** A text that a verb has put is what it says it is, or itself. */
function bytesOf(text: string): string | Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(text)
  } catch {
    return text
  }
}

const isJson = (type: string): boolean => /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The term that a text is as JSON, if it is one. */
function termOf(text: string): Term | undefined {
  try {
    const value: unknown = JSON.parse(text)
    checkTerm(value)
    return value
  } catch {
    return undefined
  }
}
