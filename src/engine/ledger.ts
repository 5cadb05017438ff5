/**
 * Ledger: numbers the changes of a process and can take a turn's changes back.
 *
 * Owns `seq`, the number of the last change, which grows by one with each. While a turn is open every
 * change leaves the way back; `rollBack` walks them from the last to the first, so each finds the tables
 * as they were just after it was made.
 *
 * Cost: one increment a change; one closure more while a turn is open.
 */
export class Ledger {
  seq: number
  #undo: (() => void)[] | undefined
  #seqAtBegin = 0
  #afterwards: (() => void)[] = []

  constructor(seq = 0) {
    this.seq = seq
  }

  /** Whether changes must leave the way back. Ask before building one. */
  get isOpen(): boolean {
    return this.#undo !== undefined
  }

  begin(): void {
    this.#undo = []
    this.#seqAtBegin = this.seq
  }

  /** Notes how to take back the change that was just made. Only while a turn is open. */
  onRollBack(undo: () => void): void {
    this.#undo?.push(undo)
  }

  /** Does something when the turn has taken effect, or at once while none is open; never where it is taken back. */
  afterwards(work: () => void): void {
    if (this.#undo === undefined) work()
    else this.#afterwards.push(work)
  }

  commit(): void {
    this.#undo = undefined
    if (this.#afterwards.length === 0) return
    for (const work of this.#afterwards.splice(0)) work()
  }

  rollBack(): void {
    const undo = this.#undo ?? []
    this.#undo = undefined
    this.#afterwards = []
    for (let i = undo.length - 1; i >= 0; i--) undo[i]?.()
    this.seq = this.#seqAtBegin
  }
}
