/**
 * Replies remembered under idempotency keys, so that a call that is sent again takes effect once.
 *
 * They are rows of a table of the process itself, whose name no caller can write: what is remembered changes
 * in the same turn as the effect, is taken back with it, is journaled with it, and ends by itself.
 *
 * Limits: {@link WINDOW_MS} and {@link MAX_REPLIES}; beyond that the oldest are forgotten. A reply longer than
 *         {@link MAX_REPLY_LENGTH} is not remembered itself: the repeated call is told that it took effect.
 */
import type { Database, Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import { canonicalText } from '../engine/key.ts'
import { DEFAULT_OPTIONS } from '../engine/options.ts'
import type { Term } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { checksumOf } from '../journal/checksum.ts'

/** Longer than any client goes on retrying. */
const WINDOW_MS = 60 * 60 * 1000
/** A few megabytes; at a hundred such writes a second, the last three minutes. */
const MAX_REPLIES = 20_000
/** Counters and flags are short; a long reply to a write is one of `take` or of a batch. */
const MAX_REPLY_LENGTH = 4096

/** `$` is not a letter of table names. */
const TABLE = '$replies'

type Remembered = readonly [key: string, fingerprint: string, values: readonly Term[] | null]

export class Replies {
  readonly #database: Database
  /** The keys in the order they came. */
  readonly #keys = new Set<string>()

  /** `database` may hold replies already, those of an earlier incarnation. */
  constructor(database: Database, nowMs: EpochMs) {
    this.#database = database
    if (database.find(TABLE) === undefined) return
    const rows = database.run(
      [{ table: TABLE, op: 'tab2list', args: [] }],
      nowMs,
    )[0] as unknown as Remembered[]
    for (const [key] of rows) this.#keys.add(key)
  }

  /**
   * What the call of this key was answered, or `undefined` when it is new.
   *
   * Errors: `idempotency_mismatch` when the key was used for another call, or its answer was too long to keep.
   */
  find(key: string, operations: readonly Operation[], nowMs: EpochMs): readonly Term[] | undefined {
    if (this.#database.find(TABLE) === undefined) return undefined
    const [rows] = this.#database.run([{ table: TABLE, op: 'lookup', args: [key] }], nowMs)
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
    const made: Operation[] = []
    if (this.#database.find(TABLE) === undefined) {
      // Asynchronous by itself: a record of the journal has everything, so it is as lasting as the effect.
      made.push({ table: TABLE, op: 'new', args: [{ ...DEFAULT_OPTIONS, journal: 'async' }] })
    }
    made.push({ table: TABLE, op: 'insert', args: [row as unknown as Term, { ttlMs: WINDOW_MS }] })
    this.#keys.add(key)
    for (const oldest of this.#keys) {
      if (this.#keys.size <= MAX_REPLIES) break
      this.#keys.delete(oldest)
      made.push({ table: TABLE, op: 'delete', args: [oldest] })
    }
    return made
  }
}

/** Equal for equal operations, and as good as never for others: their length and two checksums. */
function fingerprintOf(operations: readonly Operation[]): string {
  const text = canonicalText(operations as unknown as Term)
  return `${text.length}.${checksumOf(text)}.${checksumOf(`.${text}`)}`
}
