/**
 * Slots: where rows live. A row has one small number from insertion to removal, and what is known of it
 * (key, deadline, version, size) stands in columns under that number.
 *
 * Most rows are pairs of a key and a value. Of these the two are kept and the row is made when it is read: an
 * array a row would cost 64 bytes, more than all columns together (bench/engine/heap). Other rows are kept whole.
 *
 * Owns the rows and their columns. Indexes, the timer wheel and cursors name rows by slot; a cursor that is a
 * slot stays right while others come and go, as a row never moves. Columns that only some tables need exist
 * from the first row that needs them.
 *
 * Cost:   every step O(1); 32 bytes a row besides key and value, 8 more once a row has a deadline.
 * Limits: a removed slot is used again, the last one first, which is what lets a turn be taken back in place.
 */
import { keyOf, type Row, rowBytes, withElement } from '../row.ts'
import type { Term } from '../term.ts'
import { type EpochMs, NEVER } from '../time.ts'

/** When a row ends: at a moment, or where reading moves that as it says. A number, as most writes of a cache give one. */
export type Timing = EpochMs | Idling

export interface Idling {
  /** The row is there before this moment. */
  readonly expiresAtMs: EpochMs
  /** The moment past which reading does not keep it. */
  readonly hardExpiresAtMs: EpochMs
  /** Each read lets the row live for this long again. */
  readonly idleTtlMs: number
}

/** When a row ends that is not read before. */
export const endOf = (timing: Timing): EpochMs => (typeof timing === 'number' ? timing : timing.expiresAtMs)

const INITIAL_CAPACITY = 16

/** Reads of an idling row that are journaled in its idle time, at most: what a restart may take of it is an eighth. */
const TOLD_PER_IDLE_TIME = 8

export class Slots {
  readonly #keypos: number
  /**
   * Two cells a slot, side by side as they are read together: the key, or `undefined` for a slot without a row;
   * then the value of a pair, or a whole row.
   */
  #cells = emptyCells()
  /** 1 where the whole row is kept. */
  #isWhole: Uint8Array | undefined
  #free: number[] = []
  /** No row lives below. */
  #lowest = 0
  #capacity = INITIAL_CAPACITY
  /** Two numbers a slot, side by side as a write touches both: its version, then its bytes. */
  #written = new Float64Array(2 * INITIAL_CAPACITY)
  #expiresAtMs: Float64Array | undefined
  #hardExpiresAtMs: Float64Array | undefined
  #idleTtlMs: Float64Array | undefined
  /** The deadline of an idling row that was last told to whoever keeps track of changes. */
  #toldMs: Float64Array | undefined
  #born: Float64Array | undefined
  /** 1 for a row that may not be evicted. */
  #isPinned: Uint8Array | undefined
  /** The number of rows that are kept whole. */
  wholeRows = 0
  /** Bytes of all rows, as `rowBytes` counts them. */
  totalBytes = 0

  constructor(keypos: number) {
    this.#keypos = keypos
  }

  /** One more than the highest slot that was ever used. */
  get end(): number {
    return this.#cells.length / 2
  }

  /** Whether any row ever had a deadline. */
  get hasDeadlines(): boolean {
    return this.#expiresAtMs !== undefined
  }

  /** Puts a row into a free slot, or into the slot `at`, which is empty and not free, and returns it. */
  add(row: Row, bytes: number, at = -1): number {
    const slot = at !== -1 ? at : (this.#free.pop() ?? this.end)
    this.#fill(slot, row, bytes)
    return slot
  }

  /** Puts another row in the place of one. */
  replace(slot: number, row: Row, bytes: number): void {
    this.totalBytes += bytes - this.bytes(slot)
    this.#put(slot, row)
    this.#written[2 * slot + 1] = bytes
  }

  /** Puts a number in the place of another at `position` (from 1, not the key's) of a row, whose size it leaves. */
  setNumber(slot: number, position: number, number: number): void {
    const at = 2 * slot + 1
    if (this.isWhole(slot)) this.#cells[at] = withElement(this.#cells[at] as Row, position, number)
    else this.#cells[at] = number
  }

  /** The element at `position` (from 1) of the row in a slot, or `undefined` beyond its end. */
  element(slot: number, position: number): Term | undefined {
    if (this.isWhole(slot)) return (this.#cells[2 * slot + 1] as Row)[position - 1]
    return position === 1 || position === 2 ? this.#cells[2 * slot + position - 1] : undefined
  }

  /** Takes the row out. The slot stays taken until it is `release`d. */
  remove(slot: number): void {
    this.#cells[2 * slot] = undefined
    this.#cells[2 * slot + 1] = undefined
    this.totalBytes -= this.bytes(slot)
    if (this.#isWhole?.[slot] === 1) {
      this.#isWhole[slot] = 0
      this.wholeRows--
    }
    if (this.#expiresAtMs !== undefined) this.setTiming(slot, NEVER)
    if (this.#isPinned !== undefined) this.#isPinned[slot] = 0
  }

  /** Lets the slot of a removed row be used again. */
  release(slot: number): void {
    this.#free.push(slot)
  }

  /** Takes a slot back that is free. Cost: O(slots released since it was), so O(1) where changes are undone in turn. */
  retake(slot: number): void {
    const at = this.#free.lastIndexOf(slot)
    if (at !== -1) this.#free.splice(at, 1)
  }

  /** The row in a slot, or `undefined` for an empty one. */
  row(slot: number): Row | undefined {
    const key = this.#cells[2 * slot]
    if (key === undefined) return undefined
    const value = this.#cells[2 * slot + 1] as Term
    return this.isWhole(slot) ? (value as Row) : [key, value]
  }

  /** The key of the row in a slot, or `undefined` for an empty one. */
  key(slot: number): Term | undefined {
    return this.#cells[2 * slot]
  }

  bytes(slot: number): number {
    return this.#written[2 * slot + 1] as number
  }

  /** The number of the change that last wrote the row. */
  version(slot: number): number {
    return this.#written[2 * slot] as number
  }

  setVersion(slot: number, seq: number): void {
    this.#written[2 * slot] = seq
  }

  /** The number of the change that brought the row, which orders the rows of a key of a bag; 0 where none was set. */
  born(slot: number): number {
    return this.#born?.[slot] ?? 0
  }

  setBorn(slot: number, seq: number): void {
    this.#born ??= new Float64Array(this.#capacity)
    this.#born[slot] = seq
  }

  /** Whether the row in a slot is kept as one, and not as key and value. */
  isWhole(slot: number): boolean {
    return this.#isWhole !== undefined && this.#isWhole[slot] === 1
  }

  keepsWhole(row: Row): boolean {
    return row.length !== 2 || this.#keypos !== 1
  }

  isPinned(slot: number): boolean {
    return this.#isPinned !== undefined && this.#isPinned[slot] === 1
  }

  setPinned(slot: number, isPinned: boolean): void {
    this.#isPinned ??= new Uint8Array(this.#capacity)
    this.#isPinned[slot] = isPinned ? 1 : 0
  }

  expiresAtMs(slot: number): EpochMs {
    return this.#expiresAtMs === undefined ? NEVER : (this.#expiresAtMs[slot] as EpochMs)
  }

  /** How long each read lets the row live; 0 for one that does not idle. */
  idleTtlMs(slot: number): number {
    return this.#idleTtlMs === undefined ? 0 : (this.#idleTtlMs[slot] as number)
  }

  timing(slot: number): Timing {
    const expiresAtMs = this.expiresAtMs(slot)
    const idleTtlMs = this.idleTtlMs(slot)
    if (idleTtlMs === 0) return expiresAtMs
    return { expiresAtMs, hardExpiresAtMs: this.#hardExpiresAtMs?.[slot] as EpochMs, idleTtlMs }
  }

  setTiming(slot: number, timing: Timing): void {
    const expiresAtMs = endOf(timing)
    if (this.#expiresAtMs === undefined) {
      if (expiresAtMs === NEVER) return
      this.#expiresAtMs = new Float64Array(this.#capacity).fill(NEVER)
    }
    this.#expiresAtMs[slot] = expiresAtMs
    if (typeof timing !== 'number') this.#setIdling(slot, timing)
    else if (this.#idleTtlMs !== undefined) this.#idleTtlMs[slot] = 0
  }

  #setIdling(slot: number, { expiresAtMs, hardExpiresAtMs, idleTtlMs }: Idling): void {
    this.#toldMs ??= new Float64Array(this.#capacity)
    this.#idleTtlMs ??= new Float64Array(this.#capacity)
    this.#hardExpiresAtMs ??= new Float64Array(this.#capacity)
    this.#toldMs[slot] = expiresAtMs
    this.#idleTtlMs[slot] = idleTtlMs
    this.#hardExpiresAtMs[slot] = hardExpiresAtMs
  }

  /**
   * Moves the deadline of an idling row because it was read. Says whether it has moved by an
   * {@link TOLD_PER_IDLE_TIME}th of its idle time since that was last worth telling.
   */
  keepAlive(slot: number, expiresAtMs: EpochMs): boolean {
    const deadlines = this.#expiresAtMs as Float64Array
    const told = this.#toldMs as Float64Array
    const idleTtlMs = (this.#idleTtlMs as Float64Array)[slot] as number
    deadlines[slot] = expiresAtMs
    if (expiresAtMs - (told[slot] as number) < idleTtlMs / TOLD_PER_IDLE_TIME) return false
    told[slot] = expiresAtMs
    return true
  }

  /** The first slot from `slot` on that holds a row, or -1. */
  from(slot: number): number {
    const start = Math.max(slot, this.#lowest)
    for (let each = start; each < this.end; each++) {
      if (this.#cells[2 * each] === undefined) continue
      if (start === this.#lowest) this.#lowest = each
      return each
    }
    return -1
  }

  /** Ends a rebuilding: slots that were left empty are free. Returns the others, in order. */
  finishRestore(): number[] {
    const taken: number[] = []
    this.#free = []
    for (let slot = this.end - 1; slot >= 0; slot--) {
      if (this.key(slot) === undefined) this.#free.push(slot)
      else taken.push(slot)
    }
    return taken.reverse()
  }

  /**
   * Throws when the slots are not in order: for tests. Cost: O(n).
   *
   * `kept` are those of removed rows that are not yet released.
   */
  check(kept: readonly number[]): void {
    const empty = new Set([...this.#free, ...kept])
    if (empty.size !== this.#free.length + kept.length) throw new Error('slots: one is free twice')
    let bytes = 0
    for (let slot = 0; slot < this.end; slot++) {
      const row = this.row(slot)
      if (row === undefined) {
        if (!empty.delete(slot)) throw new Error(`slots: ${slot} is empty, and neither free nor kept`)
      } else {
        if (slot < this.#lowest) throw new Error(`slots: ${slot} is below the lowest`)
        if (this.bytes(slot) !== rowBytes(row)) throw new Error(`slots: the bytes of ${slot} are wrong`)
        bytes += rowBytes(row)
      }
    }
    if (empty.size > 0) throw new Error(`slots: ${[...empty]} are both in use and free`)
    if (bytes !== this.totalBytes) throw new Error('slots: the sum of bytes is wrong')
  }

  #fill(slot: number, row: Row, bytes: number): void {
    if (slot < this.#lowest) this.#lowest = slot
    while (slot >= this.#capacity) this.#grow()
    // A row that comes back after a restart may stand beyond the end: the slots before it are made too.
    while (this.#cells.length < 2 * slot) this.#cells.push(undefined)
    this.#put(slot, row)
    this.#written[2 * slot + 1] = bytes
    this.totalBytes += bytes
  }

  #put(slot: number, row: Row): void {
    const isPair = !this.keepsWhole(row)
    this.#cells[2 * slot] = keyOf(row, this.#keypos)
    this.#cells[2 * slot + 1] = isPair ? (row[1] as Term) : row
    if (this.#isWhole === undefined) {
      if (isPair) return
      this.#isWhole = new Uint8Array(this.#capacity)
    }
    const isWhole = isPair ? 0 : 1
    this.wholeRows += isWhole - (this.#isWhole[slot] as number)
    this.#isWhole[slot] = isWhole
  }

  #grow(): void {
    const capacity = this.#capacity * 2
    this.#capacity = capacity
    this.#written = widen(this.#written, 2 * capacity)
    if (this.#isWhole !== undefined) this.#isWhole = widenFlags(this.#isWhole, capacity)
    if (this.#isPinned !== undefined) this.#isPinned = widenFlags(this.#isPinned, capacity)
    if (this.#expiresAtMs !== undefined) this.#expiresAtMs = widen(this.#expiresAtMs, capacity, NEVER)
    if (this.#hardExpiresAtMs !== undefined) this.#hardExpiresAtMs = widen(this.#hardExpiresAtMs, capacity)
    if (this.#idleTtlMs !== undefined) this.#idleTtlMs = widen(this.#idleTtlMs, capacity)
    if (this.#toldMs !== undefined) this.#toldMs = widen(this.#toldMs, capacity)
    if (this.#born !== undefined) this.#born = widen(this.#born, capacity)
  }
}

/** Having held `undefined` it may hold anything: one kind of array for all tables, so that code for one fits all. */
function emptyCells(): (Term | undefined)[] {
  const cells = [undefined]
  cells.pop()
  return cells
}

function widen(column: Float64Array, capacity: number, filler = 0): Float64Array<ArrayBuffer> {
  const wide = new Float64Array(capacity)
  wide.set(column)
  if (filler !== 0) wide.fill(filler, column.length)
  return wide
}

function widenFlags(column: Uint8Array, capacity: number): Uint8Array<ArrayBuffer> {
  const wide = new Uint8Array(capacity)
  wide.set(column)
  return wide
}
