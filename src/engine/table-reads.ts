/**
 * What can be asked of a table without changing it: rows by key, by slot and by place, sizes, what is kept beside rows.
 *
 * Cost: every question O(1), on an `ordered_set` O(log n), but for walks and where it says otherwise.
 */
import type { Allowance } from './allowance.ts'
import type { Contents } from './contents.ts'
import type { VisitRow } from './contents-watch.ts'
import { TAG_PLACES } from './limits.ts'
import type { Row } from './row.ts'
import { type Marks, type SlotImage, UNMARKED } from './slot-image.ts'
import type { BTree } from './store/btree.ts'
import type { Timing } from './store/slots.ts'
import type { Tag, TagState } from './tags/tag-index.ts'
import type { Term } from './term.ts'
import { type EpochMs, NEVER } from './time.ts'

const AT_ONCE = 0 as EpochMs

const imageOfTag = ({ name, goneSeq, goneAtMs, staleSeq, staleAtMs }: Tag): SlotImage => ({
  row: [name, goneSeq, goneAtMs, staleSeq, staleAtMs],
  version: Math.max(goneSeq, staleSeq),
  born: 0,
  timing: NEVER,
  ...UNMARKED,
})

/** What a tag is that was journaled as such a row. */
export function tagOf(row: Row): [name: string, state: TagState] {
  const [name, goneSeq, goneAtMs, staleSeq, staleAtMs] = row as [string, number, number, number, number]
  return [name, { goneSeq, goneAtMs, staleSeq, staleAtMs }]
}

export abstract class TableReads {
  /** What the turn under way may still do. */
  readonly allowance: Allowance
  protected contents: Contents

  protected constructor(contents: Contents, allowance: Allowance) {
    this.contents = contents
    this.allowance = allowance
  }

  /** About how many bytes of memory the rows take, with all that is kept of them: what `maxBytes` bounds. */
  get bytes(): number {
    return this.contents.bytes
  }

  /** The order of the keys, where the table has one. It holds dead rows too: ask {@link isLive}. */
  get order(): BTree | undefined {
    return this.contents.order
  }

  /** Whether a walk may step on from a removed key. */
  get isFixed(): boolean {
    return this.contents.places.isFixed
  }

  size(nowMs: EpochMs): number {
    const contents = this.contents
    if (!contents.isCounted(nowMs)) this.allowance.pass(contents.slots.end)
    return contents.size(nowMs)
  }

  /** The row in a slot that `find`, `after` or a walk gave. */
  row(slot: number): Row {
    return this.contents.slots.row(slot) as Row
  }

  /** Whether there is a row in a slot that there was one in before the table took others. */
  isTaken(slot: number): boolean {
    return this.contents.slots.key(slot) !== undefined
  }

  keyAt(slot: number): Term {
    return this.contents.keyAt(slot)
  }

  version(slot: number): number {
    return this.contents.slots.version(slot)
  }

  rowBytes(slot: number): number {
    return this.contents.slots.bytes(slot)
  }

  /** The row is there before this moment. */
  expiresAtMs(slot: number): EpochMs {
    return this.contents.slots.expiresAtMs(slot)
  }

  timing(slot: number): Timing {
    return this.contents.slots.timing(slot)
  }

  /** Whether the row is pinned, its tags, and since when it is stale. */
  marks(slot: number): Marks {
    return this.contents.marks(slot)
  }

  /** Since when the row is stale; `undefined` for a fresh one. */
  staleSinceMs(slot: number): EpochMs | undefined {
    return this.contents.tags?.staleSinceMs(slot)
  }

  isLive(slot: number, nowMs: EpochMs): boolean {
    return this.contents.isLive(slot, nowMs)
  }

  /** Whether a row that is held may have ended or been taken away. */
  get mayHoldDead(): boolean {
    return this.contents.mayHoldDead
  }

  find(key: Term, nowMs: EpochMs): number {
    return this.contents.find(key, nowMs)
  }

  after(slot: number, nowMs: EpochMs): number {
    return this.contents.after(slot, nowMs)
  }

  walk(nowMs: EpochMs, visit: VisitRow, from = 0): boolean {
    return this.contents.walk(nowMs, visit, from)
  }

  placeOf(key: Term, nowMs: EpochMs): number {
    return this.contents.placeOf(key, nowMs)
  }

  placeAt(slot: number): number {
    return this.contents.places.at(slot)
  }

  keyFrom(place: number, nowMs: EpochMs): number {
    const contents = this.contents
    const slot = contents.keyFrom(place, nowMs)
    this.allowance.pass((slot === -1 ? contents.places.end : contents.places.at(slot)) - place)
    return slot
  }

  /** The number of rows that hold memory, those that are due and not yet swept among them. */
  get held(): number {
    return this.contents.held
  }

  /** When to `sweep` next: at most 64 ms after the first deadline, and `NEVER` when there is none. O(256). */
  nextDueMs(): EpochMs {
    return this.contents.wantsSweep ? AT_ONCE : this.contents.deadlines.nextDueMs()
  }

  /** No `sweep` is due before this moment. At worst too early, by rows that ended or live on. O(1). */
  get soonestMs(): EpochMs {
    return this.contents.wantsSweep ? AT_ONCE : this.contents.deadlines.soonestMs
  }

  /** The element at `position` (from 1) of a row, or `undefined` beyond its end. */
  element(slot: number, position: number): Term | undefined {
    return this.contents.slots.element(slot, position)
  }

  /** The state of a slot as it is journaled, or `undefined` for an empty one; from `TAG_PLACES` on that of a tag. */
  image(slot: number): SlotImage | undefined {
    if (slot < TAG_PLACES) return this.contents.image(slot)
    const tag = this.contents.tags?.keptAt(slot - TAG_PLACES)
    return tag && imageOfTag(tag)
  }

  /** Throws when the parts of the contents do not agree: for tests. Cost: O(n). */
  check(): void {
    this.contents.check()
  }
}
