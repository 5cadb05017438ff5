/** Snapshots of some contents: who reads the rows as they were. As good as always nobody does. */
import type { EpochMs } from './time.ts'

interface Reader {
  keep(slot: number, nowMs: EpochMs): void
}

export class Snapshots {
  #readers: Set<Reader> | undefined

  /** Lets a reader know of changes from now on. */
  attach(reader: Reader): void {
    this.#readers ??= new Set()
    this.#readers.add(reader)
  }

  detach(reader: Reader): void {
    this.#readers?.delete(reader)
    if (this.#readers?.size === 0) this.#readers = undefined
  }

  /** Lets them keep the row in a slot that is about to change or to go. */
  keep(slot: number, nowMs: EpochMs): void {
    if (this.#readers === undefined) return
    for (const each of this.#readers) each.keep(slot, nowMs)
  }
}
