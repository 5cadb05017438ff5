/**
 * Access traces: a key a line, as text or packed with gzip.
 *
 * A key is whatever stands on its line; a number is not told from a text. Empty lines and lines that begin with `#`
 * are passed over. Keys are numbered in the order of their first access.
 */
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CliError } from '../error.ts'

export interface Trace {
  readonly name: string
  /** The number of the key of each access. */
  readonly accesses: Int32Array
  readonly keyCount: number
}

/** Some hundred million accesses: what one string of Node can hold. */
const MAX_TEXT_BYTES = 500_000_000
/** Longer than any key; a file with such lines is something else. */
const MAX_KEY_LENGTH = 1024
const GZIP_MAGIC = [0x1f, 0x8b] as const

/** Reads a trace. Errors: `CliError` for a file that is not there, too large, or no trace. */
export function readTrace(path: string): Trace {
  const numbers = new Map<string, number>()
  const accesses: number[] = []
  for (const line of textOf(path).split('\n')) {
    const key = line.trim()
    if (key === '' || key.startsWith('#')) continue
    if (key.length > MAX_KEY_LENGTH || key.includes('\0')) {
      throw new CliError(`${path} is no trace: expected lines of one key each`)
    }
    const number = numbers.get(key) ?? numbers.size
    if (number === numbers.size) numbers.set(key, number)
    accesses.push(number)
  }
  if (accesses.length === 0) throw new CliError(`${path} has no accesses: expected lines of one key each`)
  const name = basename(path).replace(/(\.txt)?(\.gz)?$/, '')
  return { name, accesses: Int32Array.from(accesses), keyCount: numbers.size }
}

function textOf(path: string): string {
  const bytes = bytesOf(path)
  try {
    const isPacked = bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1]
    return (isPacked ? gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES }) : bytes).toString('latin1')
  } catch (error) {
    throw new CliError(`${path} cannot be unpacked: ${(error as Error).message}`)
  }
}

function bytesOf(path: string): Buffer {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new CliError(`there is no file ${path}`)
  if (found.size > MAX_TEXT_BYTES) {
    throw new CliError(`${path} has ${found.size} bytes; at most ${MAX_TEXT_BYTES} are read`)
  }
  try {
    return readFileSync(path)
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}`)
  }
}
