/** A table as the journal sees it, without the table: numbered slots with rows. */
import { DEFAULT_OPTIONS, type TableOptions } from '../../src/engine/options.ts'
import type { SlotTracker } from '../../src/engine/slot-tracker.ts'
import { Journal, type JournaledTable } from '../../src/journal/journal.ts'
import type { Image } from '../../src/journal/record.ts'
import type { RecordStore } from '../../src/journal/record-store.ts'
import { type Recovery, recover } from '../../src/journal/recover.ts'

export class JournaledSlots implements JournaledTable {
  readonly options: TableOptions = { ...DEFAULT_OPTIONS, journal: 'sync' }
  readonly slots = new Map<number, Image>()
  readonly name: string
  tracker: SlotTracker | undefined

  constructor(name: string, tracker: SlotTracker | undefined) {
    this.name = name
    this.tracker = tracker
  }

  set(slot: number, value: number): void {
    this.slots.set(slot, [slot, value, value, [slot, value]])
    this.tracker?.mark(slot)
  }

  delete(slot: number): void {
    this.slots.delete(slot)
    this.tracker?.mark(slot)
  }

  image(slot: number): Image {
    return this.slots.get(slot) ?? [slot]
  }
}

export interface Opened {
  readonly journal: Journal
  readonly recovery: Recovery
  readonly tables: Map<string, JournaledSlots>
}

/** What a new incarnation finds in a store. */
export function reopen(store: RecordStore): Opened {
  const tables = new Map<string, JournaledSlots>()
  const byContents = new Map<number, JournaledSlots>()
  const { recovery, state } = recover(store, {
    begin() {},
    table(name, _, tracker) {
      const table = new JournaledSlots(name, tracker)
      tables.set(name, table)
      if (tracker !== undefined) byContents.set(tracker.contents, table)
    },
    row(contents, image) {
      const table = byContents.get(contents)
      if (table?.slots.has(image[0])) throw new Error(`slot ${image[0]} was delivered twice`)
      table?.slots.set(image[0], image)
    },
  })
  return { journal: new Journal(store, state), recovery, tables }
}
