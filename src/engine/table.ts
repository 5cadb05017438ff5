/**
 * Table: rows under keys, and the few steps that everything else is made of.
 *
 * Owns its rows. A row lives in a slot, a small number that stays the row's own from insertion to removal,
 * so that an index, a list or a wheel can name a row by a number. Verbs (`verbs/`) are written in terms of
 * `find`, `put`, `remove` and `slots`, and never touch the index themselves.
 *
 * Cost: `find`, `put`, `remove` O(1).
 */
import { KeyMap } from './key.ts'
import type { Ledger } from './ledger.ts'
import type { TableOptions } from './options.ts'
import { keyOf, type Row } from './row.ts'
import type { Term } from './term.ts'

export class Table {
  readonly options: TableOptions
  readonly keypos: number
  readonly #ledger: Ledger
  readonly #slotOfKey = new KeyMap()
  #rows: (Row | undefined)[] = []
  #freeSlots: number[] = []

  constructor(options: TableOptions, ledger: Ledger) {
    this.options = options
    this.keypos = options.keypos
    this.#ledger = ledger
  }

  get size(): number {
    return this.#slotOfKey.size
  }

  /** The row under `key`, if there is one. */
  find(key: Term): Row | undefined {
    const slot = this.#slotOfKey.get(key)
    return slot === -1 ? undefined : this.#rows[slot]
  }

  /** Every row, in the order of the slots. The table must not change meanwhile. */
  *rows(): Iterable<Row> {
    for (const row of this.#rows) if (row !== undefined) yield row
  }

  /** Stores `row`, replacing the row under its key. */
  put(row: Row): void {
    const key = keyOf(row, this.keypos)
    const slot = this.#slotOfKey.get(key)
    const before = slot === -1 ? undefined : this.#rows[slot]
    this.#store(key, slot, row)
    this.#ledger.seq++
    if (!this.#ledger.isOpen) return
    this.#ledger.onRollBack(() => (before === undefined ? this.#drop(key) : this.#replace(key, before)))
  }

  /** Removes the row under `key` and returns it, if there is one. */
  remove(key: Term): Row | undefined {
    const slot = this.#slotOfKey.get(key)
    if (slot === -1) return undefined
    const before = this.#rows[slot] as Row
    this.#drop(key)
    this.#ledger.seq++
    if (this.#ledger.isOpen) this.#ledger.onRollBack(() => this.#replace(key, before))
    return before
  }

  #replace(key: Term, row: Row): void {
    this.#store(key, this.#slotOfKey.get(key), row)
  }

  #store(key: Term, slot: number, row: Row): void {
    if (slot !== -1) {
      this.#rows[slot] = row
      return
    }
    const free = this.#freeSlots.pop() ?? this.#rows.length
    this.#rows[free] = row
    this.#slotOfKey.set(key, free)
  }

  #drop(key: Term): void {
    const slot = this.#slotOfKey.get(key)
    this.#slotOfKey.delete(key)
    this.#rows[slot] = undefined
    this.#freeSlots.push(slot)
  }
}
