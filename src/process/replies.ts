/**
 * Replies remembered under idempotency keys, so that a call that is sent again takes effect once.
 *
 * They are rows of a table of the process itself, whose name no caller can write: what is remembered changes
 * in the same turn as the effect, is taken back with it, is journaled with it, and ends by itself. What a call
 * did to tables without a journal alone is remembered in a table without one: if it outlived its effect, a call
 * that is sent again after a crash would be told of a row that is not there.
 *
 * Limits: {@link WINDOW_MS} and {@link MAX_REPLIES}; beyond that the oldest are forgotten. A reply longer than
 *         {@link MAX_REPLY_LENGTH} is not remembered itself: the repeated call is told that it took effect.
 */

import { checksumOf } from '../engine/checksum.ts'
import type { Database, Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import { canonicalText } from '../engine/key.ts'
import { DEFAULT_OPTIONS } from '../engine/options.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { tablesOf } from '../protocol/verbs.ts'

/** Longer than any client goes on retrying. */
const WINDOW_MS = 60 * 60 * 1000
/** Some megabytes, and 80 of them at worst; at a hundred such writes a second, the last three minutes. */
const MAX_REPLIES = 20_000
/** Counters and flags are short; a long reply to a write is one of `take` or of a batch. */
const MAX_REPLY_LENGTH = 4096

/** Whether a table is the process's own: `$` is not a letter of the names that callers may use. */
export const isInternal = (table: string): boolean => table.startsWith('$')

const TABLES = {
  /** A record of the journal has everything that waits, so `async` is as lasting as the effect. */
  lasting: { name: '$replies', options: { ...DEFAULT_OPTIONS, journal: 'async' } },
  passing: { name: '$replies-none', options: { ...DEFAULT_OPTIONS, journal: 'none' } },
} as const

const DEFINING: ReadonlySet<Operation['op']> = new Set(['new', 'cache_new', 'rename', 'delete_table'])

/** Whether a table is of remembered replies. What they lose is lost with the effects that they tell of. */
export const isOfReplies = (table: string): boolean =>
  table === TABLES.lasting.name || table === TABLES.passing.name

type Remembered = readonly [key: string, fingerprint: string, values: readonly Term[] | null]

export class Replies {
  readonly #database: Database
  /** The table of each key, in the order they came. */
  readonly #keys = new Map<string, string>()
  /** Goes on from the last key that was forgotten: from the start, a Map passes over all that were deleted. */
  readonly #oldest = this.#keys.entries()

  /** `database` may hold replies already, those of an earlier incarnation. */
  constructor(database: Database, nowMs: EpochMs) {
    this.#database = database
    const { name } = TABLES.lasting
    const table = database.find(name)
    if (table === undefined) return
    const kept: { readonly key: string; readonly version: number }[] = []
    table.walk(nowMs, (slot) => {
      kept.push({ key: table.keyAt(slot) as string, version: table.version(slot) })
      return true
    })
    kept.sort((a, b) => a.version - b.version)
    for (const { key } of kept) this.#keys.set(key, name)
  }

  /**
   * What the call of this key was answered, or `undefined` when it is new.
   *
   * Errors: `idempotency_mismatch` when the key was used for another call, or its answer was too long to keep.
   */
  find(key: string, operations: readonly Operation[], nowMs: EpochMs): readonly Term[] | undefined {
    const table = this.#keys.get(key)
    if (table === undefined || this.#database.find(table) === undefined) return undefined
    const [rows] = this.#database.run([{ table, op: 'lookup', args: [key] }], nowMs)
    const [found] = rows as unknown as readonly Remembered[]
    if (found === undefined) return undefined
    const [, fingerprint, values] = found
    if (fingerprint !== fingerprintOf(operations)) {
      throw new EtsError('idempotency_mismatch', { message: 'the key was used for another request' })
    }
    if (values !== null) return values
    throw new EtsError('idempotency_mismatch', {
      message: 'the request took effect; its answer was too long to keep',
    })
  }

  /** The operations that remember what a call was answered, for the turn of the call itself. */
  remembering(key: string, operations: readonly Operation[], values: readonly Term[]): Operation[] {
    const kept = JSON.stringify(values).length <= MAX_REPLY_LENGTH ? values : null
    const row: Remembered = [key, fingerprintOf(operations), kept]
    const { name, options } = TABLES[this.#isPassing(operations) ? 'passing' : 'lasting']
    const made: Operation[] = []
    if (this.#database.find(name) === undefined) {
      made.push({ table: name, op: 'new', args: [options as unknown as Term] })
    }
    made.push({ table: name, op: 'insert', args: [row as unknown as Term, { ttlMs: WINDOW_MS }] })
    this.#keys.set(key, name)
    if (this.#keys.size > MAX_REPLIES) {
      const [oldest, table] = this.#oldest.next().value as [string, string]
      this.#keys.delete(oldest)
      made.push({ table, op: 'delete', args: [oldest] })
    }
    return made
  }

  /** Only rows of tables without a journal changed. Creating and dropping a table lasts, whatever its journal. */
  #isPassing(operations: readonly Operation[]): boolean {
    return operations.every((operation) => {
      if (DEFINING.has(operation.op)) return false
      const journals = tablesOf(operation).flatMap(
        (table) => this.#database.find(table)?.options.journal ?? [],
      )
      return journals.length > 0 && journals.every((journal) => journal === 'none')
    })
  }
}

/** Equal for equal operations, and as good as never for others: their length and two checksums. */
function fingerprintOf(operations: readonly Operation[]): string {
  const text = canonicalText(operations as unknown as Term)
  return `${text.length}.${checksumOf(text)}.${checksumOf(`.${text}`)}`
}
