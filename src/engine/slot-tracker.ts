/**
 * Which slots of a table's contents changed since somebody last asked: what a journal has to write.
 *
 * Contents are what is in a table from its creation, or from its last `delete_all_objects`, on. They have an id,
 * so that clearing a table of a million rows is one change and not a million.
 */
export class SlotTracker {
  /** Never used twice in a process. */
  readonly contents: number
  #changed = new Set<number>()

  constructor(contents: number) {
    this.contents = contents
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0
  }

  mark(slot: number): void {
    this.#changed.add(slot)
  }

  /** The slots that changed since the last call. */
  take(): ReadonlySet<number> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }
}
