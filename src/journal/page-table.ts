/**
 * Pages: stretches of slots that are checkpointed together, and which of them the log still holds changes of.
 *
 * Owns, for each page, how long its record is and the oldest log record that is newer than it. The dirty ones
 * are kept in the order in which they became so, which is the order in which checkpointing frees the log.
 */
import type { PageName } from './record-store.ts'

/** Slots of a page. With rows of a hundred bytes a page is some 25 KB: one cheap write, far from a row's 2 MB. */
export const SLOTS_PER_PAGE = 256

export const pageOf = (slot: number): number => Math.floor(slot / SLOTS_PER_PAGE)

interface DirtyPage extends PageName {
  /** The oldest log record that changed the page since it was written. */
  readonly since: number
}

export class PageTable {
  /** Lengths of the records, by contents and page. */
  readonly #lengths = new Map<number, Map<number, number>>()
  readonly #dirty = new Map<number, DirtyPage>()
  #totalLength = 0

  /** Characters of all page records together. */
  get totalLength(): number {
    return this.#totalLength
  }

  /** The page that has been dirty for longest. */
  get oldestDirty(): DirtyPage | undefined {
    return this.#dirty.values().next().value
  }

  get dirtyCount(): number {
    return this.#dirty.size
  }

  /** Log record `number` has changes of the page. */
  markDirty(name: PageName, number: number): void {
    const key = keyOf(name)
    if (!this.#dirty.has(key)) this.#dirty.set(key, { ...name, since: number })
  }

  /** The page is written and holds everything the log has of it. */
  markWritten(name: PageName, length: number): void {
    this.#dirty.delete(keyOf(name))
    const lengths = this.#lengths.get(name.contents) ?? new Map<number, number>()
    this.#lengths.set(name.contents, lengths)
    this.#totalLength += length - (lengths.get(name.page) ?? 0)
    lengths.set(name.page, length)
  }

  /** Forgets contents that no table has any more. Returns their written pages, to be deleted. */
  drop(contents: number): PageName[] {
    for (const [key, page] of this.#dirty) if (page.contents === contents) this.#dirty.delete(key)
    const lengths = this.#lengths.get(contents) ?? new Map<number, number>()
    this.#lengths.delete(contents)
    for (const length of lengths.values()) this.#totalLength -= length
    return Array.from(lengths.keys(), (page) => ({ contents, page }))
  }

  /** The contents of which something is known. */
  contents(): Set<number> {
    return new Set([...this.#lengths.keys(), ...Array.from(this.#dirty.values(), ({ contents }) => contents)])
  }
}

/** More pages than a table can have: a thousand million rows. */
const MAX_PAGES = 2 ** 22

/** One number for both: pages are marked for every slot that changes, and a text would have to be made each time. */
const keyOf = ({ contents, page }: PageName): number => contents * MAX_PAGES + page
