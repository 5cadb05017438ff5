/**
 * Snapshot: the rows of a table as they were at one number of a change, read by and by while turns go on.
 *
 * It copies nothing when it is taken. A row whose version is not newer than the snapshot is as it was; before one
 * is changed or removed the table has the rows of its key kept here, once. So it costs what is changed meanwhile,
 * not what is in the table. Contents that were cleared, renamed or dropped live on as long as a snapshot of them.
 *
 * It goes from place to place, a place being what a key has from its first row to its last: the rows of a key of a
 * bag come together and in their order. What is kept stays for the last {@link REMEMBERED_PIECES} pieces, so that
 * a reader whose connection broke can go back; behind them it is given up.
 *
 * Time: a row that has ended before it is read, or before it was changed, is left out: ending is no change and has
 * no number. An idling row has the deadline that reading gave it last. Tags that were invalidated later take nothing
 * away; a row that they made stale since is stale.
 *
 * Limits: `MAX_KEPT_BYTES` of kept rows; beyond that the snapshot is lost, and writers go on undisturbed.
 * Cost:   a visit O(places); a change O(rows under its key) at the first of each key, O(1) without a snapshot.
 */
import type { Contents } from './contents.ts'
import { MAX_KEPT_BYTES } from './limits.ts'
import { rowBytes } from './row.ts'
import type { SlotImage } from './slot-image.ts'
import type { Tag } from './tags/tag-index.ts'
import { type EpochMs, isLive } from './time.ts'

/** Sees the rows of one key. Answers whether to go on. It may not change the table. */
export type VisitKey = (images: readonly SlotImage[]) => boolean

/** Pieces that can be read again: with pages of 256 KB more than connections hold on their way. */
const REMEMBERED_PIECES = 32
/** What an image takes besides its row. */
const IMAGE_BYTES = 150

export class Snapshot {
  /** The last change that it shows. */
  readonly seq: number
  readonly #contents: Contents
  /** The tags whose rows were taken away and not yet given back when it was taken. */
  readonly #queued: ReadonlyMap<Tag, number>
  /** No row stood here or behind when it was taken. */
  readonly #end: number
  readonly #kept = new Map<number, readonly SlotImage[]>()
  #keptBytes = 0
  /** Where the last pieces began, and so the first place that can be read again. */
  readonly #begins: number[] = [0]
  #isLost = false

  /** Outside of turns only, so that no row is newer than `seq`. */
  constructor(contents: Contents, seq: number) {
    this.seq = seq
    this.#contents = contents
    this.#end = contents.places.end
    this.#queued = contents.tags?.queued() ?? new Map()
    contents.snapshots.attach(this)
  }

  /** More was changed than can be kept. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Whether the rows from a place on can still be read. */
  reaches(place: number): boolean {
    return !this.#isLost && place >= (this.#begins[0] as number)
  }

  /** Ends it: the table keeps nothing for it any more. */
  close(): void {
    this.#contents.snapshots.detach(this)
    this.#kept.clear()
  }

  /** Told before the row in `slot` changes or goes. */
  keep(slot: number, nowMs: EpochMs): void {
    if (this.#contents.slots.version(slot) > this.seq) return
    const place = this.#contents.places.at(slot)
    if (place < (this.#begins[0] as number) || this.#kept.has(place)) return
    const images = this.#imagesAt(place, nowMs)
    this.#kept.set(place, images)
    for (const { row } of images) this.#keptBytes += rowBytes(row) + IMAGE_BYTES
    if (this.#keptBytes <= MAX_KEPT_BYTES) return
    this.#isLost = true
    this.close()
  }

  /**
   * Visits the rows of each key from a place on, at most `limit` places, until the visitor answers `false`.
   *
   * Shape:  the place to go on from, or -1 at the end. Ask {@link reaches} before.
   */
  visit(from: number, limit: number, nowMs: EpochMs, visit: VisitKey): number {
    this.#begin(from)
    const end = Math.min(this.#end, from + limit)
    for (let place = from; place < end; place++) {
      const images = this.#kept.get(place) ?? this.#imagesAt(place, nowMs)
      if (images.length > 0 && !visit(images)) return place + 1
    }
    return end === this.#end ? -1 : end
  }

  /** Notes where a piece begins, and gives up what is kept before the oldest one. */
  #begin(from: number): void {
    const begins = this.#begins
    while ((begins.at(-1) as number) >= from && begins.length > 1) begins.pop()
    if (begins.at(-1) !== from) begins.push(from)
    if (begins.length <= REMEMBERED_PIECES) return
    const oldest = begins.shift() as number
    for (let place = oldest; place < (begins[0] as number); place++) {
      const images = this.#kept.get(place)
      if (images === undefined) continue
      for (const { row } of images) this.#keptBytes -= rowBytes(row) + IMAGE_BYTES
      this.#kept.delete(place)
    }
  }

  /** The rows of the key at a place that are no newer and have not ended, in their order. */
  #imagesAt(place: number, nowMs: EpochMs): SlotImage[] {
    const contents = this.#contents
    const images: SlotImage[] = []
    for (let slot = contents.places.headAt(place); slot !== -1; slot = contents.behind(slot)) {
      if (contents.slots.version(slot) > this.seq || !isLive(contents.slots.expiresAtMs(slot), nowMs))
        continue
      if (contents.tags?.wasGone(slot, this.seq, this.#queued)) continue
      images.push(contents.image(slot) as SlotImage)
    }
    return images
  }
}
