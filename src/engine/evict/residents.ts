/**
 * Residents: what rows of a table weigh, which of them may be given up, and which goes first.
 *
 * Bytes are those of `rowBytes` and what a row takes besides: its places in columns, index, wheel and policy. The sums
 * below are what test/engine/bounds.test.ts measures, with a half of room to grow where columns double.
 *
 * Owns the policy, and counts pinned rows, which it keeps from the policy.
 *
 * Cost: every step O(1), amortised.
 */
import type { Eviction, TableOptions, TableType } from '../options.ts'
import type { Random } from '../random.ts'
import type { Row } from '../row.ts'
import type { Slots } from '../store/slots.ts'
import { newPolicy, type Policy } from './policy.ts'

/** The columns of a slot and its place in the index. */
const TYPE_BYTES: Readonly<Record<TableType, number>> = {
  set: 10,
  ordered_set: 30,
  bag: 68,
  duplicate_bag: 68,
}
const POLICY_BYTES: Readonly<Record<Eviction, number>> = { none: 0, lru: 12, sieve: 14, tinylfu: 38 }
/** A row that is kept whole: the headers of its array and the cell that leads there. */
const WHOLE_BYTES = 64
/** A deadline: its column, and the links of the wheel. */
const DEADLINE_BYTES = 24

export class Residents {
  readonly #slots: Slots
  readonly #policy: Policy | undefined
  /** What each row takes besides its own bytes. */
  readonly #slotBytes: number
  /** What a deadline takes; nothing where every row is counted as if it had one. */
  readonly #deadlineBytes: number
  #pinnedRows = 0
  #pinnedBytes = 0

  constructor(options: TableOptions, slots: Slots, random: Random) {
    const { type, maxRows, maxBytes } = options
    // Without bounds nothing is given up, whatever the usual eviction is.
    const eviction = maxRows === null && maxBytes === null ? 'none' : options.eviction
    this.#slots = slots
    // Where bytes are bounded, giving a row a deadline must not need room.
    const isBounded = maxBytes !== null
    this.#deadlineBytes = isBounded ? 0 : DEADLINE_BYTES
    this.#slotBytes = TYPE_BYTES[type] + POLICY_BYTES[eviction] + (isBounded ? DEADLINE_BYTES : 0)
    this.#policy = newPolicy(eviction, isBounded ? (slot) => this.bytesAt(slot) : () => 1, random)
  }

  get pinnedRows(): number {
    return this.#pinnedRows
  }

  get pinnedBytes(): number {
    return this.#pinnedBytes
  }

  /** About how much memory `rows` take, the rows of the slots, so many with a deadline. */
  bytes(rows: number, deadlines: number): number {
    const { totalBytes, wholeRows } = this.#slots
    return totalBytes + rows * this.#slotBytes + wholeRows * WHOLE_BYTES + deadlines * this.#deadlineBytes
  }

  /** What a row takes of which `rowBytes` says `bytes`. */
  bytesOf(row: Row, bytes: number): number {
    return bytes + this.#slotBytes + (this.#slots.keepsWhole(row) ? WHOLE_BYTES : 0)
  }

  /** What the row in a slot takes. */
  bytesAt(slot: number): number {
    return this.#slots.bytes(slot) + this.#slotBytes + (this.#slots.isWhole(slot) ? WHOLE_BYTES : 0)
  }

  /** Whether hashes of keys are of use here: computing them costs. */
  get wantsHashes(): boolean {
    return this.#policy !== undefined
  }

  /** A row came into a slot. `hash` is that of its key. */
  enter(slot: number, hash: number): void {
    if (this.#slots.isPinned(slot)) this.#countPinned(1, this.bytesAt(slot))
    else this.#policy?.add(slot, hash)
  }

  /** The row in a slot is about to go. */
  leave(slot: number): void {
    if (this.#slots.isPinned(slot)) this.#countPinned(-1, -this.bytesAt(slot))
    else this.#policy?.remove(slot)
  }

  /** The row in a slot takes `by` bytes more than before. */
  reweigh(slot: number, by: number): void {
    if (this.#slots.isPinned(slot)) this.#countPinned(0, by)
    else if (this.#deadlineBytes === 0) this.#policy?.reweigh(slot, by)
  }

  /** The row in a slot was read or written: it should stay for longer. */
  touch(slot: number): void {
    if (this.#policy !== undefined && !this.#slots.isPinned(slot)) this.#policy.touch(slot)
  }

  /** The row to be given up first, but not `spared`; -1 when there is none. */
  victim(spared: number): number {
    return this.#policy?.victim(spared) ?? -1
  }

  /** Throws when a row is neither pinned nor known to the policy, for tests. Cost: O(n). */
  check(): void {
    const slots = this.#slots
    const held = this.#policy === undefined ? undefined : new Set(this.#policy.check())
    let pinnedRows = 0
    let pinnedBytes = 0
    for (let slot = slots.from(0); slot !== -1; slot = slots.from(slot + 1)) {
      const isPinned = slots.isPinned(slot)
      if (held !== undefined && held.delete(slot) === isPinned)
        throw new Error(`residents: slot ${slot} is ${isPinned ? 'pinned and in' : 'not in'} the policy`)
      if (!isPinned) continue
      pinnedRows++
      pinnedBytes += this.bytesAt(slot)
    }
    if (held !== undefined && held.size > 0) throw new Error('residents: the policy has rows that are gone')
    if (pinnedRows !== this.#pinnedRows) throw new Error('residents: the number of pinned rows is wrong')
    if (pinnedBytes !== this.#pinnedBytes) throw new Error('residents: the bytes of pinned rows are wrong')
  }

  #countPinned(rows: number, bytes: number): void {
    this.#pinnedRows += rows
    this.#pinnedBytes += bytes
  }
}
