/**
 * LRU: the row that was not used for longest goes.
 *
 * Cost: every step O(1); 8 bytes a row.
 */
import { SlotLists } from '../store/slot-lists.ts'
import type { Policy } from './policy.ts'

/** The one list, the row not used for longest first. */
const ROWS = 0

export class LruPolicy implements Policy {
  readonly #lists = new SlotLists(1)

  add(slot: number): void {
    this.#lists.append(ROWS, slot)
  }

  touch(slot: number): void {
    this.#lists.moveToEnd(ROWS, slot)
  }

  remove(slot: number): void {
    this.#lists.remove(slot)
  }

  reweigh(): void {}

  victim(spared: number): number {
    const first = this.#lists.first(ROWS)
    return first === spared && first !== -1 ? this.#lists.after(first) : first
  }

  check(): readonly number[] {
    return this.#lists.check(ROWS)
  }
}
